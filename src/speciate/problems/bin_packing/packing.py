"""Online packing from a table of ranks, in plain Python and fast: bytes do the work of arrays.

A list's open bins are one bytearray of remaining capacities in order of opening, the untouched bin last. The table of
an item's size turns capacities into ranks, so that `translate`, `max` and `index` find the first bin of the highest
score. Bins too small for any item are dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

LONG = 30  # open bins above which numpy finds the first of the highest sooner than `max` and `index`


def pack(capacity: int, tables: Mapping[int, bytes], lists: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], float]:
    """Bins used per list, and the mean of what stays empty in the chosen bin over all items put into a used one.
    `tables` is by item size: 256 bytes, from a remaining capacity to its rank, 0 where the item does not fit."""
    smallest = min(tables)
    used: list[int] = []
    left_over, placed = 0, 0
    for items in lists:
        bins = bytearray((capacity,))
        last = 0  # where the untouched bin is
        opened = 0
        for item in items:
            fit = bins.translate(tables[item])
            chosen = fit.index(max(fit)) if last < LONG else int(np.frombuffer(fit, np.uint8).argmax())
            left = bins[chosen] - item
            if chosen == last:
                opened += 1
                last += 1
                bins.append(capacity)
            else:
                left_over += left
            if left < smallest:
                del bins[chosen]
                last -= 1
            else:
                bins[chosen] = left
        used.append(opened)
        placed += len(items) - opened
    return tuple(used), left_over / max(placed, 1)
