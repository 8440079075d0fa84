"""Scores 11 points in a triangle by the smallest of their 165 triangles as a share of the whole, certified in exact
arithmetic with tolerance 0.

A point (u, v) is A + u (B - A) + v (C - A); shares of the area do not depend on which triangle ABC is, and in u and v
they are rational. `python evaluate.py FILE` certifies a construction from anywhere: a JSON list of 11 rows [u, v], or
{"cartesian": rows [x, y]} in the triangle (0, 0), (1, 0), (1/2, sqrt(3)/2), which is decided exactly as well.
"""

from __future__ import annotations

import math
import sys
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

from speciate import Invalid
from speciate.problems.points import DIGITS, Certificate, Points, decimals, points_of, read, size

POINTS = 11
CARTESIAN = "cartesian"
NEAR = 0.01  # triangles within this share of the smallest are counted in what is shown
EDGE = 1e-6  # how near to a side counts as on it in what is shown


def evaluate(candidate: Any) -> dict[str, Any]:
    """The smallest share, and how the figure is built."""
    points = points_of(candidate.call("construct"), POINTS, "uv")
    return {"area": _certified(points).score, **_described(points)}


def certify(construction: Any) -> Certificate:
    """The exact share, of rows u, v or of {"cartesian": rows x, y}. Raises Invalid, with the violation named."""
    if isinstance(construction, dict):
        if list(construction) != [CARTESIAN]:
            raise Invalid(f'a dict with the keys {list(construction)}: give rows u, v, or {{"{CARTESIAN}": rows x, y}}')
        return _cartesian(points_of(construction[CARTESIAN], POINTS, "xy", texts=True))
    return _certified(points_of(construction, POINTS, "uv", texts=True))


def verify(path: str | Path) -> Certificate:
    """The same of a JSON file; strings in it are decimals or fractions, taken exactly. Raises Invalid."""
    return certify(read(path))


def _certified(points: Points) -> Certificate:
    outside = [(max(-u, -v, u + v - points.unit), number) for number, (u, v) in enumerate(points.rows)]
    beyond, number = max(outside)
    if beyond > 0:
        u, v = (float(points.over(each)) for each in points.rows[number])
        raise Invalid(
            f"point {number} at u = {u:.6g}, v = {v:.6g} lies outside by {size(points.over(beyond))}: u, v >= 0 and "
            f"u + v <= 1, with tolerance 0 (u, v are not Cartesian; the README converts)"
        )
    area = points.over(_smallest(points), 2)
    return Certificate(float(area), area, decimals(area))


def _cartesian(points: Points) -> Certificate:
    """A share is 2/sqrt(3) times a rational number, and a point is outside or not by the sign of a rational one."""
    for number, (x, y) in enumerate(points.rows):
        for inward, side in ((x, "left"), (points.unit - x, "right")):
            steep = 3 * inward**2 - y**2 if inward >= 0 else -1
            if y < 0 or steep < 0:
                by = _beyond(points, y, inward)
                raise Invalid(
                    f"point {number} lies outside by {by:.3g}, {'below' if y < 0 else side}; the tolerance is 0"
                )
    twice = points.over(_smallest(points), 2)  # 2 D; the whole is sqrt(3)/4, so the share is 2/sqrt(3) * 2 D
    squared = 4 * twice**2 / 3
    shift = 10**DIGITS
    cut = math.isqrt(squared.numerator * shift**2 // squared.denominator)
    return Certificate(float(Fraction(cut, shift)), None, decimals(Fraction(cut, shift)))


def _beyond(points: Points, y: int, inward: int) -> float:
    """How far a point lies outside: below the base, or beyond the side y = sqrt(3) * inward."""
    if y < 0:
        return float(points.over(-y))
    root = math.isqrt(3 << 256)  # sqrt(3) * 2^128
    return float(points.over((y << 128) - root * inward) / (2 << 128))


def _smallest(points: Points) -> int:
    """Twice the area of the smallest triangle, in units squared. Raises Invalid where three points are in line."""
    area, triple = min((abs(area), triple) for area, triple in _triangles(points))
    if area == 0:
        raise Invalid(
            f"points {triple[0]}, {triple[1]} and {triple[2]} lie in a line: the smallest triangle has no area"
        )
    return area


def _triangles(points: Points) -> list[tuple[int, tuple[int, int, int]]]:
    rows = points.rows
    return [
        (
            (rows[b][0] - rows[a][0]) * (rows[c][1] - rows[a][1])
            - (rows[c][0] - rows[a][0]) * (rows[b][1] - rows[a][1]),
            (a, b, c),
        )
        for a, b, c in combinations(range(POINTS), 3)
    ]


def _described(points: Points) -> dict[str, Any]:
    """Measures and feedback, in floats."""
    sizes = sorted((abs(area) / points.unit**2, triple) for area, triple in _triangles(points))
    small = [triple for area, triple in sizes if area < sizes[0][0] * (1 + NEAR)]
    edge = sum(min(u, v, points.unit - u - v) < EDGE * points.unit for u, v in points.rows)
    held = {number for triple in small for number in triple}
    free = [str(number) for number in range(POINTS) if number not in held]
    loose = f"; nothing holds points {', '.join(free)}" if free else ""
    a, b, c = sizes[0][1]
    return {
        "edge": edge,
        "small": len(small),
        "feedback": f"the smallest triangle is that of points {a}, {b} and {c}; {len(small)} are within 1 % of it; "
        f"{edge} points lie on a side{loose}",
    }


def main(path: str) -> int:
    """Prints the certificate, or why there is none."""
    try:
        sys.stdout.write(f"{verify(path).decimals}  smallest share of the area, exact arithmetic, tolerance 0\n")
    except Invalid as error:
        sys.stdout.write(f"refused: {error.reason}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else "usage: python evaluate.py FILE")
