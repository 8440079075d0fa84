"""Proposers by the operator of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from speciate.core.protocols import Context, Proposer, observers
from speciate.core.values import Note, Outcome, Proposal


class Routed:
    """Who works on a ticket is told by its plan's operator: one of `works`, for all others `otherwise` (a mixture).
    Each of them that observes is told every outcome, once."""

    def __init__(self, works: Mapping[str, Proposer], otherwise: Proposer) -> None:
        self.works = dict(works)
        self.otherwise = otherwise
        self._observers = observers((*self.works.values(), otherwise))

    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        return await self.works.get(context.plan.operator, self.otherwise).propose(context)

    def observe(self, outcome: Outcome) -> None:
        for each in self._observers:
            each.observe(outcome)
