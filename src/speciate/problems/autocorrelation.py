"""Autoconvolutions of step functions in exact arithmetic, for the evaluators of the autocorrelation problems.

For n equal steps f * f is piecewise linear between multiples of the step and 0 at both ends of its support, so its
greatest value is one of the 2n - 1 terms of the discrete convolution, and its integral and that of its square are sums
over them. What is computed here depends neither on the unit of the heights nor on the length of the interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

from speciate.core.errors import Invalid

from .step_functions import convolution, decimal, whole

NEAR = Fraction(1, 10**6)  # of the bound: what counts as a peak in what is shown
LEVEL = 100  # terms within one part in so many of the greatest count as level with it in what is shown


@dataclass(frozen=True, slots=True)
class Bound:
    """`value` bounds the constant. `at` is where f * f is greatest, from 0 to 1; `peaks` of its 2n - 1 terms come
    within 1e-6 of that, in units of the bound, and the share `level` within a hundredth; `empty` of the steps are 0,
    `negative` below."""

    value: Fraction
    steps: int
    at: float
    peaks: int
    level: float
    empty: int
    negative: int


def bound(heights: Sequence[Fraction], signed: bool = False) -> Bound:
    """2n max(f * f) / (sum f)^2, the greatest value of f * f for integral 1 on an interval of length 1/2 (Cilleruelo,
    Ruzsa & Vinuesa 2010). Raises Invalid for a negative height, unless `signed`, and where the integral is 0."""
    values, terms = _autoconvolved(heights, signed)
    return _found(values, terms, Fraction(2 * len(values) * max(terms), sum(values) ** 2))


def ratio(heights: Sequence[Fraction]) -> Bound:
    """||f * f||_2^2 / (||f * f||_1 ||f * f||_inf) of a function f >= 0 (Matolcsi & Vinuesa 2010), from 0 to 1. Raises
    Invalid for a negative height, and where all are 0."""
    values, terms = _autoconvolved(heights, signed=False)
    # Between y and z the square of a line has the integral (y^2 + y z + z^2) / 3.
    squares = 2 * sum(each * each for each in terms) + sum(one * other for one, other in pairwise(terms))
    return _found(values, terms, Fraction(squares, 3 * sum(values) ** 2 * max(terms)))


def certificate(found: Bound) -> dict[str, Any]:
    """`value` (Fraction), `decimal` (20 digits), `steps`, and `tolerance`, which is 0."""
    return {"value": found.value, "decimal": decimal(found.value), "steps": found.steps, "tolerance": 0}


def peaks(found: Bound) -> str:
    """Where f * f is greatest, for people."""
    return (
        f"f * f is greatest at {found.at:.3f} of its support, and within 1e-6 of that at {found.peaks} of "
        f"{2 * found.steps - 1} points"
    )


def _autoconvolved(heights: Sequence[Fraction], signed: bool) -> tuple[list[int], list[int]]:
    """The heights and the terms of f * f, as integers in some unit."""
    least = min(heights)
    if least < 0 and not signed:
        at = next(at for at, height in enumerate(heights) if height < 0)
        raise Invalid(f"step {at} is {_shown(heights[at])}; heights are 0 or more, with no tolerance")
    if least >= 0:
        values, _ = whole(heights)
        terms = convolution(values, values) if any(values) else []
    else:  # multiplied as f + s >= 0, and corrected: f * f = (f + s) * (f + s) - 2 s (f + s) * 1 + s^2 1 * 1
        (*raised, shift), _ = whole([*[height - least for height in heights], -least])
        n, first = len(raised), [0, *accumulate(raised)]
        terms = [
            term - 2 * shift * (first[min(k + 1, n)] - first[max(k + 1 - n, 0)]) + shift**2 * min(k + 1, 2 * n - 1 - k)
            for k, term in enumerate(convolution(raised, raised) if any(raised) else [0] * (2 * n - 1))
        ]
        values = [each - shift for each in raised]
    if not sum(values):
        raise Invalid(f"{'the steps add up to' if any(values) else 'every step is'} 0, so the integral is 0")
    return values, terms


def _found(values: Sequence[int], terms: Sequence[int], value: Fraction) -> Bound:
    n, best = len(values), max(terms)
    near = NEAR * sum(values) ** 2 / (2 * n)
    return Bound(
        value=value,
        steps=n,
        at=(terms.index(best) + 1) / (2 * n),
        peaks=sum(best - each <= near for each in terms),
        level=sum(LEVEL * (best - each) <= best for each in terms) / len(terms),
        empty=sum(not each for each in values),
        negative=sum(each < 0 for each in values),
    )


def _shown(height: Fraction) -> str:
    return f"{float(height):.6g}" if abs(height) < 10**300 else "below -1e300"
