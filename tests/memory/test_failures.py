from __future__ import annotations

from dataclasses import replace

import pytest

from speciate.core.protocols import Memory
from speciate.core.values import FAILURE, JSON, REFLECT, Evaluation, Failed, Note, Noted, Outcome, Placed, Plan, Status
from speciate.memory import Failures
from speciate.testing import MemorySuite
from tests.selection.outcomes import placed

PLAN = Plan(parents=(1,), operator="diff")


def fell(status: Status, feedback: str) -> Placed:
    return replace(placed(PLAN, None), evaluation=Evaluation(status, feedback=feedback))


def gave_up(reason: str) -> Failed:
    return Failed(1, PLAN, reason, 0.0)


def went_wrong(reason: str) -> Noted:
    """In a ticket that went on."""
    return noted({"reason": reason})


def noted(data: JSON) -> Noted:
    return Noted(1, PLAN, Note(FAILURE, data), 0.0)


class TestSuite(MemorySuite):
    def make(self) -> Memory:
        return Failures(1)

    def outcomes(self) -> list[Outcome]:
        return [fell(Status.CRASHED, "NameError: x"), fell(Status.TIMEOUT, "over 2 s")]

    def questions(self) -> list[str]:
        return ["what failed?"]


def test_failures_of_one_cause_are_one_and_the_newest_are_kept() -> None:
    memory = Failures(2)
    assert memory.recall(PLAN) == {}
    memory.observe(fell(Status.CRASHED, "IndexError: index 9 is out of bounds, seed.py line 6\nmore"))
    memory.observe(fell(Status.INVALID, "shape (3,)"))
    memory.observe(fell(Status.CRASHED, "IndexError: index 12 is out of bounds, seed.py line 8"))
    told = ["invalid: shape (3,)", "crashed: IndexError: index 12 is out of bounds, seed.py line 8 (2 times)"]
    assert memory.recall(PLAN) == {"failures": told}
    memory.observe(gave_up("edit matched nothing: `x = 1`"))
    assert memory.recall(PLAN) == {"failures": [told[1], "edit matched nothing: `x = 1`"]}
    assert memory.answer("what failed?") == [told[1], "edit matched nothing: `x = 1`"]
    memory.observe(went_wrong("edit matched nothing: `x = 2`"))
    assert memory.answer("what failed?") == [told[1], "edit matched nothing: `x = 2` (2 times)"]


def test_what_is_nobodys_fault_teaches_nothing() -> None:
    memory = Failures()
    for outcome in (
        gave_up("model truncated: gpt-5-mini"),
        gave_up("budget: tokens"),
        went_wrong("model refused: m"),
        Noted(1, PLAN, Note("summary", "edit matched nothing"), 0.0),
        gave_up("too similar to a candidate: 4"),
        fell(Status.FILTERED, "below the threshold"),
        placed(PLAN, 1.0),
    ):
        memory.observe(outcome)
    assert memory.recall(PLAN) == {}


def test_tickets_that_make_notes_are_not_told() -> None:
    memory = Failures()
    memory.observe(fell(Status.TIMEOUT, ""))
    assert memory.recall(PLAN) == {"failures": ["timeout: no reason given"]}
    assert memory.recall(replace(PLAN, kind=REFLECT)) == {}


def test_to_keep_none_is_refused() -> None:
    with pytest.raises(ValueError, match="keep = 0"):
        Failures(0)


def test_notes_in_other_words_are_read_as_far_as_they_go() -> None:
    memory = Failures()
    for data in ("edit matched nothing", {"numbers": [0, 3]}):
        memory.observe(noted(data))
    assert "edit matched nothing" in memory.recall(PLAN)["failures"]
    assert Note("lesson", {"reason": "x"}).failure is None
