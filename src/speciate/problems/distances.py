"""Points scored by the square of their greatest distance over their least, for the evaluators of such problems:
certified in exact arithmetic with tolerance 0.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

from speciate.core.errors import Invalid
from speciate.problems.points import Certificate, Points, decimals, points_of, read

NEAR = Fraction(1, 100)  # distances within this share of the least or the greatest are counted in what is shown


@dataclass(frozen=True, slots=True)
class Figure:
    """The problem of `count` points with the coordinates `axes`: what a construction scores, or why it is none."""

    count: int
    axes: str

    def evaluate(self, construction: Any) -> dict[str, Any]:
        """What a candidate built: `ratio`, and how the figure is built. Raises Invalid."""
        points = points_of(construction, self.count, self.axes)
        return {"ratio": _certified(points).score, **_described(points)}

    def certify(self, construction: Any) -> Certificate:
        """The exact ratio. Raises Invalid where two points coincide or the array is none."""
        return _certified(points_of(construction, self.count, self.axes, texts=True))

    def verify(self, path: str | Path) -> Certificate:
        """The same of a JSON file; strings in it are decimals or fractions, taken exactly. Raises Invalid."""
        return self.certify(read(path))

    def report(self, path: str | Path) -> str:
        """The certificate of a file as a line. Raises Invalid."""
        return f"{self.verify(path).decimals}  (max distance / min distance)^2, exact arithmetic, tolerance 0"


def _certified(points: Points) -> Certificate:
    squares = _squares(points)
    least = min(squares)
    if least[0] == 0:
        raise Invalid(f"points {least[1]} and {least[2]} coincide: the least distance is 0")
    ratio = points.over(max(squares)[0]) / points.over(least[0])  # of squared distances, so any scale will do
    if ratio > sys.float_info.max:
        raise Invalid(f"points {least[1]} and {least[2]} are so near to each other that no float holds the ratio")
    return Certificate(float(ratio), ratio, decimals(ratio, up=True))


def _squares(points: Points) -> list[tuple[int, int, int]]:
    """All squared distances, each with its two points."""
    return [
        (sum([(x - p) ** 2 for x, p in zip(row, another, strict=True)]), one, other)
        for (one, row), (other, another) in combinations(enumerate(points.rows), 2)
    ]


def _described(points: Points) -> dict[str, Any]:
    """Measures and feedback, in floats."""
    squares = sorted(_squares(points))
    shortest, longest = squares[0], squares[-1]
    short = [each for each in squares if each[0] < shortest[0] * (1 + NEAR) ** 2]
    long = [each for each in squares if each[0] > longest[0] / (1 + NEAR) ** 2]
    bound = {number for _, *pair in short + long for number in pair}
    free = [str(number) for number in range(len(points.rows)) if number not in bound]
    loose = f"; nothing holds points {', '.join(free)}" if free else ""
    return {
        "short": len(short),
        "long": len(long),
        "feedback": f"shortest: points {shortest[1]} and {shortest[2]}, longest: {longest[1]} and {longest[2]}; "
        f"{len(short)} pairs are within 1 % of the shortest and {len(long)} of the longest{loose}",
    }
