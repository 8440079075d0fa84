"""An order kept under insertion and removal: sorted blocks of bounded length.

One sorted Python list would move half its entries at every insertion (170 us at a million); blocks of at most 512
entries keep an insertion at a few microseconds from the first candidate to the millionth.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from operator import itemgetter
from typing import TypeAlias, overload

from speciate.core.values import Id

Entry: TypeAlias = tuple[float, int, int]  # the smaller, the better: (-fitness, length or 0, id or -id)

BLOCK = 512
_ID = itemgetter(2)


class Ranking:
    """Entries in ascending order, so the best first. No entry may occur twice."""

    __slots__ = ("_blocks", "_lasts")

    def __init__(self) -> None:
        self._blocks: list[list[Entry]] = []
        self._lasts: list[Entry] = []  # the last entry of each block: what is bisected to find the block

    def add(self, entry: Entry) -> None:
        if not self._blocks:
            self._blocks.append([entry])
            self._lasts.append(entry)
            return
        at = min(bisect_left(self._lasts, entry), len(self._blocks) - 1)
        block = self._blocks[at]
        insort(block, entry)
        if len(block) > BLOCK:
            self._blocks[at : at + 1] = [block[: BLOCK // 2], block[BLOCK // 2 :]]
            self._lasts[at : at + 1] = [self._blocks[at][-1], self._blocks[at + 1][-1]]
        else:
            self._lasts[at] = block[-1]

    def remove(self, entry: Entry) -> None:
        """Raises KeyError if the entry is not there."""
        at = bisect_left(self._lasts, entry)
        if at == len(self._blocks):
            raise KeyError(entry)
        block = self._blocks[at]
        place = bisect_left(block, entry)
        if place == len(block) or block[place] != entry:
            raise KeyError(entry)
        del block[place]
        if block:
            self._lasts[at] = block[-1]
        else:
            del self._blocks[at], self._lasts[at]

    def first(self) -> Entry:
        """The best. Raises IndexError while empty."""
        return self._blocks[0][0]

    def last(self) -> Entry:
        """The worst. Raises IndexError while empty."""
        return self._lasts[-1]

    def at(self, rank: int) -> Entry:
        """The entry of this rank, 0 the best. O(rank / 512). Raises IndexError."""
        for block in self._blocks:
            if rank < len(block):
                return block[rank]
            rank -= len(block)
        raise IndexError(rank)

    def __iter__(self) -> Iterator[Entry]:
        return chain.from_iterable(self._blocks)


class Top(Sequence[Id]):
    """The first `bound` ids of a ranking as a sequence that copies nothing."""

    __slots__ = ("_length", "_ranking")

    def __init__(self, ranking: Ranking, length: int) -> None:
        self._ranking = ranking
        self._length = length

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Id: ...
    @overload
    def __getitem__(self, index: slice) -> list[Id]: ...
    def __getitem__(self, index: int | slice) -> Id | list[Id]:
        if isinstance(index, slice):
            first, last, step = index.indices(self._length)
            return list(islice(self, first, last, step)) if step > 0 else list(self)[index]
        if index < 0:
            index += self._length
        if not 0 <= index < self._length:
            raise IndexError(index)
        return abs(self._ranking.at(index)[2])

    def __iter__(self) -> Iterator[Id]:
        return map(abs, map(_ID, islice(self._ranking, self._length)))

    def __repr__(self) -> str:
        return f"Top({list(self[:5])}{', …' if len(self) > 5 else ''})"
