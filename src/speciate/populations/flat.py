"""A population without structure: the best so many, or everything."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from speciate.core.values import Candidate, Change, Evaluation, Id, Placement, Request

from .members import Member, Members, MembersView, Ties, member_of


class Flat:
    """The best `size` candidates (truncation, as in a steady-state GA: Syswerda 1989), or, with `size` None, every
    valid candidate, append-only, so that position 0 stays the first.

    Args:
        size: how many; None is no limit.
        ties: which of two of equal fitness is the better. NEWER lets the search drift along plateaus.
        clones: of candidates that do exactly the same (equal fitness, equal per-case scores; equal scores where there
            are no cases) one is kept, this one. None keeps clones. An unlimited population keeps everything.
        lifetime: after so many more valid newcomers a member leaves, however good (ageing: Real et al. 2019,
            *Regularized evolution for image classifier architecture search*), so that room is made for what is new and
            a lucky score must be earned again. The best is spared. None is no limit.

    A change is IMPROVED when the candidate is better than all members before it. An evaluation that failed changes
    nothing; of a member's evaluations the latest that did not fail counts.

    Raises:
        ValueError: for a size or a lifetime below 1.
    """

    def __init__(
        self,
        size: int | None = None,
        *,
        ties: Ties = Ties.NEWER,
        clones: Ties | None = Ties.SHORTER,
        lifetime: int | None = None,
    ) -> None:
        if size is not None and size < 1:
            raise ValueError(f"a population of size {size}: it must be 1 or more, or None for no limit")
        if lifetime is not None and lifetime < 1:
            raise ValueError(f"a lifetime of {lifetime} newcomers: it must be 1 or more, or None for no limit")
        self.size = size
        self.lifetime = lifetime
        self.ties = ties
        self.clones = clones if size is not None else None
        self._members = Members(ties)
        self._newcomers = 0
        self._view = MembersView(self._members)
        self._births: dict[Id, int] = {}  # how many newcomers there were when each came, the oldest member first

    def admits(self, candidate: Candidate) -> str | None:
        return None

    def add(
        self, candidate: Candidate, request: Request, evaluation: Evaluation, at: float, rng: np.random.Generator
    ) -> Placement:
        member = member_of(candidate, evaluation)
        if candidate.id in self._members.by_id:
            if member is not None:
                self._members.update(self._known(member))
            return Placement(Change.UPDATED)
        if member is None:
            return Placement(Change.KEPT_OUT)
        self._newcomers += 1
        placed = self.settle(member)
        return replace(placed, evicted=placed.evicted + self._aged())

    def view(self) -> MembersView:
        return self._view

    def member(self, id: Id) -> Member:
        """What is known of a member. Raises KeyError."""
        return self._members.by_id[id]

    def settle(self, member: Member) -> Placement:
        """Takes in a candidate of which no more is known than this: a newcomer, or a migrant from elsewhere."""
        if member.id in self._members.by_id:
            return Placement(Change.KEPT_OUT)
        member = self._known(member)
        best = self._members.best
        change = Change.IMPROVED if best is not None and member.fitness > best.fitness else Change.ADDED
        evicted = self._to_evict(member)
        if evicted is not None:
            if not member.beats(evicted, self._rule(member, evicted)):
                return Placement(Change.KEPT_OUT)
            self._leave(evicted.id)
        self._members.put(member)
        if self.lifetime is not None:
            self._births[member.id] = self._newcomers
        return Placement(change, evicted=() if evicted is None else (evicted.id,))

    def _aged(self) -> tuple[Id, ...]:
        """Takes out whose time is over; the best begins another life."""
        gone: list[Id] = []
        while self._births and self.lifetime is not None:
            id, born = next(iter(self._births.items()))
            if self._newcomers - born < self.lifetime:
                break
            if id == self.view().best:
                del self._births[id]
                self._births[id] = self._newcomers
            else:
                self._leave(id)
                gone.append(id)
        return tuple(gone)

    def _leave(self, id: Id) -> None:
        self._members.drop(id)
        self._births.pop(id, None)

    def _to_evict(self, member: Member) -> Member | None:
        """Its clone, or the worst where there is no room: one of them and the newcomer must go."""
        twin = None if self.clones is None else self._members.twin(member.behaviour)
        if twin is not None:
            return twin
        return self._members.worst if len(self._members.ids) == self.size else None

    def _rule(self, member: Member, other: Member) -> Ties:
        same = self.clones is not None and member.behaviour == other.behaviour
        return self.clones if same and self.clones is not None else self.ties

    def _known(self, member: Member) -> Member:
        """An unlimited population spares what only the comparison of clones needs."""
        return member if self.clones is not None else replace(member, behaviour=b"")
