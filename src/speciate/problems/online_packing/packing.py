"""Online packing from a table of preferences, in plain Python and fast: bytes do the work of arrays.

Open bins are known by what is left in them: `absent` has every remaining capacity that no open bin has, so that
stripping these from the front of an item's order of preference leaves the best that there is. Bins too small for any
item are dropped. Which of several bins with equally much left is taken changes nothing, unless two different capacities
score alike: then the bin opened first is to be found, in a short list by a look at all open bins, in a long one, where
many are open, by a heap for each capacity.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from typing import TypeAlias

from .table import Table

Packing: TypeAlias = Callable[[int, Table, Sequence[int]], tuple[int, int]]

SHORT = 1000  # items up to which a look at all open bins is cheaper than keeping heaps


def pack(capacity: int, table: Table, lists: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], float]:
    """Bins used per list, and the mean of what stays empty in the chosen bin over all items put into a used one.
    Of bins that score alike the first opened is taken."""
    results = [_packing(table, items)(capacity, table, items) for items in lists]
    placed = sum(map(len, lists)) - sum(opened for opened, _ in results)
    return tuple([opened for opened, _ in results]), sum(left for _, left in results) / max(placed, 1)


def _packing(table: Table, items: Sequence[int]) -> Packing:
    if not table.tied:
        return _counted
    return _scanned if len(items) <= SHORT else _heaped


def _counted(capacity: int, table: Table, items: Sequence[int]) -> tuple[int, int]:
    """Bins opened, and the sum of what stayed empty in used ones; no two capacities score alike."""
    order, smallest = table.order, min(table.order)
    count = [0] * (capacity + 1)
    absent = bytearray(range(capacity + 1))
    absent[capacity] = 0  # the untouched bin is always there, and no bin has 0 left
    opened, left_over = 0, 0
    for item in items:
        chosen = order[item].lstrip(absent)[0]
        left = chosen - item
        if chosen == capacity:
            opened += 1
        else:
            left_over += left
            others = count[chosen] - 1
            count[chosen] = others
            if not others:
                absent[chosen] = chosen
        if left >= smallest:
            count[left] += 1
            absent[left] = 0
    return opened, left_over


def _scanned(capacity: int, table: Table, items: Sequence[int]) -> tuple[int, int]:
    """The same where capacities may score alike: the bins in order of opening, the untouched one last, are turned into
    ranks, and the first of the highest is taken."""
    ranks, smallest = table.ranks, min(table.ranks)
    bins = bytearray((capacity,))
    opened, left_over = 0, 0
    for item in items:
        fit = bins.translate(ranks[item])
        chosen = fit.index(max(fit))
        left = bins[chosen] - item
        if chosen == len(bins) - 1:
            opened += 1
            bins.append(capacity)
        else:
            left_over += left
        if left < smallest:
            del bins[chosen]
        else:
            bins[chosen] = left
    return opened, left_over


def _heaped(capacity: int, table: Table, items: Sequence[int]) -> tuple[int, int]:
    """The same for many items, whatever scores alike: each capacity has the numbers of its bins, by order of opening,
    in a heap."""
    plans = {size: (order, table.alike[size]) for size, order in table.order.items()}
    smallest = min(plans)
    heaps: list[list[int]] = [[] for _ in range(capacity + 1)]
    heaps[capacity] = [0]
    absent = bytearray(range(capacity + 1))
    absent[capacity] = 0
    opened, left_over = 0, 0
    for item in items:
        order, tied = plans[item]
        chosen = order.lstrip(absent)[0]
        if chosen in tied:
            alike = tied[chosen].translate(None, absent)
            if len(alike) > 1:
                chosen = min(alike, key=heaps.__getitem__)  # by the first of each: no two are equal
        heap = heaps[chosen]
        left = chosen - item
        if chosen == capacity:
            number = opened
            opened += 1
            heap[0] = opened
        else:
            left_over += left
            if len(heap) > 1:
                number = heappop(heap)
            else:
                number = heap.pop()
                absent[chosen] = chosen
        if left >= smallest:
            others = heaps[left]
            if others:
                heappush(others, number)
            else:
                others.append(number)
                absent[left] = 0
    return opened, left_over
