"""Scores a candidate.

This file runs in a process of its own and can read what it likes. The candidate runs in a sandbox and is reached only
through `candidate`: it can return a wrong answer, but it never sees this file and never writes its own score.
"""

from __future__ import annotations

from typing import Any

from speciate import Invalid

POINTS = list(range(10, 1011, 50))
PRIMES = [n for n in range(2, 1011) if all(n % d for d in range(2, int(n**0.5) + 1))]
COUNTS = [sum(prime <= x for prime in PRIMES) for x in POINTS]  # made once, when this file is loaded


def evaluate(candidate: Any) -> dict[str, Any]:
    """The mean error over all points. Other finite numbers that are returned are shown beside it."""
    answers = candidate.map("estimate", POINTS)  # many calls at once; one: candidate.call("estimate", 10)
    checked = [number(x, answer) for x, answer in zip(POINTS, answers, strict=True)]
    errors = [abs(answer - count) for answer, count in zip(checked, COUNTS, strict=True)]
    worst = errors.index(max(errors))
    return {
        "error": sum(errors) / len(errors),
        "cases": errors,  # optional: the score of each case, in the direction of the objective
        "feedback": f"worst at x = {POINTS[worst]}: {checked[worst]:.1f} instead of {COUNTS[worst]}",
    }


def number(x: int, answer: Any) -> float:
    """Whatever a candidate returns is looked at before it is used: NaN, None and text are no answers."""
    if not isinstance(answer, int | float) or not abs(answer) < 1e9:  # NaN is not below anything
        raise Invalid(f"estimate({x}) is no number below 1e9")
    return float(answer)
