"""Unit hexagons packed into the least regular hexagon, for the evaluators of such problems: certified in exact
arithmetic with tolerance 0.

A row x, y, angle is the regular hexagon with side 1 around (x, y) whose corners lie at angle, angle + 60, ... degrees.
The cosine and sine of an angle are taken as the point ((1 - t^2) / (1 + t^2), 2t / (1 + t^2)) of the unit circle, with
t rational and within 2^-110 of the tangent of half the angle: so what is certified are hexagons that are exactly
regular with side exactly 1, turned by less than 1e-32 from what was given. From there on nothing is rounded: all signs
are decided in Q(sqrt 3).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import combinations
from pathlib import Path
from typing import Any, TypeAlias

from speciate.core.errors import Invalid
from speciate.problems.points import Certificate, Points, decimals, points_of, read, size
from speciate.problems.surds import Surd, Turn, turn

COLUMNS = ("x", "y", "angle")
FORM = ("hexagons", "outer")
SIDES = ((1, 1), (0, 2), (-1, 1), (-1, -1), (0, -2), (1, -1))  # twice the normal at 30 + 60k degrees: sqrt(3) a, b
ROUNDING = Fraction(1, 10**9)  # what overlaps by less was meant to touch
TOUCH = 1e-6  # gaps below this count as contacts in what is shown; no score depends on it
ALIKE = 1.0  # degrees: how near two hexagons' angles are that count as one in what is shown
Row: TypeAlias = tuple[float, float, float]  # x, y, angle in degrees


@dataclass(frozen=True, slots=True)
class Placed:
    """Exact hexagons: centres over one `unit`, a turn each, and that of the outer one."""

    centres: tuple[tuple[int, int], ...]
    unit: int
    turns: tuple[Turn, ...]
    outer: Turn


@dataclass(frozen=True, slots=True)
class Hexagons:
    """The problem of `count` unit hexagons: what a construction scores, or why it is none."""

    count: int

    def evaluate(self, construction: Any) -> dict[str, Any]:
        """What a candidate built: `side`, that of the least hexagon around them, and how the packing is built. Raises
        Invalid."""
        rows, outer = self._read(construction, texts=False)
        score = _certified(_placed(rows, outer)).score
        x, y, angle = zip(*[[float(rows.over(each)) for each in row] for row in rows.rows], strict=True)
        turned = float(outer.over(outer.rows[0][2]))
        return {"side": score, **_described(list(zip(x, y, [each - turned for each in angle], strict=True)), turned)}

    def certify(self, construction: Any) -> Certificate:
        """The exact side. Raises Invalid, with the deepest overlap named."""
        return _certified(_placed(*self._read(construction, texts=True)))

    def verify(self, path: str | Path) -> Certificate:
        """The same of a JSON file; strings in it are decimals or fractions, taken exactly. Raises Invalid."""
        return self.certify(read(path))

    def report(self, path: str | Path) -> str:
        """The certificate of a file as a line. Raises Invalid."""
        return f"{self.verify(path).decimals}  side of the outer hexagon, exact arithmetic, tolerance 0"

    def _read(self, value: Any, texts: bool) -> tuple[Points, Points]:
        """The hexagons and the outer one, of which only the angle counts: where it lies and how large it is follows."""
        outer: Any = (0, 0, 0)
        if type(value) is dict:
            if set(value) != set(FORM):
                keys = f"a dict with the keys {list(value)}"
                raise Invalid(f'{keys}: the answer is {self.count} rows, or {{"hexagons": rows, "outer": a row}}')
            value, outer = value[FORM[0]], value[FORM[1]]
        return points_of(value, self.count, COLUMNS, texts), points_of([outer], 1, COLUMNS, texts)


def _placed(rows: Points, outer: Points) -> Placed:
    turns = [turn(rows.over(angle)) for _, _, angle in rows.rows]
    centres = tuple([(x, y) for x, y, _ in rows.rows])
    return Placed(centres, rows.unit, tuple(turns), turn(outer.over(outer.rows[0][2])))


def _certified(placed: Placed) -> Certificate:
    found = list(_overlaps(placed))
    side = _side(placed).above()
    if found:
        depth, (one, other) = max(found)
        more = f" (and {len(found) - 1} more overlaps)" if len(found) > 1 else ""
        room = ""
        if depth <= ROUNDING:  # on its axis a pair is sqrt(3) or more from centre to centre, and sqrt(3) > 1.7
            wider = side / (1 - depth / Fraction(17, 10))
            room = f"; with all centres moved apart as far as that takes, they fit into {decimals(wider, True, 20)}"
        raise Invalid(f"hexagons {one} and {other} overlap by {size(depth)}; the tolerance is 0{more}{room}")
    return Certificate(float(side), None, decimals(side, up=True))


def _overlaps(placed: Placed) -> Iterator[tuple[Fraction, tuple[int, int]]]:
    """How deep they are (never too little), and of which pairs."""
    for one, other in combinations(range(len(placed.centres)), 2):
        (x, y), (p, q) = placed.centres[one], placed.centres[other]
        if (p - x) ** 2 + (q - y) ** 2 < 4 * placed.unit**2:
            depth = _depth(placed.turns[one], placed.turns[other], (p - x, q - y), placed.unit)
            if depth > 0:
                yield depth, (one, other)


def _depth(ours: Turn, theirs: Turn, apart: tuple[int, int], unit: int) -> Fraction:
    """How far two hexagons overlap, 0 where they do not. Two convex polygons do not where a normal to a side of one of
    them separates them; they may touch. A hexagon is its own mirror image: its normals are those towards the other."""
    needed, rooms = Surd(0, 1, 1).plus(_reach(theirs.less(ours))), []
    for turned in (ours, theirs):
        for side in range(6):
            rooms.append(_along(turned, apart, unit, side).minus(needed))
            if rooms[-1].sign() >= 0:
                return Fraction(0)
    return max(rooms).negative().above() / 2


def _along(of: Turn, vector: tuple[int, int], unit: int, side: int) -> Surd:
    """Twice the length of a vector along the normal to one side of a hexagon turned so."""
    (x, y), (a, b) = vector, SIDES[side]
    return Surd(b * (of.c * y - of.s * x), a * (of.c * x + of.s * y), unit * of.d)


def _reach(by: Turn) -> Surd:
    """Twice how far the corners of a unit hexagon around the origin, turned by `by`, reach along the normal to a side
    of one that is not turned: the same for all six sides."""
    return max([Surd(-b * by.s, a * by.c, by.d) for a, b in SIDES])


def _side(placed: Placed) -> Surd:
    """Of the least regular hexagon of this angle that holds all. By duality of linear programs its apothem is the
    greatest of half the extents along opposite normals and of the thirds of the sums along three normals that add up
    to 0 (the place of the outer hexagon cancels in these)."""
    reach = [_reach(each.less(placed.outer)) for each in placed.turns]
    along = [[_along(placed.outer, centre, placed.unit, side) for centre in placed.centres] for side in range(6)]
    extents = [max([at.plus(far) for at, far in zip(each, reach, strict=True)]) for each in along]
    pairs = [extents[side].plus(extents[side + 3]).times(Fraction(1, 2)) for side in range(3)]
    thirds = [reduce(Surd.plus, extents[side::2]).times(Fraction(1, 3)) for side in range(2)]
    return max(pairs + thirds).over_root()  # twice the apothem over sqrt(3)


def _described(rows: list[Row], turned: float) -> dict[str, Any]:
    """Measures and feedback, in floats; angles relative to the outer hexagon's, which is `turned`."""
    cosine, sine = math.cos(math.radians(turned)), math.sin(math.radians(turned))
    rows = [(x * cosine + y * sine, y * cosine - x * sine, angle) for x, y, angle in rows]
    near = [[math.inf] * len(rows) for _ in rows]
    for (one, a), (other, b) in combinations(enumerate(rows), 2):
        near[one][other] = near[other][one] = _gap(a, b)
    reach = [[_far(row, 30 + 60 * side) for row in rows] for side in range(6)]
    extents = [max(each) for each in reach]
    pushing = max(
        [((extents[side] + extents[side + 3]) / 2, (side, side + 3)) for side in range(3)]
        + [(sum(extents[side::2]) / 3, (side, side + 2, side + 4)) for side in range(2)]
    )[1]
    held = " against ".join([", ".join(map(str, _touching(reach[side], extents[side]))) for side in pushing])
    contacts = sum(gap < TOUCH for row in near for gap in row) // 2
    walls = {number for each, most in zip(reach, extents, strict=True) for number in _touching(each, most)}
    free = [str(each) for each in range(len(rows)) if min(near[each]) >= TOUCH and each not in walls]
    loose = f"; nothing touches hexagons {', '.join(free)}" if free else ""
    return {
        "walls": len(walls),
        "angles": _angles(rows),
        "contacts": contacts,
        "feedback": f"{contacts} pairs touch; {'two' if len(pushing) == 2 else 'three'} walls decide, which hexagons "
        f"{held} push apart{loose}",
    }


def _touching(reach: list[float], most: float) -> list[int]:
    return [number for number, far in enumerate(reach) if far > most - TOUCH]


def _far(row: Row, direction: float) -> float:
    """How far a hexagon reaches in a direction in degrees, from the origin."""
    x, y, angle = row
    toward = math.radians(direction)
    off = math.radians(abs((direction - angle + 30) % 60 - 30))  # from the nearest corner
    return x * math.cos(toward) + y * math.sin(toward) + math.cos(off)


def _gap(one: Row, other: Row) -> float:
    """The greatest room between two hexagons along the normal to a side of either; below 0 where they overlap."""
    (x, y, a), (p, q, b) = one, other
    directions = [angle + 30 + 60 * side for angle in (a, b) for side in range(6)]
    return max([-_far((x - p, y - q, a), each) - _far((0, 0, b), each + 180) for each in directions])


def _angles(rows: list[Row]) -> int:
    """How many different angles there are, of those that are told apart."""
    found = sorted(angle % 60 for *_, angle in rows)
    steps = [later - sooner for sooner, later in zip(found, [*found[1:], found[0] + 60], strict=True)]
    return max(1, sum(step > ALIKE for step in steps))
