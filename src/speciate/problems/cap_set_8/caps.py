"""Cap sets in F_3^8: sets of vectors no three of which lie on a line, that is, no three different ones add up to 0.

A vector is its number from 0 to 6560, its coordinates the digits to base 3, the first the most significant.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Numbers: TypeAlias = npt.NDArray[np.int64]

DIMENSION = 8
HALF = 3 ** (DIMENSION // 2)
VECTORS = np.array(list(product(range(3), repeat=DIMENSION)))
POWERS = 3 ** np.arange(DIMENSION - 1, -1, -1)


def _halves() -> Numbers:
    """The third point on the line through two vectors of half the dimension; a vector itself for twice that vector."""
    half = VECTORS[:HALF, DIMENSION // 2 :]
    return np.asarray((-(half[:, None] + half[None]) % 3) @ POWERS[DIMENSION // 2 :])


_THIRD = _halves()
_HIGH, _LOW = np.divmod(np.arange(len(VECTORS)), HALF)


def third(one: Numbers | int, other: Numbers) -> Numbers:
    """What adds up to 0 with both, for arrays of numbers that broadcast."""
    return np.asarray(_THIRD[_HIGH[one], _HIGH[other]] * HALF + _THIRD[_LOW[one], _LOW[other]])


def grown(order: Iterable[int]) -> Numbers:
    """The cap that takes vectors in this order, each unless it is on a line through two that are in it."""
    cap, size = np.empty(len(VECTORS), dtype=np.int64), 0
    free = np.ones(len(VECTORS), dtype=bool)
    for each in order:
        if free[each]:
            free[third(each, cap[:size])] = False
            free[each] = False
            cap[size] = each
            size += 1
    return cap[:size]


def line(cap: Numbers) -> tuple[int, int, int] | None:
    """Three of these different vectors that lie on a line, by their places in the array; None where it is a cap."""
    place = np.full(len(VECTORS), -1)
    place[cap] = np.arange(len(cap))
    found = place[third(cap[:, None], cap[None])]
    np.fill_diagonal(found, -1)
    if (found < 0).all():
        return None
    one, other = (int(each) for each in np.unravel_index(int(np.argmax(found >= 0)), found.shape))
    return one, other, int(found[one, other])
