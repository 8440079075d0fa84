"""Scores 21 circles in a rectangle of perimeter 4 by the sum of their radii, certified in exact arithmetic with
tolerance 0; the rectangle is the least upright one around them, wherever it lies.

`python evaluate.py FILE` certifies a construction from anywhere: a JSON list of 21 rows [x, y, r], or the centres and
the radii apart, [[[x, y], ...], [r, ...]].
"""

from __future__ import annotations

import sys
from typing import Any

from speciate.problems.circles import Packing, Room
from speciate.problems.points import tell

PACKING = Packing(21, Room.RECTANGLE)
certify, verify, report = PACKING.certify, PACKING.verify, PACKING.report


def evaluate(candidate: Any) -> dict[str, Any]:
    """The sum, and how the packing is built."""
    return PACKING.evaluate(candidate.call("construct"))


def main(path: str) -> int:
    """Prints the certificate, or why there is none."""
    return tell(report, path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else "usage: python evaluate.py FILE")
