"""Populations side by side, each breeding by itself, that now and then exchange candidates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from heapq import merge
from itertools import islice
from typing import Protocol

import numpy as np

from speciate.core.protocols import Population, View
from speciate.core.values import EVERYWHERE, JSON, Candidate, Change, Evaluation, Id, Placement, Request

from .members import TOP, Member

_ORDER = (Change.KEPT_OUT, Change.UPDATED, Change.ADDED, Change.IMPROVED)


class Part(Population[View], Protocol):
    """What a population must do besides to be an island: tell what it knows of a member, and take in a migrant."""

    def member(self, id: Id) -> Member:
        """Raises KeyError for an id that is not in."""
        ...

    def settle(self, member: Member) -> Placement: ...


class Emigrants(StrEnum):
    """Who goes. Either way they stay at home too: what migrates is a copy."""

    BEST = "best"
    RANDOM = "random"
    NON_ELITE = "non-elite"  # drawn from all but the best (ShinkaEvolve 2025, which moves them: there they are gone)


class Islands:
    """A population of populations (distributed GA: Tanese 1989). A candidate is added to the island of its birth, a
    seed (`island` EVERYWHERE) to all. After every `every` valid newcomers each island sends `migrants` of its
    members to the next around the ring, all at the same moment.

    OpenEvolve's migration is `share` 0.1, `both_ways`, `once`, and `every` 50 times the number of islands (it counts
    the children of one).

    Args:
        parts: the islands, all of one kind.
        every: valid newcomers between two migrations, over all islands; 0 is never.
        migrants: how many leave each island.
        emigrants: who they are.
        share: how many leave as a share of the members, one at least, in place of `migrants`.
        both_ways: they go to the island before as well as to the next.
        once: who has migrated does not again; its descendants may.

    `Placement.where` says the island; `Placement.changes["migrations"]` lists who went from where to where, what
    became of them, and whom they displaced.

    Raises:
        ValueError: without parts, for negative numbers or a share above 1, or when a candidate names an island that
            does not exist.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        *,
        every: int = 500,
        migrants: int = 1,
        emigrants: Emigrants = Emigrants.BEST,
        share: float | None = None,
        both_ways: bool = False,
        once: bool = False,
    ) -> None:
        if not parts:
            raise ValueError("islands without a single part")
        if every < 0 or migrants < 0:
            raise ValueError(f"migration of {migrants} every {every}: neither may be negative")
        if share is not None and not 0 <= share <= 1:
            raise ValueError(f"migration of a share of {share}: it is 0 to 1")
        self.parts = tuple(parts)
        self.every = every
        self.migrants = migrants
        self.emigrants = emigrants
        self.share = share
        self.both_ways = both_ways
        self.once = once
        self._placed = 0
        self._migrated: dict[Id, None] = {}

    def admits(self, candidate: Candidate) -> str | None:
        reasons = [self.parts[each].admits(candidate) for each in self._homes(candidate)]
        return None if None in reasons else reasons[0]

    def add(
        self, candidate: Candidate, request: Request, evaluation: Evaluation, at: float, rng: np.random.Generator
    ) -> Placement:
        holding = [index for index, part in enumerate(self.parts) if _holds(part, candidate.id)]
        homes = holding or self._homes(candidate)
        placements = [self.parts[each].add(candidate, request, evaluation, at, rng) for each in homes]
        if holding or not evaluation.ok:
            return self._together(homes, placements, None)
        self._placed += 1
        due = self.every and len(self.parts) > 1 and self._placed % self.every == 0
        return self._together(homes, placements, self._migrate(rng) if due else None)

    def view(self) -> IslandsView:
        return IslandsView([part.view() for part in self.parts])

    def holds(self, id: Id) -> bool:
        return any(_holds(part, id) for part in self.parts)

    def put(self, island: int, part: Part) -> None:
        """Another population in place of an island's."""
        self.parts = (*self.parts[:island], part, *self.parts[island + 1 :])

    def _homes(self, candidate: Candidate) -> list[int]:
        if candidate.island == EVERYWHERE:
            return list(range(len(self.parts)))
        if not 0 <= candidate.island < len(self.parts):
            raise ValueError(f"candidate {candidate.id} is of island {candidate.island}; there are {len(self.parts)}")
        return [candidate.island]

    def _together(self, homes: list[int], placements: list[Placement], migrations: JSON) -> Placement:
        change = max((each.change for each in placements), key=_ORDER.index)
        evicted = tuple(dict.fromkeys(id for each in placements for id in each.evicted))
        where = {"island": homes[0] if len(homes) == 1 else EVERYWHERE, **(placements[0].where or {})}
        return Placement(change, evicted, where, {"migrations": migrations} if migrations else None)

    def _migrate(self, rng: np.random.Generator) -> JSON:
        """All leave before any arrives, so that nobody travels two islands at once."""
        leaving = [[part.member(id) for id in self._leaving(part.view(), rng)] for part in self.parts]
        log: list[dict[str, JSON]] = []
        for home, members in enumerate(leaving):
            for member in members:
                log += [self._arrive(member, home, to) for to in self._neighbours(home)]
                if self.once:
                    self._migrated[member.id] = None
        return log

    def _arrive(self, member: Member, home: int, to: int) -> dict[str, JSON]:
        placed = self.parts[to].settle(member)
        move: dict[str, JSON] = {"id": member.id, "from": home, "to": to, "change": placed.change.value}
        if placed.evicted:
            move["evicted"] = list(placed.evicted)
        return move

    def _neighbours(self, home: int) -> list[int]:
        around = [(home + 1) % len(self.parts), (home - 1) % len(self.parts)]
        return around if self.both_ways and around[0] != around[1] else around[:1]

    def _leaving(self, view: View, rng: np.random.Generator) -> list[Id]:
        count = self.migrants if self.share is None else min(max(int(len(view) * self.share), 1), len(view))
        if self.emigrants is Emigrants.BEST:
            chosen = list(view.top[:count])
        else:
            count = min(count, len(view))
            chosen = [view[int(each)] for each in rng.choice(len(view), count, replace=False)] if count else []
            if self.emigrants is Emigrants.NON_ELITE:
                chosen = [id for id in chosen if id != view.best]
        return [id for id in chosen if id not in self._migrated]


