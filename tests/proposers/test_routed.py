from __future__ import annotations

from collections.abc import Sequence

import anyio

from speciate.core.protocols import Context
from speciate.core.values import Note, Outcome, Plan, Proposal
from speciate.proposers.routed import Routed
from speciate.testing import FixedContext
from tests.selection.outcomes import placed


class Named:
    def __init__(self, name: str) -> None:
        self.name, self.told = name, 0

    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        return [Note(self.name)]

    def observe(self, outcome: Outcome) -> None:
        self.told += 1


class Deaf:
    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        return []


def test_who_works_is_told_by_the_operator() -> None:
    routed = Routed({"reflect": Named("notes"), "deaf": Deaf()}, Named("others"))

    def of(operator: str) -> Sequence[Proposal | Note]:
        return anyio.run(routed.propose, FixedContext((), Plan(operator=operator)))

    assert of("reflect") == [Note("notes")]
    assert of("deaf") == []
    assert of("diff") == [Note("others")]


def test_each_is_told_once() -> None:
    twice, other = Named("twice"), Named("other")
    Routed({"a": twice, "b": twice, "deaf": Deaf()}, other).observe(placed(Plan(parents=(1,)), 1.0))
    assert (twice.told, other.told) == (1, 1)
