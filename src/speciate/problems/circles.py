"""Circles packed into a square or a rectangle and scored by the sum of their radii, for the evaluators of such
problems: certified in exact arithmetic with tolerance 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from speciate.core.errors import Invalid
from speciate.problems.points import Certificate, Points, decimals, points_of, read, size

APART = ("centers", "radii")
ROUNDING = Fraction(1, 10**9)  # what violates by less was meant to touch
WORST = Fraction(10**30)  # of violations: beyond any coordinate
TOUCH = 1e-6  # gaps below this count as contacts in what is shown; no score depends on it
Sides: TypeAlias = tuple[int, int, int, int]  # left, right, bottom, top


class Room(StrEnum):
    """What the circles are packed into: the square from (0, 0) to (1, 1), or an upright rectangle of any sides and in
    any place, of which the two together are 2 at most."""

    SQUARE = "the unit square"
    RECTANGLE = "a rectangle of perimeter 4"


@dataclass(frozen=True, slots=True)
class Packing:
    """The problem of `count` circles in a room: what a construction scores, or why it is none."""

    count: int
    room: Room

    def evaluate(self, construction: Any) -> dict[str, Any]:
        """What a candidate built: `radii`, their sum, and how the packing is built. Raises Invalid."""
        circles = points_of(self._rows(construction), self.count, "xyr")
        return {"radii": self._certified(circles).score, **self._described(circles)}

    def certify(self, construction: Any) -> Certificate:
        """The exact sum of the radii. Raises Invalid, with the worst violation named."""
        return self._certified(points_of(self._rows(construction), self.count, "xyr", texts=True))

    def verify(self, path: str | Path) -> Certificate:
        """The same of a JSON file; strings in it are decimals or fractions, taken exactly. Raises Invalid."""
        return self.certify(read(path))

    def report(self, path: str | Path) -> str:
        """The certificate of a file as a line. Raises Invalid."""
        return f"{self.verify(path).decimals}  sum of radii, exact arithmetic, tolerance 0"

    def _rows(self, value: Any) -> Any:
        """Centres and radii apart, as many programs return them and some with a sum that nobody reads, as rows x, y, r;
        anything else as it is."""
        parts = [value[each] for each in APART] if type(value) is dict and set(value) == set(APART) else value
        if type(parts) not in {list, tuple} or len(parts) not in {2, 3}:
            return value
        centres, radii = [each.tolist() if type(each) is np.ndarray else each for each in parts[:2]]
        if any(type(each) not in {list, tuple} or len(each) != self.count for each in (centres, radii)):
            return value
        if any(type(each) not in {list, tuple, np.ndarray} for each in centres):
            return value
        return [[*centre, radius] for centre, radius in zip(centres, radii, strict=True)]

    def _certified(self, circles: Points) -> Certificate:
        found = [*_of_radii(circles), *self._outside(circles), *_overlaps(circles)]
        total = circles.over(sum(r for _, _, r in circles.rows))
        if found:
            more = f" (and {len(found) - 1} more violations)" if len(found) > 1 else ""
            raise Invalid(f"{max(found)[1]}; the tolerance is 0{more}{_shrunk(circles, max(found)[0], total)}")
        return Certificate(float(total), total, decimals(total))

    def _outside(self, circles: Points) -> list[tuple[Fraction, str]]:
        """How far each circle leaves the square, or all of them together the rectangle, and its name."""
        unit = circles.unit
        if self.room is Room.SQUARE:
            beyond = [(max(r - x, r - y, x + r - unit, y + r - unit), at) for at, (x, y, r) in enumerate(circles.rows)]
            over = [(circles.over(by), at) for by, at in beyond if by > 0]
            return [(by, f"circle {at} leaves the unit square by {size(by)}") for by, at in over]
        left, right, bottom, top = _extent(circles)
        by = circles.over(right - left + top - bottom - 2 * unit)
        wide, high = float(circles.over(right - left)), float(circles.over(top - bottom))
        named = f"the circles need a rectangle of {wide:.6g} by {high:.6g}, which together is beyond 2 by {size(by)}"
        return [(by, named)] if by > 0 else []

    def _described(self, circles: Points) -> dict[str, Any]:
        """Measures and feedback, in floats."""
        unit, rows = circles.unit, [tuple([each / circles.unit for each in row]) for row in circles.rows]
        sides: Sides = (0, unit, 0, unit) if self.room is Room.SQUARE else _extent(circles)
        left, right, bottom, top = [each / unit for each in sides]
        walls = [min(x - left, right - x, y - bottom, top - y) - r for x, y, r in rows]
        gaps = [[math.inf] * self.count for _ in rows]
        for (one, (x, y, r)), (other, (p, q, s)) in combinations(enumerate(rows), 2):
            gaps[one][other] = gaps[other][one] = math.hypot(x - p, y - q) - r - s
        room = [min(wall, *gap) for wall, gap in zip(walls, gaps, strict=True)]
        contacts, touching = sum(gap < TOUCH for row in gaps for gap in row) // 2, sum(wall < TOUCH for wall in walls)
        radii, free = [r for _, _, r in rows], sum(each >= TOUCH for each in room)
        widest, least = room.index(max(room)), radii.index(min(radii))
        grow = (
            f"; {free} touch nothing, of which circle {widest} at ({rows[widest][0]:.3f}, {rows[widest][1]:.3f}) could "
            f"grow by {room[widest]:.2g} as it stands"
            if free
            else ", and none can grow as it stands"
        )
        wide, high = right - left, top - bottom
        form = f"; the rectangle is {wide:.4f} by {high:.4f}, together {wide + high:.6g} of 2"
        return {
            "spread": min(radii) / max(radii),
            "walls": touching,
            "contacts": contacts,
            **({} if self.room is Room.SQUARE else {"aspect": min(wide, high) / max(wide, high)}),
            "feedback": f"{contacts} pairs touch, {touching} circles touch a wall{grow}; smallest is circle {least} "
            f"with r = {radii[least]:.4f}{'' if self.room is Room.SQUARE else form}",
        }


def _extent(circles: Points) -> Sides:
    """Of the least upright rectangle that holds all circles."""
    return (
        min(x - r for x, _, r in circles.rows),
        max(x + r for x, _, r in circles.rows),
        min(y - r for _, y, r in circles.rows),
        max(y + r for _, y, r in circles.rows),
    )


def _of_radii(circles: Points) -> list[tuple[Fraction, str]]:
    return [
        (WORST, f"circle {number} has no positive radius ({float(circles.over(r)):.3g})")
        for number, (_, _, r) in enumerate(circles.rows)
        if r <= 0
    ]


def _overlaps(circles: Points) -> list[tuple[Fraction, str]]:
    """How deep each is (never too little), and its name. Decided on integers, so that no rounding can hide one."""
    found = []
    for (one, (x, y, r)), (other, (p, q, s)) in combinations(enumerate(circles.rows), 2):
        apart, together = (x - p) ** 2 + (y - q) ** 2, r + s
        if apart < together**2 and together > 0:
            over = circles.over(together**2 - apart, 2) / _sum_of_lengths(circles, apart, together)
            found.append((over, f"circles {one} and {other} overlap by {size(over)}"))
    return found


def _sum_of_lengths(circles: Points, apart: int, together: int) -> Fraction:
    """Distance plus radii, to some 20 digits: what turns a difference of squares into one of lengths."""
    return circles.over(math.isqrt(apart << 128) + (together << 64)) / (1 << 64)


def _shrunk(circles: Points, worst: Fraction, total: Fraction) -> str:
    """What circles that violate by rounding alone sum to with the worst violation taken off every radius, which makes
    them a packing: of an overlap twice as much goes, of a rectangle's two sides four times."""
    if worst > ROUNDING or circles.over(min(r for _, _, r in circles.rows)) <= worst:
        return ""
    return f"; with all radii less by that they sum to {decimals(total - len(circles.rows) * worst, digits=20)}"
