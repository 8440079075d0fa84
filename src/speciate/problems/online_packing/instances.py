"""Lists to pack, and what is asked of a rule for them; the text format of the OR-Library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import blake2b
from itertools import islice
from typing import Any

from .packing import pack
from .table import Query

KNOWN = 20_000  # packings that are remembered per group: 10 MB


@dataclass(frozen=True)
class Instance:
    name: str
    capacity: int
    items: tuple[int, ...]
    best: int | None = None  # bins of the best packing known


@dataclass(frozen=True, eq=False)
class Group:
    """The lists of one capacity: their numbers among all, and what is asked of a rule to pack them."""

    numbers: tuple[int, ...]
    lists: tuple[tuple[int, ...], ...]
    query: Query
    _known: dict[bytes, tuple[tuple[int, ...], float]] = field(default_factory=dict)

    def packed(self, answers: Sequence[Any]) -> tuple[tuple[int, ...], float]:
        """Bins used per list and the mean slack, from what a rule answered to `query.rows`. Rules that rank alike pack
        alike, so what is known is not packed again. Raises Invalid if it is no rule."""
        ranks = self.query.ranks(answers)
        key = blake2b(ranks.tobytes(), digest_size=16).digest()
        found = self._known.get(key)
        if found is None:
            found = pack(self.query.capacity, self.query.table(ranks), self.lists)
            if len(self._known) >= KNOWN:
                del self._known[next(iter(self._known))]  # the oldest
            self._known[key] = found
        return found


class Lists:
    """Instances, with what is asked of a rule for them worked out once."""

    def __init__(self, instances: Sequence[Instance]) -> None:
        self.instances = tuple(instances)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """By capacity, ascending."""
        return tuple([self._group(capacity) for capacity in sorted({each.capacity for each in self.instances})])

    def _group(self, capacity: int) -> Group:
        numbers = tuple([number for number, each in enumerate(self.instances) if each.capacity == capacity])
        lists = tuple([self.instances[number].items for number in numbers])
        return Group(numbers, lists, Query.of(capacity, tuple(sorted({item for items in lists for item in items}))))

    @cached_property
    def bounds(self) -> tuple[int, ...]:
        """L1, per list: no packing has fewer bins than all items need together."""
        return tuple([-(-sum(each.items) // each.capacity) for each in self.instances])

    @lru_cache(maxsize=64)  # noqa: B019  the lists live as long as the worker
    def part(self, cases: tuple[int, ...]) -> Lists:
        """Only these. Raises IndexError for a number that there is not."""
        return Lists([self.instances[case] for case in cases])


def read(path: str) -> Lists:
    """The instances of a file in the OR-Library's format: their number; then for each a name, "capacity items best",
    and the item sizes. Raises ValueError for anything else, and for sizes that are no whole numbers or a capacity
    above 255, which the table cannot hold."""
    with open(path, encoding="utf-8") as file:
        words = iter(file.read().split())
    count = _whole(next(words, "nothing"), "the number of instances")
    instances = tuple([_read_one(words) for _ in range(count)])
    if count < 1 or next(words, None) is not None:
        raise ValueError(f"it says that it has {count} instances, and has {'more' if count > 0 else 'none'}")
    return Lists(instances)


def _read_one(words: Iterator[str]) -> Instance:
    name = next(words, "")
    head = [_whole(word, f"the head of {name}") for word in islice(words, 3)]
    if len(head) < 3:
        raise ValueError("the file ends before the last of its instances")
    capacity, count, best = head
    items = tuple([_whole(word, f"an item of {name}") for word in islice(words, count)])
    if len(items) < count:
        raise ValueError(f"{name} has {len(items)} of its {count} items: the file ends too early")
    if not 1 <= capacity <= 255:
        raise ValueError(f"{name} has a capacity of {capacity}; only 1 to 255 can be packed here")
    if not items or min(items) < 1 or max(items) > capacity:
        raise ValueError(f"{name} has items of size {min(items, default=0)} to {max(items, default=0)}: they must fit")
    return Instance(name, capacity, items, best)


def _whole(word: str, what: str) -> int:
    try:
        return int(word)
    except ValueError:
        raise ValueError(f"{what} is {word!r}, not a whole number") from None
