"""What a population remembers of a candidate, and the set of those it holds: some 500 bytes each, however long the
program. Genomes stay in the store; the engine finds them by id."""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from itertools import chain

from speciate.core.protocols import View
from speciate.core.values import Candidate, Evaluation, Genome, Id

from .ranking import Entry, Ranking, Top

# What a reader reads as one: not characters, or a constant's digits would count against it and nothing could drift.
_WORD = re.compile(r"[\w.]+|[^\w\s]")
TOP = 1000  # how far down `View.top` reaches


class Ties(StrEnum):
    """Which of two candidates of equal fitness is preferred."""

    NEWER = "newer"  # neutral drift: a search may walk along a plateau (Kimura 1968; in GP, Yu & Miller 2001)
    OLDER = "older"  # a newcomer must be strictly better
    SHORTER = "shorter"  # lexicographic parsimony (Luke & Panait 2002); at equal length the newer


@dataclass(frozen=True, slots=True)
class Member:
    """A candidate as a population knows it. `length` is in words, numbers and signs; `behaviour` a digest of the
    fitness and the per-case scores (of all scores where there are no cases): two members of equal behaviour are clones
    in what they do. `cell` is its place in a grid, () where there is none."""

    id: Id
    fitness: float
    length: int = 0
    behaviour: bytes = b""
    cell: tuple[int, ...] = ()

    def entry(self, ties: Ties) -> Entry:
        """Its place in a ranking, the best first. A total order: no two members share an id."""
        if ties is Ties.NEWER:
            return (-self.fitness, 0, -self.id)
        if ties is Ties.OLDER:
            return (-self.fitness, 0, self.id)
        return (-self.fitness, self.length, -self.id)

    def beats(self, other: Member, ties: Ties) -> bool:
        return self.entry(ties) < other.entry(ties)


def behaviour_of(evaluation: Evaluation) -> bytes:
    """16 bytes that are equal for exactly equal behaviour. A zero's sign is no difference."""
    numbers = [*evaluation.scores.values()] if not evaluation.cases else [evaluation.fitness or 0.0, *evaluation.cases]
    return blake2b(array("d", [each + 0.0 for each in numbers]).tobytes(), digest_size=16).digest()


def member_of(candidate: Candidate, evaluation: Evaluation, cell: tuple[int, ...] = ()) -> Member | None:
    """None for what failed or has no score: no population keeps it."""
    fitness = evaluation.fitness
    if not evaluation.ok or fitness is None:
        return None
    length = len(words_of(candidate.genome))
    return Member(candidate.id, float(fitness), length, behaviour_of(evaluation), cell)


def words_of(genome: Genome) -> list[str]:
    """Its words, numbers and signs, as a reader counts them."""
    return [*chain.from_iterable(map(_words, genome.files.values()))]


@lru_cache(maxsize=16)  # a grid over texts counts a newcomer's words, and then so does its member
def _words(text: str) -> list[str]:
    return _WORD.findall(text)


class Members:
    """Members by id (`by_id`), by position (`ids`) and by rank. Everything is O(1) but the rank, which costs a
    bisection or two. Others read the dict and the list; only `put`, `drop` and `update` change them."""

    __slots__ = ("_at", "_ranking", "_ties", "_twins", "by_id", "ids")

    def __init__(self, ties: Ties) -> None:
        self._ties = ties
        self.ids: list[Id] = []
        self._at: dict[Id, int] = {}  # position in `ids`
        self.by_id: dict[Id, Member] = {}
        self._twins: dict[bytes, Id] = {}  # the member of this behaviour that came last
        self._ranking = Ranking()

    def twin(self, behaviour: bytes) -> Member | None:
        """The member of exactly this behaviour, if there is one."""
        id = self._twins.get(behaviour)
        return None if id is None else self.by_id[id]

    def put(self, member: Member) -> None:
        """Adds a member whose id is not in yet."""
        self._at[member.id] = len(self.ids)
        self.ids.append(member.id)
        self._enter(member)

    def drop(self, id: Id) -> Member:
        """Takes a member out; the last one takes over its position. Raises KeyError."""
        member = self.by_id[id]
        self._leave(member)
        position, last = self._at.pop(id), self.ids.pop()
        if last != id:
            self.ids[position] = last
            self._at[last] = position
        return member

    def update(self, member: Member) -> None:
        """The same id with other figures, at the same position."""
        self._leave(self.by_id[member.id])
        self._enter(member)

    def _enter(self, member: Member) -> None:
        self.by_id[member.id] = member
        self._ranking.add(member.entry(self._ties))
        if member.behaviour:
            self._twins[member.behaviour] = member.id

    def _leave(self, member: Member) -> None:
        del self.by_id[member.id]
        self._ranking.remove(member.entry(self._ties))
        if self._twins.get(member.behaviour) == member.id:
            del self._twins[member.behaviour]

    @property
    def best(self) -> Member | None:
        return self.by_id[abs(self._ranking.first()[2])] if self.ids else None

    @property
    def worst(self) -> Member:
        """Raises IndexError while empty."""
        return self.by_id[abs(self._ranking.last()[2])]

    def top(self) -> Top:
        return Top(self._ranking, min(len(self.ids), TOP))


class MembersView:
    """The face that a population shows (`core.protocols.View`)."""

    __slots__ = ("_members",)

    def __init__(self, members: Members) -> None:
        self._members = members

    @property
    def best(self) -> Id | None:
        best = self._members.best
        return None if best is None else best.id

    @property
    def top(self) -> Sequence[Id]:
        return self._members.top()

    @property
    def parts(self) -> Sequence[View]:
        return (self,)

    def __len__(self) -> int:
        return len(self._members.ids)

    def __getitem__(self, index: int) -> Id:
        return self._members.ids[index]

    def fitness(self, id: Id) -> float:
        """Raises KeyError for an id that is not in."""
        return self._members.by_id[id].fitness

    def cell(self, id: Id) -> tuple[int, ...]:
        """Its place in the grid, () where there is none. Raises KeyError for an id that is not in."""
        return self._members.by_id[id].cell
