"""What every proposer must hold. Override `make` and `contexts`."""

from __future__ import annotations

from collections.abc import Sequence

import anyio

from speciate.core.errors import ProposalFailed
from speciate.core.protocols import Context, Proposer
from speciate.core.values import Candidate, Note, Proposal

from .digest import state_digest
from .fakes import FixedContext
from .toy import numbers


class ProposerSuite:
    """`contexts` must give equal contexts at each call; a proposer that keeps state of its own between tickets learns
    it by `observe`, never while it proposes."""

    def make(self) -> Proposer:
        raise NotImplementedError("a ProposerSuite needs `make`")

    def contexts(self) -> list[Context]:
        """Contexts with parents that this proposer can work on, each with a stream of its own. Here: two lists of
        numbers."""
        parents = [self.parent(id) for id in (1, 2)]
        return [FixedContext(parents, seed=seed) for seed in range(10)]

    def parent(self, id: int) -> Candidate:
        genome = numbers([float(id), 2.0, 3.0])
        return Candidate(id, genome.digest, genome)

    def propose(self, proposer: Proposer, context: Context) -> Sequence[Proposal | Note] | str:
        """What came of it, or the reason why nothing did."""

        async def run() -> Sequence[Proposal | Note] | str:
            try:
                return await proposer.propose(context)
            except ProposalFailed as failure:
                return failure.reason

        return anyio.run(run)

    def test_it_proposes_genomes_notes_or_fails_with_a_reason(self) -> None:
        proposer, made = self.make(), 0
        for context in self.contexts():
            results = self.propose(proposer, context)
            if isinstance(results, str):
                assert results, "a proposal failed without a reason"
                continue
            for each in results:
                assert isinstance(each, Proposal | Note)
                if isinstance(each, Proposal):
                    assert (each.genome is None) != (each.of is None), "a genome, or a candidate to evaluate again"
            made += len(results)
        assert made, "nothing was proposed in any context"

    def test_what_it_makes_is_new(self) -> None:
        proposer = self.make()
        for context in self.contexts():
            results = self.propose(proposer, context)
            for each in [] if isinstance(results, str) else results:
                if isinstance(each, Proposal) and each.genome is not None:
                    assert each.genome.digest not in {parent.digest for parent in context.parents}

    def test_the_same_stream_gives_the_same_proposals(self) -> None:
        first, second = self.make(), self.make()
        for one, other in zip(self.contexts(), self.contexts(), strict=True):
            assert self.propose(first, one) == self.propose(second, other)

    def test_proposing_changes_neither_the_role_nor_the_parents(self) -> None:
        proposer = self.make()
        for context in self.contexts():
            before = state_digest(proposer), state_digest(context.parents)
            self.propose(proposer, context)
            assert (state_digest(proposer), state_digest(context.parents)) == before
