"""Scores a step function for the first autocorrelation inequality, in exact arithmetic (`autoconvolution.py`).

`python evaluate.py FILE` certifies one from anywhere: a JSON list of heights.
"""

from __future__ import annotations

import sys
from typing import Any

from autoconvolution import Bound, bound  # type: ignore[import-not-found]  # it lies beside this file

from speciate.problems.points import tell
from speciate.problems.step_functions import decimal, heights, read


def evaluate(candidate: Any) -> dict[str, Any]:
    """The bound that what `construct()` returns gives: the exact value, as a float."""
    found = bound(heights(candidate.call("construct")))
    return {
        "bound": float(found.value),
        "steps": found.steps,
        "peaks": found.peaks,
        "feedback": f"f * f is greatest at {found.at:.3f} of its support, and within 1e-6 of that at {found.peaks} of "
        f"{2 * found.steps - 1} points; {found.empty} of {found.steps} steps are 0",
    }


def certify(function: object) -> dict[str, Any]:
    """The exact bound that a step function gives: `value` (Fraction), `decimal` (20 digits), `steps`. `tolerance` is 0.
    Raises Invalid with the violation named."""
    return _certificate(bound(heights(function)))


def verify(path: str) -> dict[str, Any]:
    """The same for a published function, a JSON list of at most 100,000 numbers. Raises Invalid."""
    return _certificate(bound(read(path)))


def report(path: str) -> str:
    """The certificate of a file as a line. Raises Invalid."""
    found = verify(path)
    return f"{found['decimal']}  2n max(f * f) / (sum f)^2, {found['steps']:,} steps, exact arithmetic, tolerance 0"


def _certificate(found: Bound) -> dict[str, Any]:
    return {"value": found.value, "decimal": decimal(found.value), "steps": found.steps, "tolerance": 0}


def main(path: str) -> int:
    """Prints the certificate, or why there is none."""
    return tell(report, path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else "usage: python evaluate.py FILE")
