"""Scores 11 points in a triangle by the smallest of their 165 triangles as a share of the whole, certified in exact
arithmetic with tolerance 0.

A point (u, v) is A + u (B - A) + v (C - A); shares of the area do not depend on which triangle ABC is, and in u and v
they are rational. Rows that are not all in that triangle are read as x, y in the equilateral one with the corners
(0, 0), (1, 0), (1/2, sqrt(3)/2), which is decided exactly as well; {"cartesian": rows} are read so in any case.

`python evaluate.py FILE` certifies a construction from anywhere: a JSON list of 11 rows, or {"cartesian": rows}.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from speciate import Invalid
from speciate.problems.heilbronn import near, smallest, triangles
from speciate.problems.points import DIGITS, Certificate, Points, decimals, points_of, read, size, tell

POINTS = 11
CARTESIAN = "cartesian"
EDGE = 1e-6  # how near to a side counts as on it in what is shown
NEARLY = Fraction(1, 1000)  # Cartesian points that are outside by less are told so, not that they are no u, v
ROUNDING = Fraction(1, 10**9)  # points outside by less were meant to lie on a side
BITS = 256
ROOT = math.isqrt(3 << 2 * BITS)  # sqrt(3) * 2^BITS, rounded down


@dataclass(frozen=True, slots=True)
class Outside:
    """A point that lies outside: how far (never too little), and which side it lies beyond."""

    by: Fraction
    number: int
    side: str


def evaluate(candidate: Any) -> dict[str, Any]:
    """The smallest share, and how the figure is built."""
    points, cartesian = _read(candidate.call("construct"))
    return {"area": (_cartesian if cartesian else _affine)(points).score, **_described(points, cartesian)}


def certify(construction: Any) -> Certificate:
    """The exact share, of rows u, v, of rows x, y, or of {"cartesian": rows x, y}. Raises Invalid, with the violation
    named."""
    points, cartesian = _read(construction, texts=True)
    return (_cartesian if cartesian else _affine)(points)


def verify(path: str | Path) -> Certificate:
    """The same of a JSON file; strings in it are decimals or fractions, taken exactly. Raises Invalid."""
    return certify(read(path))


def report(path: str | Path) -> str:
    """The certificate of a file as a line. Raises Invalid."""
    return f"{verify(path).decimals}  smallest share of the area, exact arithmetic, tolerance 0"


def _read(construction: Any, texts: bool = False) -> tuple[Points, bool]:
    """The points, and whether they are Cartesian: either reading is a construction where all points lie in its
    triangle, but for NEARLY. Raises Invalid."""
    if isinstance(construction, dict):
        if list(construction) != [CARTESIAN]:
            keys = f"a dict with the keys {list(construction)}"
            raise Invalid(f'{keys}: the answer is {POINTS} rows u, v, or {{"{CARTESIAN}": rows x, y}}')
        return points_of(construction[CARTESIAN], POINTS, "xy", texts), True
    points = points_of(construction, POINTS, "uv", texts)
    beyond = _worst(_outside_affine(points))
    return points, beyond > 0 and _worst(_outside_cartesian(points)) < min(beyond, NEARLY)


def _worst(outside: list[Outside]) -> Fraction:
    return max([each.by for each in outside], default=Fraction(0))


def _affine(points: Points) -> Certificate:
    outside = _outside_affine(points)
    if outside:
        worst = max(outside, key=lambda each: each.by)
        u, v = (float(points.over(each)) for each in points.rows[worst.number])
        raise Invalid(
            f"point {worst.number} at u = {u:.6g}, v = {v:.6g} lies outside by {size(worst.by)}: u, v >= 0 and "
            f"u + v <= 1, with tolerance 0 (and no set of x, y in the equilateral triangle with side 1 either)"
        )
    area = points.over(smallest(points), 2)
    return Certificate(float(area), area, decimals(area))


def _cartesian(points: Points) -> Certificate:
    """A share is 2/sqrt(3) times a rational number, and a point is outside or not by the sign of a rational one."""
    outside = _outside_cartesian(points)
    if outside:
        worst = max(outside, key=lambda each: each.by)
        raise Invalid(
            f"point {worst.number} lies outside by {size(worst.by)}, {worst.side}; the tolerance is 0 (read as x, y in "
            f"the equilateral triangle with side 1){_grown(points, outside)}"
        )
    twice = points.over(smallest(points), 2)  # 2 D; the whole is sqrt(3)/4, so the share is 2/sqrt(3) * 2 D
    squared = 4 * twice**2 / 3
    shift = 10**DIGITS
    cut = Fraction(math.isqrt(squared.numerator * shift**2 // squared.denominator), shift)
    return Certificate(float(cut), None, decimals(cut))


def _outside_affine(points: Points) -> list[Outside]:
    beyond = [(max(-u, -v, u + v - points.unit), number) for number, (u, v) in enumerate(points.rows)]
    return [Outside(points.over(by), number, "") for by, number in beyond if by > 0]


def _outside_cartesian(points: Points) -> list[Outside]:
    found = []
    for number, (x, y) in enumerate(points.rows):
        if y < 0:
            found.append(Outside(points.over(-y), number, "below"))
        for inward, side in ((x, "left"), (points.unit - x, "right")):
            if _above(y, inward):
                root = ROOT if inward >= 0 else ROOT + 1
                found.append(Outside(points.over((y << BITS) - root * inward) / (2 << BITS), number, side))
    return found


def _above(y: int, inward: int) -> bool:
    """Whether y > sqrt(3) * inward, exactly."""
    if y >= 0 > inward or inward >= 0 >= y:
        return y >= 0 > inward
    return (y**2 > 3 * inward**2) == (y > 0)


def _grown(points: Points, outside: list[Outside]) -> str:
    """What points that are outside by rounding score in the least triangle that holds them and the one with side 1:
    with its sides moved outwards, and therefore as much higher as these are moved together."""
    least = min(abs(area) for area, _ in triangles(points))
    if not least or _worst(outside) > ROUNDING:
        return ""
    moved = [_worst([each for each in outside if each.side == side]) for side in ("below", "left", "right")]
    height = Fraction(ROOT + 1, 2 << BITS) + sum(moved)
    share = points.over(least, 2) / 2 * Fraction(ROOT, 1 << BITS) / height**2
    return (
        f"; in the least equilateral triangle around it that holds all points they score {decimals(share, digits=20)}"
    )


def _described(points: Points, cartesian: bool) -> dict[str, Any]:
    """Measures and feedback, in floats."""
    rows = [(u / points.unit, v / points.unit) for u, v in points.rows]
    if cartesian:
        rows = [(x - y / math.sqrt(3), 2 * y / math.sqrt(3)) for x, y in rows]
    small = near(points)
    edge = sum(min(u, v, 1 - u - v) < EDGE for u, v in rows)
    held = {number for triple in small for number in triple}
    free = [str(number) for number in range(POINTS) if number not in held]
    loose = f"; nothing holds points {', '.join(free)}" if free else ""
    a, b, c = small[0]
    return {
        "edge": edge,
        "small": len(small),
        "feedback": f"the smallest triangle is that of points {a}, {b} and {c}; {len(small)} are within 1 % of it; "
        f"{edge} points lie on a side{loose}",
    }


def main(path: str) -> int:
    """Prints the certificate, or why there is none."""
    return tell(report, path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else "usage: python evaluate.py FILE")
