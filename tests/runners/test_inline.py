"""The runner of this process."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
import pytest

from speciate.core.errors import EvaluatorFault
from speciate.core.protocols import Runner
from speciate.core.values import Candidate, Evaluation, Genome, Request, Status
from speciate.runners.inline import InlineRunner


class Counting:
    def __init__(self) -> None:
        self.now = self.most = 0

    async def evaluate(self, candidate: Candidate, request: Request, others: Sequence[Candidate]) -> Evaluation:
        if candidate.text == "raise":
            raise KeyError("x")
        self.now += 1
        self.most = max(self.most, self.now)
        await anyio.lowlevel.checkpoint()
        self.now -= 1
        return Evaluation(Status.OK, {"a": 1.0})


def candidate(text: str) -> Candidate:
    genome = Genome("text", files={"a": text})
    return Candidate(1, genome.digest, genome)


def test_at_most_slots_at_once() -> None:
    evaluator = Counting()
    runner = InlineRunner(evaluator, 3)
    conforms: Runner = runner
    assert conforms.slots == 3

    async def many() -> None:
        runner.start()
        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(runner.evaluate, candidate("x"))
        runner.close()

    anyio.run(many)
    assert evaluator.most == 3


def test_an_exception_is_a_fault_with_its_line() -> None:
    with pytest.raises(EvaluatorFault, match=r"test_inline.py line \d+: KeyError: 'x'"):
        anyio.run(InlineRunner(Counting()).evaluate, candidate("raise"))


def test_refused_arguments() -> None:
    with pytest.raises(ValueError, match="0 slots"):
        InlineRunner(Counting(), 0)
