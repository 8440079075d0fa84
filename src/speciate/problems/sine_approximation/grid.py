"""Where a sine is tried, and how far off it is, in units in the last place (ULP) of float32.

The arguments are those that a sine's kernel gets: after the reduction by symmetry all lie in [0, pi/2], and below 2^-12
a library returns x itself, since sin(x) = x to within half a unit there. Errors are relative to the spacing of floats
at sin(x), so that small arguments count as much as large ones. The reference is the float64 sine: it is off by
2e-9 ULP of float32 at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float32]
Doubles: TypeAlias = npt.NDArray[np.float64]

FIRST = np.float32(2**-12)
LAST = np.nextafter(np.float32(np.pi / 2), np.float32(0))  # the nearest float to pi/2 lies beyond it
BITS = (int(FIRST.view(np.int32)), int(LAST.view(np.int32)))  # floats in order are their bits in order
SEARCHED, FRESH, CHUNK = 2**15, 2**20, 2**19


@dataclass(frozen=True, slots=True)
class Grid:
    """Arguments in ascending order, shape (m,), the sine of each, and the spacing of floats there. `starts` are where
    the binades of the arguments begin: 2^-12, 2^-11 ... 1."""

    x: Floats
    sine: Doubles
    ulp: Doubles
    starts: npt.NDArray[np.int64]

    @staticmethod
    def of(x: Floats) -> Grid:
        sine = np.sin(x.astype(np.float64))
        ulp = np.ldexp(1.0, np.frexp(sine)[1] - 24)  # sine = m 2^e, 1/2 <= m < 1: 24 bits hold it
        _, starts = np.unique(np.frexp(x)[1], return_index=True)
        return Grid(x, sine, ulp, starts)

    def errors(self, values: Floats) -> Doubles:
        """In ULP, shape (m,); not finite where the value is not."""
        with np.errstate(all="ignore"):
            found: Doubles = np.abs(values.astype(np.float64) - self.sine) / self.ulp
        return found


@lru_cache(maxsize=1)
def searched() -> Grid:
    """What the search is scored on: evenly over the floats, evenly over the numbers, and the hard points."""
    over_floats = np.linspace(*BITS, SEARCHED // 2).astype(np.int32).view(np.float32)
    over_numbers = np.linspace(FIRST, LAST, SEARCHED // 2).astype(np.float32)
    return Grid.of(np.unique(np.concatenate([over_floats, over_numbers, hard()])))


def fresh() -> Grid:
    """What only the sealed stage reads: floats drawn anew, from a seed of their own, and the hard points."""
    rng = np.random.default_rng(20260)
    drawn = rng.integers(BITS[0], BITS[1] + 1, FRESH // 2).astype(np.int32).view(np.float32)
    even = rng.uniform(FIRST, LAST, FRESH // 2).astype(np.float32)
    return Grid.of(np.unique(np.concatenate([drawn, np.clip(even, FIRST, LAST), hard()])))


def every() -> Iterator[Grid]:
    """All 105 million floats of the range, in chunks."""
    for start in range(BITS[0], BITS[1] + 1, CHUNK):
        yield Grid.of(np.arange(start, min(start + CHUNK, BITS[1] + 1), dtype=np.int32).view(np.float32))


def hard() -> Floats:
    """Where the spacing of floats changes, with 64 floats to both sides: at powers of two of the argument and of the
    sine, and the ends of the range."""
    powers = 2.0 ** np.arange(-12, 1)
    centres = np.concatenate([powers, np.arcsin(powers), [np.pi / 2]]).astype(np.float32).view(np.int32)
    bits = (centres[:, None] + np.arange(-64, 65, dtype=np.int32)).ravel()
    return np.unique(np.clip(bits, *BITS).astype(np.int32)).view(np.float32)