def _holds(part: Part, id: Id) -> bool:
    try:
        part.member(id)
    except KeyError:
        return False
    return True


class IslandsView:
    """All islands as one, and each as a part. A candidate on several islands is counted on each."""

    __slots__ = ("parts",)

    def __init__(self, parts: Sequence[View]) -> None:
        self.parts = parts

    @property
    def best(self) -> Id | None:
        best: tuple[float, Id] | None = None
        for view in self.parts:
            id = view.best
            if id is None:
                continue
            fitness = view.fitness(id)
            if best is None or fitness > best[0]:
                best = (fitness, id)
        return None if best is None else best[1]

    @property
    def top(self) -> Sequence[Id]:
        """Merged when asked for, so not free: selectors read the parts' tops."""
        ranked = merge(*(self._ranked(view) for view in self.parts))
        unique = dict.fromkeys(id for _, id in ranked)
        return list(islice(unique, TOP))

    def _ranked(self, view: View) -> Iterator[tuple[float, Id]]:
        fitness: Callable[[Id], float] = view.fitness
        return ((-fitness(id), id) for id in view.top)

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def __getitem__(self, index: int) -> Id:
        if index < 0:
            index += len(self)
        for view in self.parts:
            if 0 <= index < len(view):
                return view[index]
            index -= len(view)
        raise IndexError("there is no member at this position")

    def fitness(self, id: Id) -> float:
        """Raises KeyError for an id that is on no island."""
        for view in self.parts:
            try:
                return view.fitness(id)
            except KeyError:
                continue
        raise KeyError(id)
