"""Scores a step function for the first autocorrelation inequality, in exact arithmetic.

`python evaluate.py FILE` certifies one from anywhere: a JSON list of heights.
"""

from __future__ import annotations

import sys
from typing import Any

from speciate.problems.autocorrelation import bound, certificate, peaks
from speciate.problems.points import tell
from speciate.problems.step_functions import heights, read


def evaluate(candidate: Any) -> dict[str, Any]:
    """The bound that what `construct()` returns gives: the exact value, as a float."""
    found = bound(heights(candidate.call("construct")))
    return {
        "bound": float(found.value),
        "level": found.level,
        "empty": found.empty / found.steps,
        "steps": found.steps,
        "peaks": found.peaks,
        "feedback": f"{peaks(found)}; {found.empty} of {found.steps} steps are 0",
    }


def certify(function: object) -> dict[str, Any]:
    """The exact bound that a step function gives: `value` (Fraction), `decimal` (20 digits), `steps`. `tolerance` is 0.
    Raises Invalid with the violation named."""
    return certificate(bound(heights(function)))


def verify(path: str) -> dict[str, Any]:
    """The same for a published function, a JSON list of at most 100,000 numbers. Raises Invalid."""
    return certificate(bound(read(path)))


def report(path: str) -> str:
    """The certificate of a file as a line. Raises Invalid."""
    found = verify(path)
    return f"{found['decimal']}  2n max(f * f) / (sum f)^2, {found['steps']:,} steps, exact arithmetic, tolerance 0"


def main(path: str) -> int:
    """Prints the certificate, or why there is none."""
    return tell(report, path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else "usage: python evaluate.py FILE")
