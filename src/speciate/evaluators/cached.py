"""Answers again what was asked before, for an evaluator whose answer depends on the candidate and the request alone."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

from speciate.core.protocols import Evaluator
from speciate.core.values import Candidate, Cost, Digest, Evaluation, Request, Status


class Cached:
    """Remembers the last `size` evaluations by candidate, request and opponents. A remembered answer costs nothing.

    A timeout is not remembered: it is the one status that the machine's load can change.
    """

    def __init__(self, inner: Evaluator, size: int = 1024) -> None:
        self.inner = inner
        self.size = size
        self._known: OrderedDict[tuple[Digest, Request, tuple[Digest, ...]], Evaluation] = OrderedDict()

    async def evaluate(self, candidate: Candidate, request: Request, others: Sequence[Candidate]) -> Evaluation:
        key = (candidate.digest, request, tuple([other.digest for other in others]))
        known = self._known.get(key)
        if known is not None:
            self._known.move_to_end(key)
            return replace(known, cost=Cost())
        evaluation = await self.inner.evaluate(candidate, request, others)
        if evaluation.status is not Status.TIMEOUT:
            self._known[key] = evaluation
            if len(self._known) > self.size:
                self._known.popitem(last=False)
        return evaluation
