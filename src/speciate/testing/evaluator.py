"""What every evaluator must hold. Override `make`, `good` and `bad`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import anyio

from speciate.core.protocols import Evaluator
from speciate.core.values import Candidate, Cost, Evaluation, Genome, Request

from .digest import state_digest


class EvaluatorSuite:
    """`good` are genomes that score, `bad` such that fail by their own fault (may be empty)."""

    def make(self) -> Evaluator:
        raise NotImplementedError("an EvaluatorSuite needs `make`")

    def good(self) -> Sequence[Genome]:
        raise NotImplementedError("an EvaluatorSuite needs `good` genomes")

    def bad(self) -> Sequence[Genome]:
        return ()

    def evaluate(self, evaluator: Evaluator, genome: Genome, id: int = 1) -> Evaluation:
        """What was found, without what it cost."""
        candidate = Candidate(id, genome.digest, genome)

        async def run() -> Evaluation:
            return await evaluator.evaluate(candidate, Request(), ())

        return replace(anyio.run(run), cost=Cost())

    def test_what_is_good_has_scores(self) -> None:
        for genome in self.good():
            found = self.evaluate(self.make(), genome)
            assert found.ok, found.feedback
            assert found.fitness is not None

    def test_a_candidates_fault_is_a_status_with_a_reason(self) -> None:
        for genome in self.bad():
            found = self.evaluate(self.make(), genome)
            assert not found.ok
            assert found.feedback, f"{found.status} without a reason"

    def test_the_same_request_gives_the_same_answer(self) -> None:
        evaluator = self.make()
        for genome in (*self.good(), *self.bad()):
            assert self.evaluate(evaluator, genome, 1) == self.evaluate(evaluator, genome, 2)

    def test_it_keeps_no_state(self) -> None:
        evaluator = self.make()
        before = state_digest(evaluator)
        for genome in (*self.good(), *self.bad()):
            self.evaluate(evaluator, genome)
        assert state_digest(evaluator) == before
