"""A population that several objectives rank: by fronts, and within a front by how much room there is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from speciate.core.values import Candidate, Change, Evaluation, Id, Placement, Request

from .members import Member, Members, MembersView, Ties, member_of

Scores = npt.NDArray[np.float64]


class NonDominated:
    """The (mu + lambda) selection of NSGA-II (Deb, Pratap, Agarwal & Meyarivan 2002): newcomers join, and as soon as
    there are `size` + `brood` members the best `size` of all stay, so that elites are kept. The best are those of the
    first fronts (a front is what no member but those of earlier fronts dominates); of the front that does not fit in
    whole, those with the most room around them (the crowding distance).

    With one objective a front is all members of equal fitness, and this is truncation. The order does not change when
    the scores of an objective are shifted or multiplied by something positive. Newcomers may breed before they are
    judged: nothing waits for a generation to be complete.

    Args:
        size: mu, how many stay.
        brood: lambda, how many newcomers come between two selections.
        objectives: names of the scores that count, the first is the fitness; empty is all that the first newcomer
            has, in its order. A score that is missing is worse than any.
        clones: of candidates that do exactly the same, by every objective, one is kept, this one; None keeps clones,
            as the paper does.

    A change is IMPROVED when the candidate's fitness is above that of all members before it. An evaluation that failed
    changes nothing; of a member's evaluations the latest that did not fail counts.

    Raises:
        ValueError: for a size or a brood below 1.
    """

    def __init__(
        self, size: int = 44, brood: int = 44, *, objectives: Sequence[str] = (), clones: Ties | None = Ties.SHORTER
    ) -> None:
        if size < 1 or brood < 1:
            raise ValueError(f"a population of {size} with a brood of {brood}: each must be 1 or more")
        self.size = size
        self.brood = brood
        self.objectives = tuple(objectives)
        self.clones = clones
        self._members = Members(Ties.NEWER)
        self._scores: dict[Id, tuple[float, ...]] = {}
        self._order: dict[Id, tuple[int, float]] = {}  # front from 0, crowding distance

    def admits(self, candidate: Candidate) -> str | None:
        return None

    def add(
        self, candidate: Candidate, request: Request, evaluation: Evaluation, at: float, rng: np.random.Generator
    ) -> Placement:
        member = member_of(candidate, evaluation)
        known = candidate.id in self._members.by_id
        if member is None:
            return Placement(Change.UPDATED if known else Change.KEPT_OUT)
        member = replace(member, behaviour=b"" if self.clones is None else self._behaviour(member, evaluation))
        best = self._members.best
        if known:
            self._members.update(member)
            self._scores[member.id] = self._vector(evaluation)
            self._rank()
            return Placement(Change.UPDATED)
        twin = self._members.twin(member.behaviour) if self.clones is not None else None
        if twin is not None and self.clones is not None:
            if not member.beats(twin, self.clones):
                return Placement(Change.KEPT_OUT)
            self._leave(twin.id)
        self._members.put(member)
        self._scores[member.id] = self._vector(evaluation)
        self._rank()
        gone = self._survive() if len(self._members.ids) >= self.size + self.brood else ()
        change = Change.IMPROVED if best is not None and member.fitness > best.fitness else Change.ADDED
        if member.id in gone:
            return Placement(Change.KEPT_OUT, evicted=tuple(id for id in gone if id != member.id))
        return Placement(change, evicted=(*(() if twin is None else (twin.id,)), *gone))

    def view(self) -> NonDominatedView:
        return NonDominatedView(self._members, self._order)

    def _behaviour(self, member: Member, evaluation: Evaluation) -> bytes:
        """Of those that do the same in every case, one may still be smaller."""
        return member.behaviour + np.add(self._vector(evaluation), 0.0).tobytes()

    def _vector(self, evaluation: Evaluation) -> tuple[float, ...]:
        self.objectives = self.objectives or tuple(evaluation.scores)
        return tuple(float(evaluation.scores.get(name, -np.inf)) for name in self.objectives)

    def _rank(self) -> None:
        """Fronts and crowding of all, anew: they are few, and a newcomer may change any of them."""
        ids = list(self._scores)
        by_front: dict[int, list[Id]] = {}
        for id, front in zip(ids, fronts(np.array(list(self._scores.values()))).tolist(), strict=True):
            by_front.setdefault(front, []).append(id)
        self._order = {}
        for front, chosen in by_front.items():
            room = crowding([self._scores[id] for id in chosen]) if len(chosen) > 1 else [0.0]
            self._order.update((id, (front, each)) for id, each in zip(chosen, room, strict=True))

    def _survive(self) -> tuple[Id, ...]:
        """Takes out those beyond the size, named from the worst on; of equals the fitter and then the newer stay."""

        def place(id: Id) -> tuple[int, float, float, Id]:
            front, room = self._order[id]
            return front, -room, -self._members.by_id[id].fitness, -id

        gone = tuple(sorted(self._scores, key=place, reverse=True)[: len(self._scores) - self.size])
        for id in gone:
            self._leave(id)
        self._rank()
        return gone

    def _leave(self, id: Id) -> None:
        self._members.drop(id)
        del self._scores[id]


class NonDominatedView(MembersView):
    """Shows fronts besides."""

    __slots__ = ("_order",)

    def __init__(self, members: Members, order: Mapping[Id, tuple[int, float]]) -> None:
        super().__init__(members)
        self._order = order

    def front(self, id: Id) -> int:
        """0 for what nobody dominates. Raises KeyError for an id that is not in."""
        return self._order[id][0]

    def crowding(self, id: Id) -> float:
        """The crowding distance within its front, 0 or more; infinite at the ends."""
        return self._order[id][1]


def fronts(scores: Scores) -> npt.NDArray[np.int64]:
    """The front of each row of `scores`, shape (members, objectives), higher is better; from 0, shape (members,). One
    row dominates another where it is as good in everything and better in something."""
    if scores.shape[1] == 1:  # as many fronts as there are values: not to be found one by one
        return np.unique(-scores[:, 0], return_inverse=True)[1].astype(np.int64)
    above: npt.NDArray[np.bool_] = np.all(scores[:, None, :] >= scores[None, :, :], axis=2)
    dominates = np.logical_and(above, ~above.T)
    found = np.full(len(scores), -1, dtype=np.int64)
    by = dominates.sum(axis=0)  # how many of those without a front dominate each
    front = 0
    while (free := np.flatnonzero((by == 0) & (found < 0))).size:
        found[free] = front
        by -= dominates[free].sum(axis=0)
        front += 1
    return found


def crowding(scores: Sequence[Sequence[float]]) -> list[float]:
    """The crowding distance of each row of one front: over the objectives, how far apart its two neighbours are in
    units of the front's range; infinite for the best and the worst (of equals the first and the last row). An objective
    in which all are equal says nothing, and neither does one that a row lacks."""
    room = [0.0] * len(scores)
    for column in zip(*scores, strict=True):
        halves = [each / 2 for each in column]  # so that no difference of finite scores overflows
        order = sorted(range(len(halves)), key=halves.__getitem__)
        low, high = halves[order[0]], halves[order[-1]]
        if not (math.isfinite(low) and low < high):
            continue
        for before, at, after in zip(order, order[1:], order[2:], strict=False):
            room[at] += (halves[after] - halves[before]) / (high - low)
        room[order[0]] = room[order[-1]] = math.inf
    return room
