"""Online packing from a table of preferences, in plain Python and fast: bytes do the work of arrays.

Open bins are known by what is left in them: `absent` has every remaining capacity that no open bin has, so that
stripping these from the front of an item's order of preference leaves the best that there is. Bins too small for any
item are dropped. Which of several bins with equally much left is taken changes nothing, unless two different capacities
score alike: then the bin opened first is to be found.
"""

from __future__ import annotations

from collections.abc import Sequence

from .table import Table


def pack(capacity: int, table: Table, lists: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], float]:
    """Bins used per list, and the mean of what stays empty in the chosen bin over all items put into a used one.
    Of bins that score alike the first opened is taken."""
    one = _in_order if table.tied else _counted
    results = [one(capacity, table, items) for items in lists]
    placed = sum(map(len, lists)) - sum(opened for opened, _ in results)
    return tuple([opened for opened, _ in results]), sum(left for _, left in results) / max(placed, 1)


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


def _in_order(capacity: int, table: Table, items: Sequence[int]) -> tuple[int, int]:
    """The same where capacities may score alike: the open bins are kept in order of opening, the untouched one last,
    and turned into ranks, the first of the best one's rank is found."""
    plans = {size: (order, table.ranks[size]) for size, order in table.order.items()}
    smallest = min(plans)
    bins = bytearray((capacity,))
    count = [0] * (capacity + 1)
    absent = bytearray(range(capacity + 1))
    absent[capacity] = 0
    opened, left_over = 0, 0
    for item in items:
        order, ranks = plans[item]
        best = order.lstrip(absent)[0]
        at = bins.translate(ranks).index(ranks[best])
        chosen = bins[at]
        left = chosen - item
        if chosen == capacity:
            opened += 1
            bins.append(capacity)
        else:
            left_over += left
            others = count[chosen] - 1
            count[chosen] = others
            if not others:
                absent[chosen] = chosen
        if left >= smallest:
            bins[at] = left
            count[left] += 1
            absent[left] = 0
        else:
            del bins[at]
    return opened, left_over
