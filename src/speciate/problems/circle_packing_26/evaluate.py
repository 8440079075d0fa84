"""Scores 26 circles in the unit square by the sum of their radii, certified in exact arithmetic with tolerance 0.

`python evaluate.py FILE` certifies a construction from anywhere: a JSON list of 26 rows [x, y, r], or the centres and
the radii apart, [[[x, y], ...], [r, ...]].
"""

from __future__ import annotations

import math
import sys
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from speciate import Invalid
from speciate.problems.points import Certificate, Points, decimals, points_of, read, size, tell

CIRCLES = 26
APART = ("centers", "radii")
ROUNDING = Fraction(1, 10**9)  # what violates by less was meant to touch
WORST = Fraction(10**30)  # of violations: beyond any coordinate
TOUCH = 1e-6  # gaps below this count as contacts in what is shown; no score depends on it


def evaluate(candidate: Any) -> dict[str, Any]:
    """The sum, and how the packing is built."""
    circles = points_of(_rows(candidate.call("construct")), CIRCLES, "xyr")
    return {"radii": _certified(circles).score, **_described(circles)}


def certify(construction: Any) -> Certificate:
    """The exact sum of the radii. Raises Invalid, with the worst violation named."""
    return _certified(points_of(_rows(construction), CIRCLES, "xyr", texts=True))


def verify(path: str | Path) -> Certificate:
    """The same of a JSON file; strings in it are decimals or fractions, taken exactly. Raises Invalid."""
    return certify(read(path))


def report(path: str | Path) -> str:
    """The certificate of a file as a line. Raises Invalid."""
    return f"{verify(path).decimals}  sum of radii, exact arithmetic, tolerance 0"


def _rows(value: Any) -> Any:
    """Centres and radii apart, as many programs return them and some with a sum that nobody reads, as rows x, y, r;
    anything else as it is."""
    parts = [value[each] for each in APART] if type(value) is dict and set(value) == set(APART) else value
    if type(parts) not in {list, tuple} or len(parts) not in {2, 3}:
        return value
    centres, radii = [each.tolist() if type(each) is np.ndarray else each for each in parts[:2]]
    if any(type(each) not in {list, tuple} or len(each) != CIRCLES for each in (centres, radii)):
        return value
    if any(type(each) not in {list, tuple, np.ndarray} for each in centres):
        return value
    return [[*centre, radius] for centre, radius in zip(centres, radii, strict=True)]


def _certified(circles: Points) -> Certificate:
    found = _violations(circles)
    total = circles.over(sum(r for _, _, r in circles.rows))
    if found:
        more = f" (and {len(found) - 1} more violations)" if len(found) > 1 else ""
        raise Invalid(f"{max(found)[1]}; the tolerance is 0{more}{_shrunk(circles, max(found)[0], total)}")
    return Certificate(float(total), total, decimals(total))


def _shrunk(circles: Points, worst: Fraction, total: Fraction) -> str:
    """What circles that violate by rounding alone sum to with the worst violation taken off every radius, which makes
    them a packing: of an overlap twice as much goes."""
    if worst > ROUNDING or circles.over(min(r for _, _, r in circles.rows)) <= worst:
        return ""
    return f"; with all radii less by that they sum to {decimals(total - CIRCLES * worst, digits=20)}"


def _violations(circles: Points) -> list[tuple[Fraction, str]]:
    """How far each goes (never too little), and its name. Decided on integers, so that no rounding can hide one."""
    unit, found = circles.unit, []
    for number, (x, y, r) in enumerate(circles.rows):
        if r <= 0:
            found.append((WORST, f"circle {number} has no positive radius ({float(circles.over(r)):.3g})"))
        beyond = max(r - x, r - y, x + r - unit, y + r - unit)
        if beyond > 0:
            over = circles.over(beyond)
            found.append((over, f"circle {number} leaves the unit square by {size(over)}"))
    for (one, (x, y, r)), (other, (p, q, s)) in combinations(enumerate(circles.rows), 2):
        apart, together = (x - p) ** 2 + (y - q) ** 2, r + s
        if apart < together**2 and together > 0:
            over = circles.over(together**2 - apart, 2) / _sum_of_lengths(circles, apart, together)
            found.append((over, f"circles {one} and {other} overlap by {size(over)}"))
    return found


def _sum_of_lengths(circles: Points, apart: int, together: int) -> Fraction:
    """Distance plus radii, to some 20 digits: what turns a difference of squares into one of lengths."""
    return circles.over(math.isqrt(apart << 128) + (together << 64)) / (1 << 64)


def _described(circles: Points) -> dict[str, Any]:
    """Measures and feedback, in floats."""
    rows = [(x / circles.unit, y / circles.unit, r / circles.unit) for x, y, r in circles.rows]
    walls = [min(x, 1 - x, y, 1 - y) - r for x, y, r in rows]
    gaps = [[math.inf] * CIRCLES for _ in rows]
    for (one, (x, y, r)), (other, (p, q, s)) in combinations(enumerate(rows), 2):
        gaps[one][other] = gaps[other][one] = math.hypot(x - p, y - q) - r - s
    room = [min(wall, *gap) for wall, gap in zip(walls, gaps, strict=True)]
    contacts = sum(gap < TOUCH for row in gaps for gap in row) // 2
    touching = sum(wall < TOUCH for wall in walls)
    radii = [r for _, _, r in rows]
    widest, least = room.index(max(room)), radii.index(min(radii))
    free = sum(each >= TOUCH for each in room)
    return {
        "spread": min(radii) / max(radii),
        "walls": touching,
        "contacts": contacts,
        "feedback": f"{contacts} pairs touch, {touching} circles touch a wall; {free} touch nothing, of which circle "
        f"{widest} at ({rows[widest][0]:.3f}, {rows[widest][1]:.3f}) could grow by {room[widest]:.2g} as it stands; "
        f"smallest is circle {least} with r = {radii[least]:.4f}"
        if free
        else f"{contacts} pairs touch, {touching} circles touch a wall, and none can grow as it stands; smallest is "
        f"circle {least} with r = {radii[least]:.4f}",
    }


def main(path: str) -> int:
    """Prints the certificate, or why there is none."""
    return tell(report, path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else "usage: python evaluate.py FILE")
