"""Scores 14 points by the smallest of their triangles as a share of their convex hull, certified in exact arithmetic
with tolerance 0.

`python evaluate.py FILE` certifies a construction from anywhere: a JSON list of 14 rows x, y, in any scale.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from speciate.problems.heilbronn import Convex
from speciate.problems.points import Certificate, tell

PROBLEM = Convex(14)


def evaluate(candidate: Any) -> dict[str, Any]:
    """The smallest share, and how the figure is built."""
    return PROBLEM.evaluate(candidate)


def certify(construction: Any) -> Certificate:
    """The exact share, of rows x, y in any scale. Raises Invalid, with the violation named."""
    return PROBLEM.certify(construction)


def verify(path: str | Path) -> Certificate:
    """The same of a JSON file; strings in it are decimals or fractions, taken exactly. Raises Invalid."""
    return PROBLEM.verify(path)


def report(path: str | Path) -> str:
    """The certificate of a file as a line. Raises Invalid."""
    return PROBLEM.report(path)


def main(path: str) -> int:
    """Prints the certificate, or why there is none."""
    return tell(report, path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else "usage: python evaluate.py FILE")
