"""Failures in a row: when they are a fault, what of, and that a resumed run counts the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speciate.core.budget import Budget, Spent, Stop
from speciate.core.changes import describe_changes
from speciate.core.errors import UsageError
from speciate.core.failing import Row
from speciate.core.ledger import Ledger
from speciate.core.loop import Result, Settings, evolve
from speciate.core.problem import Problem, Recipe
from speciate.core.values import Candidate, Evaluation, Request, Status
from speciate.runners.inline import InlineRunner
from speciate.testing import MemoryStore

from .toys import Bag, Mutate, PickOne, vector

OK = Evaluation(Status.OK, {"score": 1.0})
CRASHED = Evaluation(Status.CRASHED, feedback="NameError: name 'np' is not defined, seed.py line 7")
INVALID = Evaluation(Status.INVALID, feedback="circles 3 and 7 overlap by 3.1e-7")
FILTERED = Evaluation(Status.FILTERED, feedback="1 is below the threshold of 2")


def row_of(*evaluations: Evaluation) -> Row:
    row = Row()
    for each in evaluations:
        row.count(each)
    return row


def test_fifty_in_a_row_after_a_seed_that_scored() -> None:
    assert not row_of(OK, *[CRASHED] * 49).reached(50)
    assert row_of(OK, *[CRASHED] * 50).reached(50)
    assert not row_of(OK, *[CRASHED] * 49, OK, CRASHED).reached(50)
    assert not row_of(OK, *[CRASHED] * 49, FILTERED, CRASHED).reached(50)


def test_where_most_fail_anyway_a_row_must_be_longer() -> None:
    habit = ([INVALID] * 9 + [OK]) * 100  # nine of ten
    assert not row_of(*habit, *[INVALID] * 150).reached(50)
    assert row_of(*habit, *[INVALID] * 250).reached(50)


@given(st.lists(st.sampled_from([OK, CRASHED, INVALID, FILTERED])))
def test_the_row_is_what_failed_since_the_last_success(evaluations: list[Evaluation]) -> None:
    row = row_of(*evaluations)
    good = [at for at, each in enumerate(evaluations) if each.status in (Status.OK, Status.FILTERED)]
    last = good[-1] + 1 if good else 0
    assert row.length == len(evaluations) - last
    assert row.before == last
    assert row.failed == last - len(good)
    assert list(row.reasons) == [each.feedback for each in evaluations[last:]][-50:]


def test_causes_are_grouped() -> None:
    other = Evaluation(Status.CRASHED, feedback="NameError: name 'np' is not defined, seed.py line 12")
    row = row_of(OK, CRASHED, other, INVALID)
    assert str(row) == (
        "the last 3 candidates all failed: 2 × NameError: name 'np' is not defined, 1 × circles N and N overlap by N"
    )


@pytest.mark.parametrize(
    ("budget", "stop"),
    [
        (Budget(), Stop.FAILING),
        (Budget(give_up=True), Stop.FAILED),
        (Budget(failures=None), None),
        (Budget(failures=60), None),
    ],
)
def test_what_the_budget_makes_of_it(budget: Budget, stop: Stop | None) -> None:
    spent = Spent()
    for each in [OK, *[CRASHED] * 50]:
        spent.evaluated(each)
    assert spent.reached(budget) is stop
    assert stop is None or stop.resumable is (stop is Stop.FAILING)


class OnlyTheSeed:
    """An evaluator by which nothing but the seed scores, until it is mended."""

    def __init__(self, mended: bool = False) -> None:
        self.mended = mended

    async def evaluate(self, candidate: Candidate, request: Request, others: Sequence[Candidate]) -> Evaluation:
        return OK if self.mended or candidate.operator == "seed" else CRASHED


PROBLEM = Problem("toy", (vector([10] * 60),), budget=Budget(evals=200), digest="a", parts={"keys": {"a": 1}})


def run(store: MemoryStore, problem: Problem = PROBLEM, mended: bool = False, accept: bool = False) -> Result:
    recipe = Recipe("fails", PickOne(), Mutate(), Bag(), None, 4)
    settings = Settings(ordered=True, accept=accept)

    async def main() -> Result:
        return await evolve(problem, recipe, store, InlineRunner(OnlyTheSeed(mended), slots=2), settings=settings)

    return anyio.run(main)


def folded(store: MemoryStore) -> Ledger:
    ledger = Ledger(Recipe("fails", PickOne(), Mutate(), Bag(), None, 4), store.candidate)
    for turn in store.read():
        ledger.fold(turn)
    return ledger


def test_a_run_that_only_fails_waits_and_goes_on_when_resumed() -> None:
    store = MemoryStore()
    first = run(store)
    assert first.stop is Stop.FAILING
    assert first.detail.endswith("all failed: 50 × NameError: name 'np' is not defined")
    assert 51 <= first.spent.evals <= 55  # what was in flight is finished
    second = run(store)
    assert second.stop is Stop.FAILING
    assert 101 <= second.spent.evals <= 110
    assert run(store, mended=True).stop is Stop.EVALUATIONS
    assert folded(store).spent.evals == 200
    again = MemoryStore()
    assert run(again).detail == first.detail
    assert [turn.events for turn in again.turns] == [turn.events for turn in store.turns][: len(again.turns)]


def test_a_changed_problem_is_refused_until_it_is_accepted() -> None:
    store = MemoryStore()
    run(store)
    changed = replace(PROBLEM, digest="b", parts={"keys": {"a": 2}})
    with pytest.raises(UsageError, match=r"problem.toml changed since this run began \(a 1 → 2\)"):
        run(store, changed, mended=True)
    assert run(store, changed, mended=True, accept=True).stop is Stop.EVALUATIONS
    assert folded(store).problem["digest"] == "b"
    assert run(store, changed).stop is Stop.EVALUATIONS  # accepted once and for all
    with pytest.raises(UsageError, match="a 2 → 1"):
        run(store, PROBLEM)


@pytest.mark.parametrize(
    ("before", "now", "what"),
    [
        ({"keys": {"packages": []}}, {"keys": {"packages": ["numba"]}}, "problem.toml … (packages [] → [numba])"),
        ({"files": {"a.py": "1"}}, {"files": {"a.py": "2", "b.py": "1"}}, "a.py and b.py …"),
        ({"files": {"a.py": "1"}}, {"files": {}}, "a.py …"),
        ({"keys": {"a": 1.0, "b": None}}, {"keys": {"a": 1.0, "b": 0.5}}, "problem.toml … (b none → 0.5)"),
        ({}, {}, "the problem …"),
        (
            {"files": dict.fromkeys("abcde", 1)},
            {"files": dict.fromkeys("abcde", 2)},
            "a, b, c and 2 more files …",
        ),
    ],
)
def test_what_changed_is_named(before: Mapping[str, Any], now: Mapping[str, Any], what: str) -> None:
    assert describe_changes(before, now) == what.replace("…", "changed since this run began")
