"""Heilbronn's problems in exact arithmetic, for the evaluators: the smallest triangle that points form, and for the
convex problems its share of the points' convex hull.

Points are integers over one denominator (`points.Points`), so every area is an integer over its square and which of two
is smaller, or which point is a corner of the hull, is decided without rounding. The tolerance is 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, TypeAlias

from speciate.core.errors import Invalid

from .points import Certificate, Points, decimals, points_of, read

Triple: TypeAlias = tuple[int, int, int]
NEAR = 100  # triangles within one part in so many of the smallest are counted in what is shown


def triangles(points: Points) -> list[tuple[int, Triple]]:
    """Twice the area of every triangle, with the sign of its orientation, in units squared; and its points."""
    rows = points.rows
    return [(_turn(rows[a], rows[b], rows[c]), (a, b, c)) for a, b, c in combinations(range(len(rows)), 3)]


def smallest(points: Points) -> int:
    """Twice the area of the smallest triangle, in units squared. Raises Invalid where three points are in line."""
    area, (a, b, c) = min((abs(area), triple) for area, triple in triangles(points))
    if area == 0:
        raise Invalid(f"points {a}, {b} and {c} lie in a line: the smallest triangle has no area")
    return area


def near(points: Points) -> list[Triple]:
    """The triangles within 1 % of the smallest, that first."""
    sizes = sorted((abs(area), triple) for area, triple in triangles(points))
    return [triple for area, triple in sizes if NEAR * (area - sizes[0][0]) <= sizes[0][0]]


def hull(points: Points) -> tuple[list[int], int]:
    """The corners of the convex hull, anticlockwise, and twice its area in units squared (Andrew 1979)."""
    order = sorted(range(len(points.rows)), key=points.rows.__getitem__)
    corners = [*_chain(points, order)[:-1], *_chain(points, order[::-1])[:-1]]
    rows = [points.rows[each] for each in [*corners, corners[0]]]
    return corners, sum(x * other - next_ * y for (x, y), (next_, other) in pairwise(rows))


@dataclass(frozen=True, slots=True)
class Convex:
    """So many points, scored by the smallest of their triangles as a share of their convex hull."""

    count: int

    def evaluate(self, candidate: Any) -> dict[str, Any]:
        """The share of what `construct()` returns, and how the figure is built. Raises Invalid."""
        points = points_of(candidate.call("construct"), self.count, "xy")
        return {"area": _share(points).score, **_described(points)}

    def certify(self, construction: Any) -> Certificate:
        """The exact share, of rows x, y in any scale. Raises Invalid, with the violation named."""
        return _share(points_of(construction, self.count, "xy", texts=True))

    def verify(self, path: str | Path) -> Certificate:
        """The same of a JSON file; strings in it are decimals or fractions, taken exactly. Raises Invalid."""
        return self.certify(read(path))

    def report(self, path: str | Path) -> str:
        """The certificate of a file as a line. Raises Invalid."""
        return f"{self.verify(path).decimals}  smallest share of the convex hull, exact arithmetic, tolerance 0"


def _share(points: Points) -> Certificate:
    least = smallest(points)  # first: points in line may have no hull
    share = Fraction(least, hull(points)[1])
    return Certificate(float(share), share, decimals(share))


def _turn(one: Sequence[int], two: Sequence[int], three: Sequence[int]) -> int:
    """Twice the area, positive where one goes round it anticlockwise."""
    return (two[0] - one[0]) * (three[1] - one[1]) - (three[0] - one[0]) * (two[1] - one[1])


def _chain(points: Points, order: Sequence[int]) -> list[int]:
    """The corners on one side, from the first point of the order to the last."""
    rows, chain = points.rows, list[int]()
    for each in order:
        while len(chain) > 1 and _turn(rows[chain[-2]], rows[chain[-1]], rows[each]) <= 0:
            chain.pop()
        chain.append(each)
    return chain


def _described(points: Points) -> dict[str, Any]:
    """Measures and feedback."""
    small, (corners, _) = near(points), hull(points)
    held = {number for triple in small for number in triple}
    free = [str(number) for number in range(len(points.rows)) if number not in held]
    loose = f"; nothing holds points {', '.join(free)}" if free else ""
    a, b, c = small[0]
    return {
        "corners": len(corners),
        "small": len(small),
        "feedback": f"the smallest triangle is that of points {a}, {b} and {c}; {len(small)} are within 1 % of it; the "
        f"hull has {len(corners)} corners{loose}",
    }
