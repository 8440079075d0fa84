"""Which genomes there are already, in fifty bytes at most for each: a dict of their digests takes two hundred."""

from __future__ import annotations

from array import array

from .values import Candidate, Id, digest_of

SHARDS = 64  # tables that grow one at a time: none is so large that its growth is noticed
SMALLEST = 16  # slots
FULLEST = 0.7  # open addressing with linear probing (Knuth 1998, volume 3, section 6.4): 2.2 probes for what is there


class Seen:
    """Ids, below 2^32, by the 128 bits that say what a candidate is: its genome's digest and its species."""

    def __init__(self) -> None:
        self._shards = [_Shard(SMALLEST) for _ in range(SHARDS)]

    def add(self, candidate: Candidate) -> None:
        """One that `find` does not know."""
        high, low = _halves(candidate)
        self._shards[high % SHARDS].add(high, low, candidate.id)

    def find(self, candidate: Candidate) -> Id | None:
        """The one that is the same, if there is one."""
        high, low = _halves(candidate)
        return self._shards[high % SHARDS].find(high, low)


class _Shard:
    """Both halves and the id in slots; id 0 is an empty one."""

    def __init__(self, slots: int) -> None:
        self._high = array("Q", bytes(8 * slots))
        self._low = array("Q", bytes(8 * slots))
        self._ids = array("I", bytes(4 * slots))
        self._used = 0

    def add(self, high: int, low: int, id: Id) -> None:
        if self._used + 1 > FULLEST * len(self._ids):
            self._grow()
        at = low % len(self._ids)
        while self._ids[at]:
            at = (at + 1) % len(self._ids)
        self._high[at], self._low[at], self._ids[at] = high, low, id
        self._used += 1

    def find(self, high: int, low: int) -> Id | None:
        at = low % len(self._ids)
        while self._ids[at]:
            if self._low[at] == low and self._high[at] == high:
                return self._ids[at]
            at = (at + 1) % len(self._ids)
        return None

    def _grow(self) -> None:
        wider = _Shard(len(self._ids) * 3 // 2)
        for high, low, id in zip(self._high, self._low, self._ids, strict=True):
            if id:
                wider.add(high, low, id)
        self._high, self._low, self._ids = wider._high, wider._low, wider._ids


def _halves(candidate: Candidate) -> tuple[int, int]:
    species = candidate.species
    bits = int(digest_of(species, candidate.digest) if species else candidate.digest, 16)
    return bits >> 64, bits & 0xFFFF_FFFF_FFFF_FFFF
