"""Evaluates in this process, for evaluators that are Python objects, and for tests. Nothing is isolated."""

from __future__ import annotations

from collections.abc import Sequence

import anyio

from speciate.core.protocols import Evaluator
from speciate.core.values import Candidate, Evaluation, Request

from .fault import fault_of


class InlineRunner:
    """At most `slots` evaluations at once, in this event loop. Raises ValueError for fewer than one slot."""

    def __init__(self, evaluator: Evaluator, slots: int = 1) -> None:
        if slots < 1:
            raise ValueError(f"{slots} slots: a runner needs one at least")
        self.evaluator = evaluator
        self._slots = slots
        self._limiter = anyio.Semaphore(slots, fast_acquire=True)

    @property
    def slots(self) -> int:
        return self._slots

    def start(self) -> None:
        """Nothing to start: here so that any runner can be started alike."""

    async def evaluate(
        self, candidate: Candidate, request: Request = Request(), others: Sequence[Candidate] = ()
    ) -> Evaluation:
        """Raises EvaluatorFault, with the file and line, when the evaluator raises."""
        async with self._limiter:
            try:
                return await self.evaluator.evaluate(candidate, request, others)
            except Exception as error:
                raise fault_of(error) from error

    def close(self) -> None:
        """Nothing to end."""
