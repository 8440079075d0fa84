"""Scores a step function for the second autocorrelation inequality, in exact arithmetic.

`python evaluate.py FILE` certifies one from anywhere: a JSON list of heights.
"""

from __future__ import annotations

import sys
from typing import Any

from speciate.problems.autocorrelation import certificate, peaks, ratio
from speciate.problems.points import tell
from speciate.problems.step_functions import heights, read


def evaluate(candidate: Any) -> dict[str, Any]:
    """The ratio of what `construct()` returns: the exact value, as a float."""
    found = ratio(heights(candidate.call("construct")))
    return {
        "ratio": float(found.value),
        "level": found.level,
        "empty": found.empty / found.steps,
        "steps": found.steps,
        "feedback": f"{peaks(found)}, within 1 % on {found.level:.0%}; {found.empty} of {found.steps} steps are 0",
    }


def certify(function: object) -> dict[str, Any]:
    """The exact ratio of a step function: `value` (Fraction), `decimal` (20 digits), `steps`. `tolerance` is 0. Raises
    Invalid with the violation named."""
    return certificate(ratio(heights(function)))


def verify(path: str) -> dict[str, Any]:
    """The same for a published function, a JSON list of at most 100,000 numbers. Raises Invalid."""
    return certificate(ratio(read(path)))


def report(path: str) -> str:
    """The certificate of a file as a line. Raises Invalid."""
    found, what = verify(path), "||f * f||_2^2 / (||f * f||_1 ||f * f||_inf)"
    return f"{found['decimal']}  {what}, {found['steps']:,} steps, exact arithmetic, tolerance 0"


def main(path: str) -> int:
    """Prints the certificate, or why there is none."""
    return tell(report, path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else "usage: python evaluate.py FILE")
