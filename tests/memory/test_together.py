from __future__ import annotations

from speciate.core.protocols import Memory
from speciate.core.values import JSON, Outcome, Plan
from speciate.memory import Failures, Scratchpad, Together
from speciate.testing import MemorySuite
from tests.selection.outcomes import placed

PLAN = Plan(parents=(1,), operator="diff")


class Fixed:
    def __init__(self, says: JSON, answers: JSON = None) -> None:
        self.says, self.answers, self.told = says, answers, 0

    def recall(self, plan: Plan) -> JSON:
        return self.says

    def answer(self, question: JSON) -> JSON:
        return self.answers

    def observe(self, outcome: Outcome) -> None:
        self.told += 1


class TestSuite(MemorySuite):
    def make(self) -> Memory:
        return Together(Scratchpad(1), Failures())

    def outcomes(self) -> list[Outcome]:
        return [placed(PLAN, None, id=2)]

    def questions(self) -> list[str]:
        return ["anything"]


def test_all_that_its_memories_recall_is_recalled_and_the_later_one_wins() -> None:
    memory = Together(Fixed({"a": 1, "b": 1}), Fixed(None), Fixed("words"), Fixed({"b": 2}))
    assert memory.recall(PLAN) == {"a": 1, "b": 2, "recalled": "words"}
    assert Together().recall(PLAN) == {}


def test_the_first_that_has_an_answer_gives_it() -> None:
    assert Together(Fixed(None), Fixed(None, ["yes"]), Fixed(None, "no")).answer("?") == ["yes"]
    assert Together(Fixed(None)).answer("?") is None


def test_each_is_told_once() -> None:
    ear = Fixed(None)
    Together(ear, Failures(), ear).observe(placed(PLAN, 1.0))
    assert ear.told == 1
