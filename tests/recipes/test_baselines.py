"""What every comparison may name: hill climbing, CMA-ES on the numbers of a program, and the problem's own solver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import anyio
import pytest

from speciate import problems, recipes
from speciate.core.budget import Budget
from speciate.core.errors import StoreError, UsageError
from speciate.core.events import Evaluated, Event, Proposed, TicketStarted
from speciate.core.loop import Settings, evolve
from speciate.core.problem import Problem
from speciate.genomes.text import python
from speciate.proposers.ipop import MEAN, ROUND, VALUES
from speciate.testing import InProcess, MemoryStore

from .regression import Regression

CURVE = """\
# EVOLVE-BLOCK-START
def f(x: float) -> float:
    return 0.1 * x * x + 0.5 * x + 0.1
# EVOLVE-BLOCK-END
"""
SOLVER = """\
SEED = 0


def f(x: float) -> float:
    return (1 + SEED % 3) * x * x - x + 1.5
"""
FITTED = replace(Regression.problem, seeds=(python(CURVE, "seed.py"),), baseline=SOLVER)


def run(
    name: str, seed: int = 1, evals: int = 40, store: MemoryStore | None = None, problem: Problem = FITTED
) -> list[Event]:
    """The events of an ordered run on the curve whose form the seed has."""
    store = MemoryStore() if store is None else store
    recipe = recipes.load(name, problem)

    async def go() -> None:
        asked = Settings(seed=seed, budget=Budget(evals=evals), ordered=True)
        await evolve(problem, recipe, store, InProcess(Regression()), settings=asked)

    anyio.run(go)
    return [event for turn in store.read() for event in turn.events]


def scores(events: Sequence[Event]) -> list[float]:
    return [each.evaluation.fitness for each in events if isinstance(each, Evaluated) and each.evaluation.fitness]


@pytest.mark.parametrize("name", ["hill_climbing", "cma_es", "baseline"])
@pytest.mark.parametrize("fail_at", [7, 90])
def test_a_run_that_is_killed_and_resumed_equals_the_uninterrupted_one(name: str, fail_at: int) -> None:
    whole, broken = run(name), MemoryStore(lazy=True, fail_at=fail_at)
    with pytest.raises(StoreError):
        run(name, store=broken)
    assert run(name, store=broken.killed()) == whole


def test_a_hill_climber_breeds_the_best_and_a_child_that_is_no_worse_takes_its_place() -> None:
    events = run("hill_climbing")
    known: dict[int, float] = {}
    best = 1
    for event in events:
        if isinstance(event, TicketStarted) and event.plan.parents:
            assert set(event.plan.parents) == {best}
        elif isinstance(event, Evaluated) and event.evaluation.fitness is not None:
            known[event.candidate] = event.evaluation.fitness
            best = event.candidate if known[event.candidate] >= known.get(best, -1e9) else best
    assert best > 1


def test_cma_es_moves_the_numbers_alone_and_fits_what_random_parents_do_not() -> None:
    """The seed has the curve's form; all operators together need more than its numbers' own search."""
    events = run("cma_es", evals=80)
    texts = {each.candidate.text for each in events if isinstance(each, Proposed) and each.new}
    assert len(texts) == 80
    assert all(text.count("*") == 3 and "def f(x: float) -> float:" in text for text in texts)
    assert max(scores(events)) > max(scores(run("random", evals=80))) + 0.1


def test_cma_es_waits_for_each_generation_and_doubles_it_where_it_stalls() -> None:
    coarse = replace(FITTED, language=replace(FITTED.language, digits=1))
    events = run("cma_es", evals=120, problem=coarse)
    plans = [each.plan.data for each in events if isinstance(each, TicketStarted) and each.plan.data]
    rounds = [data[ROUND] for data in plans if ROUND in data]
    assert rounds == sorted(rounds)
    assert set(rounds) == set(range(max(rounds) + 1))
    assert max(rounds) >= 1
    means = [data[MEAN] for data in plans if MEAN in data]
    assert len(means) == max(rounds) + 1
    assert means[0] == [0.1, 0.5, 0.1]
    assert means[1] != means[0]
    assert all(len(data[VALUES]) == 3 for data in plans if ROUND in data)


def test_cma_es_refuses_a_program_without_numbers() -> None:
    with pytest.raises(UsageError, match=r"searches the numbers of a program, and the seed of problem bin_packing has"):
        recipes.load("cma_es", problems.load("bin_packing"))


def test_each_start_of_the_problems_own_solver_has_a_seed_of_its_own() -> None:
    made = [each.candidate for each in run("baseline", evals=20) if isinstance(each, Proposed)][1:]
    lines = [each.text.partition("\n")[0] for each in made]
    assert all(line.removeprefix("SEED = ").isdecimal() for line in lines)
    assert all(each.text.partition("\n")[2] == SOLVER.partition("\n")[2] for each in made)
    assert len(set(lines)) == 19
    assert {each.operator for each in made} == {"baseline"}
    assert {tuple(each.genome.files) for each in made} == {("seed.py",)}
    again = [each.candidate.text for each in run("baseline", 2, 20) if isinstance(each, Proposed)][1:]
    assert not {each.text for each in made} & set(again)


@pytest.mark.parametrize("problem", [Regression.problem, Problem("empty")])
def test_a_problem_without_a_solver_is_refused(problem: Problem) -> None:
    with pytest.raises(UsageError, match=rf"runs a problem's own solver, and problem {problem.name} has none"):
        recipes.load("baseline", problem)
