"""Each recipe against the baselines, on a problem that takes no time: 10 seeds each, the same for all.

Seeds are fixed and runs ordered, so the figures are the same at every run.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from operator import mul

import anyio
import pytest

from speciate import recipes
from speciate.core.budget import Budget, Stop
from speciate.core.loop import Settings, evolve
from speciate.core.problem import Problem, Recipe
from speciate.core.protocols import Evaluator
from speciate.testing import InProcess, MemoryStore, ToyProblem

from .regression import Regression

TOY = ToyProblem(goal=(6.0, -5.0, 4.0, -3.0, 2.0, 1.0), wall=9.0)
SEEDS = range(10)
EVALS = 300
SETTINGS = {"speciate": {"islands": 2, "size": 10, "every": 100}}  # sized for 300 evaluations, not for 10,000


def run(problem: Problem, recipe: Recipe, evaluator: Evaluator, seed: int, evals: int) -> float:
    """The best score of one run."""

    async def go() -> float:
        settings = Settings(seed=seed, budget=Budget(evals=evals), ordered=True)
        result = await evolve(problem, recipe, MemoryStore(), InProcess(evaluator), settings=settings)
        assert (result.stop, result.spent.evals) == (Stop.EVALUATIONS, evals)
        assert result.spent.best is not None
        return result.spent.best

    return anyio.run(go)


@lru_cache
def best(name: str, seed: int) -> float:
    recipe = recipes.RECIPES[name](TOY.problem, proposers=TOY.arms(), **SETTINGS.get(name, {}))
    return run(TOY.problem, recipe, TOY, seed, EVALS)


def chance(name: str, over: str) -> float:
    """One-sided p of the paired permutation test (Fisher 1935): of all 1,024 ways to swap the two recipes within a
    pair, the share in which the first leads by at least as much as it does."""
    leads = [best(name, seed) - best(over, seed) for seed in SEEDS]
    swapped: list[float] = [sum(map(mul, signs, leads)) for signs in product((1, -1), repeat=len(leads))]
    return sum(each >= sum(leads) - 1e-12 for each in swapped) / len(swapped)


@pytest.mark.parametrize("name", ["speciate", "map_elites"])
def test_selection_beats_uniform_parents(name: str) -> None:
    assert chance(name, "random") < 0.02


@pytest.mark.parametrize("seed", range(3))
def test_a_hill_climber_beats_uniform_parents(seed: int) -> None:
    """The goal is smooth, so the best so far is the parent to have."""
    climber, uniform = (
        run(TOY.problem, recipes.RECIPES[name](TOY.problem, proposers=TOY.arms()), TOY, seed, 100)
        for name in ("hill_climbing", "random")
    )
    assert climber > uniform + 2


def test_building_on_what_was_found_beats_the_seed_alone() -> None:
    assert chance("random", "best_of_n") < 0.02


def test_evolved_programs_follow_a_polynomial_better_than_those_of_random_parents() -> None:
    """Real operators on real programs; means over 4 seeds of 250 evaluations. The seed's error is 4.5."""

    def mean(name: str) -> float:
        made = (recipes.RECIPES[name](Regression.problem, **SETTINGS.get(name, {})) for _ in range(4))
        return sum(run(Regression.problem, recipe, Regression(), seed, 250) for seed, recipe in enumerate(made)) / 4

    assert mean("speciate") > mean("random") + 0.2
