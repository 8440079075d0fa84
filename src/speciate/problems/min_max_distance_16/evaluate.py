"""Scores 16 points in the plane by the square of their greatest distance over their least, certified in exact
arithmetic with tolerance 0.

`python evaluate.py FILE` certifies a construction from anywhere: a JSON list of 16 rows [x, y].
"""

from __future__ import annotations

import sys
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

from speciate import Invalid
from speciate.problems.points import Certificate, Points, decimals, points_of, read, tell

POINTS = 16
NEAR = Fraction(1, 100)  # distances within this share of the least or the greatest are counted in what is shown


def evaluate(candidate: Any) -> dict[str, Any]:
    """The ratio, and how the figure is built."""
    points = points_of(candidate.call("construct"), POINTS, "xy")
    return {"ratio": _certified(points).score, **_described(points)}


def certify(construction: Any) -> Certificate:
    """The exact ratio. Raises Invalid where two points coincide or the array is none."""
    return _certified(points_of(construction, POINTS, "xy", texts=True))


def verify(path: str | Path) -> Certificate:
    """The same of a JSON file; strings in it are decimals or fractions, taken exactly. Raises Invalid."""
    return certify(read(path))


def report(path: str | Path) -> str:
    """The certificate of a file as a line. Raises Invalid."""
    return f"{verify(path).decimals}  (max distance / min distance)^2, exact arithmetic, tolerance 0"


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
        ((x - p) ** 2 + (y - q) ** 2, one, other)
        for (one, (x, y)), (other, (p, q)) in combinations(enumerate(points.rows), 2)
    ]


def _described(points: Points) -> dict[str, Any]:
    """Measures and feedback, in floats."""
    squares = sorted(_squares(points))
    shortest, longest = squares[0], squares[-1]
    short = [each for each in squares if each[0] < shortest[0] * (1 + NEAR) ** 2]
    long = [each for each in squares if each[0] > longest[0] / (1 + NEAR) ** 2]
    bound = {number for _, *pair in short + long for number in pair}
    free = [str(number) for number in range(POINTS) if number not in bound]
    loose = f"; nothing holds points {', '.join(free)}" if free else ""
    return {
        "short": len(short),
        "long": len(long),
        "feedback": f"shortest: points {shortest[1]} and {shortest[2]}, longest: {longest[1]} and {longest[2]}; "
        f"{len(short)} pairs are within 1 % of the shortest and {len(long)} of the longest{loose}",
    }


def main(path: str) -> int:
    """Prints the certificate, or why there is none."""
    return tell(report, path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else "usage: python evaluate.py FILE")
