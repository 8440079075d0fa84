"""Scores a step function for Erdős' minimum overlap problem, in exact arithmetic (`overlap.py`).

`python evaluate.py FILE` certifies one from anywhere: a JSON list of heights.
"""

from __future__ import annotations

import sys
from fractions import Fraction
from typing import Any

from overlap import Overlap, overlap  # type: ignore[import-not-found]  # it lies beside this file

from speciate import Invalid
from speciate.problems.points import tell
from speciate.problems.step_functions import decimal, heights, read

ROUNDING = Fraction(1, 10**8)  # per step: how far from n / 2 the sum of published heights may be


def evaluate(candidate: Any) -> dict[str, Any]:
    """The overlap of what `construct()` returns: the exact value, as a float."""
    found = overlap(heights(candidate.call("construct")))
    return {
        "overlap": float(found.value),
        "level": found.level,
        "saturated": found.saturated / found.steps,
        "steps": found.steps,
        "peaks": found.peaks,
        "feedback": _feedback(found),
    }


def certify(function: object) -> dict[str, Any]:
    """The exact overlap of a step function: `value` (Fraction), `decimal` (20 digits), `steps`, and `note`, which says
    what was rescaled. `tolerance` is 0. Raises Invalid with the violation named."""
    return _certificate(overlap(heights(function)))


def verify(path: str) -> dict[str, Any]:
    """The same for a published function, a JSON list of at most 100,000 numbers. Only a sum that is off by
    rounding is rescaled; one that is off by more is a violation. Raises Invalid."""
    found = overlap(read(path))
    off = abs(found.total - Fraction(found.steps, 2))
    if off > ROUNDING * found.steps:
        raise Invalid(
            f"the heights add up to {float(found.total):.10g} and must add up to {found.steps / 2:g}, half the number "
            f"of steps: off by {float(off):.2g}, which is more than rounding"
        )
    return _certificate(found)


def report(path: str) -> str:
    """The certificate of a file as a line. Raises Invalid."""
    found = verify(path)
    return f"{found['decimal']}  overlap, {found['steps']:,} steps, exact arithmetic, tolerance 0; {found['note']}"


def _certificate(found: Overlap) -> dict[str, Any]:
    value: Fraction = found.value
    shown = decimal(value)
    return {"value": value, "decimal": shown, "steps": found.steps, "tolerance": 0, "note": _sum(found)}


def _feedback(found: Overlap) -> str:
    """What limits the score."""
    return (
        f"the overlap is greatest at a shift of {2 * found.shift / found.steps:+.3f}, and within 1e-6 of that at "
        f"{found.peaks} of {2 * found.steps - 1} shifts; {found.saturated} of {found.steps} steps are 0 or 1; "
        f"{_sum(found)}"
    )


def _sum(found: Overlap) -> str:
    """What the heights add up to, and what was done about it."""
    off = float(found.total - Fraction(found.steps, 2))
    if not off:
        return "the heights add up to half the number of steps"
    what = "the heights are" if off > 0 else "their distances from 1 are"
    return (
        f"the heights add up to {found.steps / 2:g} {'+' if off > 0 else '-'} {abs(off):.2g}, so {what} scored times "
        f"1 - {float(1 - found.factor):.2g}"
    )


def main(path: str) -> int:
    """Prints the certificate, or why there is none."""
    return tell(report, path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else "usage: python evaluate.py FILE")
