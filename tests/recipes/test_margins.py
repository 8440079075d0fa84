"""Each recipe against the baselines, on a problem that takes no time: 10 seeds each, the same for all.

Seeds are fixed and runs ordered, so the figures are the same at every run; the margins leave room for changes of the
random streams. A sign test over 10 pairs at p < 0.02 needs 9 wins.
"""

from __future__ import annotations

from functools import lru_cache

import anyio
import pytest

from speciate import recipes
from speciate.core.budget import Budget, Stop
from speciate.core.loop import Settings, evolve
from speciate.testing import InProcess, MemoryStore, ToyProblem

TOY = ToyProblem(goal=(6.0, -5.0, 4.0, -3.0, 2.0, 1.0), wall=9.0)
SEEDS = range(10)
EVALS = 300
SETTINGS = {"speciate": {"islands": 2, "size": 10, "every": 100}}  # sized for 300 evaluations, not for 10,000


@lru_cache
def best(name: str, seed: int) -> float:
    """The best score, minus the distance, of one run."""

    async def run() -> float:
        recipe = recipes.RECIPES[name](TOY.problem, proposers=TOY.arms(), **SETTINGS.get(name, {}))
        settings = Settings(seed=seed, budget=Budget(evals=EVALS), ordered=True)
        result = await evolve(TOY.problem, recipe, MemoryStore(), InProcess(TOY), settings=settings)
        assert (result.stop, result.spent.evals) == (Stop.EVALUATIONS, EVALS)
        assert result.spent.best is not None
        return result.spent.best

    return anyio.run(run)


def wins(name: str, over: str) -> int:
    return sum(best(name, seed) > best(over, seed) for seed in SEEDS)


@pytest.mark.parametrize("name", ["speciate", "map_elites"])
def test_selection_beats_uniform_parents(name: str) -> None:
    assert wins(name, "random") >= 9


def test_building_on_what_was_found_beats_the_seed_alone() -> None:
    assert wins("random", "best_of_n") >= 9
