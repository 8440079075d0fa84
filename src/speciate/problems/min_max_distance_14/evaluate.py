"""Scores 14 points in space by the square of their greatest distance over their least, certified in exact
arithmetic with tolerance 0.

`python evaluate.py FILE` certifies a construction from anywhere: a JSON list of 14 rows [x, y, z].
"""

from __future__ import annotations

import sys
from typing import Any

from speciate.problems.distances import Figure
from speciate.problems.points import tell

FIGURE = Figure(14, "xyz")
certify, verify, report = FIGURE.certify, FIGURE.verify, FIGURE.report


def evaluate(candidate: Any) -> dict[str, Any]:
    """The ratio, and how the figure is built."""
    return FIGURE.evaluate(candidate.call("construct"))


def main(path: str) -> int:
    """Prints the certificate, or why there is none."""
    return tell(report, path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else "usage: python evaluate.py FILE")
