"""Scores 11 unit hexagons by the side of the least regular hexagon that holds them, certified in exact arithmetic with
tolerance 0.

`python evaluate.py FILE` certifies a construction from anywhere: a JSON list of 11 rows [x, y, angle], angles in
degrees, or {"hexagons": rows, "outer": [x, y, angle]} where the outer hexagon is turned as well.
"""

from __future__ import annotations

import sys
from typing import Any

from speciate.problems.hexagons import Hexagons
from speciate.problems.points import tell

HEXAGONS = Hexagons(11)
certify, verify, report = HEXAGONS.certify, HEXAGONS.verify, HEXAGONS.report


def evaluate(candidate: Any) -> dict[str, Any]:
    """The side, and how the packing is built."""
    return HEXAGONS.evaluate(candidate.call("construct"))


def main(path: str) -> int:
    """Prints the certificate, or why there is none."""
    return tell(report, path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else "usage: python evaluate.py FILE")
