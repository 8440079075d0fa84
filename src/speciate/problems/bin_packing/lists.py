"""The lists to pack: 500 items of uniform size 20 to 100, capacity 150, as the OR3 set has them; and a file's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import islice

import numpy as np
from table import Query  # type: ignore[import-not-found]  # it lies beside this file

CAPACITY, ITEMS, SMALLEST, LARGEST = 150, 500, 20, 100
TRAIN, FRESH = 20, 200
TRAIN_SEED, FRESH_SEED = 1, 2  # the search reads lists of the first only


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


@cache
def train() -> Lists:
    """The lists of the search, always the same."""
    return Lists(_drawn("train", TRAIN_SEED, TRAIN))


@cache
def fresh() -> Lists:
    """Lists that no search reads."""
    return Lists(_drawn("fresh", FRESH_SEED, FRESH))


def _drawn(name: str, seed: int, count: int) -> tuple[Instance, ...]:
    rng = np.random.Generator(np.random.Philox(seed))
    rows = rng.integers(SMALLEST, LARGEST + 1, size=(count, ITEMS)).tolist()
    return tuple([Instance(f"{name}_{number:03}", CAPACITY, tuple(row)) for number, row in enumerate(rows)])


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
