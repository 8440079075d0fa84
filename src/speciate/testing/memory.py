"""What every memory must hold. Override `make`, and `outcomes` and `questions` where it learns or answers."""

from __future__ import annotations

from collections.abc import Sequence

from speciate.core.protocols import Memory, Observer
from speciate.core.values import JSON, Closed, Note, Noted, Outcome, Plan, Started, canonical

from .digest import state_digest


class MemorySuite:
    """A memory learns by `observe` alone; what it says is JSON, since it is recorded."""

    def make(self) -> Memory:
        raise NotImplementedError("a MemorySuite needs `make`")

    def outcomes(self) -> Sequence[Outcome]:
        plan = Plan(parents=(1,))
        return [
            Started(1, plan, 0.0),
            Noted(1, plan, Note("lesson", "shorter is better"), 0.5),
            Closed(1, plan, 1.0),
        ]

    def questions(self) -> Sequence[JSON]:
        """What `answer` understands."""
        return ()

    def taught(self) -> Memory:
        memory = self.make()
        if isinstance(memory, Observer):
            for outcome in self.outcomes():
                memory.observe(outcome)
        return memory

    def test_what_it_says_is_json(self) -> None:
        for memory in (self.make(), self.taught()):
            assert canonical(memory.recall(Plan(parents=(1,))))
            for question in self.questions():
                assert canonical(memory.answer(question))

    def test_asking_changes_nothing(self) -> None:
        memory = self.taught()
        before = state_digest(memory)
        for _ in range(2):
            memory.recall(Plan(parents=(1,)))
            for question in self.questions():
                memory.answer(question)
        assert state_digest(memory) == before

    def test_replay_equals_live(self) -> None:
        assert state_digest(self.taught()) == state_digest(self.taught())
