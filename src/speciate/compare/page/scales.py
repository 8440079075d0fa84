"""From values to pixels, and the round numbers that stand along an axis."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SPARE = 0.04  # of a range, at both ends
MOST_DIGITS = 15
SMALLEST, LARGEST = 1e-300, 1e300  # beyond them a range of floats has no width, or none that is finite
FAR = 20.0  # times the length of the axis


@dataclass(frozen=True, slots=True)
class Scale:
    """Values `low`..`high` on pixels `start`..`end`, the logarithms of them where `log`."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """The pixel. What lies outside is there too, but never so far that a renderer minds."""
        low, high = self._scaled(self.low), self._scaled(self.high)
        share = (self._scaled(value) - low) / (high - low)
        return self.start + min(max(share, -FAR), FAR) * (self.end - self.start)

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high

    def _scaled(self, value: float) -> float:
        return math.log10(max(value, self.low)) if self.log else value  # 0 has no logarithm

    def ticks(self, about: int) -> list[tuple[float, str]]:
        """Round values in the range, with what is written beside them."""
        if self.log:
            return _decades(self.low, self.high)
        least = (self.high - self.low) / about
        if not SMALLEST < least < LARGEST:
            return []
        step = _step(least)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        digits = min(max(0, -math.floor(math.log10(step) + 1e-9)), MOST_DIGITS)
        return [(each * step, written(each * step, digits)) for each in range(first, last + 1)]


def spanning(values: Iterable[float], start: float, end: float) -> Scale:
    """A scale that shows all of these with something to spare; of equal ones, or none, some range around them."""
    seen = [min(max(each, -LARGEST), LARGEST) for each in values if math.isfinite(each)]
    low, high = min(seen, default=0.0), max(seen, default=1.0)
    wide = high - low
    if wide <= max(1e-13 * max(abs(low), abs(high)), SMALLEST):
        wide = abs(low) / 10 or 1.0
        low, high = low - wide / 2, high + wide / 2
    return Scale(low - SPARE * wide, high + SPARE * wide, start, end)


def written(value: float, digits: int) -> str:
    """2,635.98; 3e+07 for what is longer than that."""
    if abs(value) >= 1e7:
        return f"{value:.3g}".replace("-", "−").replace("e+", "e")
    return f"{value:,.{digits}f}".replace("-", "−") if round(value, digits) else "0"


def _step(least: float) -> float:
    """1, 2 or 5 times a power of ten, at least so much."""
    power = 10.0 ** math.floor(math.log10(least))
    return power * next((each for each in (1, 2, 5) if each * power >= least * (1 - 1e-9)), 10)


def _decades(low: float, high: float) -> list[tuple[float, str]]:
    """Powers of ten, with 2 and 5 times those where there are few."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    factors: Sequence[int] = (1,) if len(powers) > 5 else (1, 2, 5) if len(powers) < 4 else (1, 3)
    marks = [(factor * 10.0**power, power) for power in powers for factor in factors]
    return [(mark, written(mark, max(0, -power))) for mark, power in marks if low <= mark <= high * (1 + 1e-9)]
