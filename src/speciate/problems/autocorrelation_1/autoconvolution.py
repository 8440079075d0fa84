"""The first autocorrelation inequality as a property of one step function (Cilleruelo, Ruzsa & Vinuesa 2010), exactly.

Every f >= 0 on an interval of length 1/2 has max (f * f) >= C (integral f)^2, so each such f bounds C from above. For n
equal steps f * f is piecewise linear between multiples of the step, so its greatest value is one of the 2n - 1 terms
of the discrete convolution, and the bound is 2n max(f * f) / (sum f)^2, whatever unit the heights have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from speciate import Invalid
from speciate.problems.step_functions import convolution, whole

NEAR = Fraction(1, 10**6)


@dataclass(frozen=True, slots=True)
class Bound:
    """`value` bounds the constant. `at` is where f * f is greatest, from 0 to 1; `peaks` of its 2n - 1 terms come
    within 1e-6 of that, in units of the bound; `empty` of the steps are 0."""

    value: Fraction
    steps: int
    at: float
    peaks: int
    empty: int


def bound(heights: Sequence[Fraction]) -> Bound:
    """What a step function shows. Raises Invalid for a negative height, and where all are 0."""
    for at, height in enumerate(heights):
        if height < 0:
            raise Invalid(f"step {at} is {_shown(height)}; heights are 0 or more, with no tolerance")
    values, _ = whole(heights)
    total, n = sum(values), len(values)
    if not total:
        raise Invalid("every step is 0, so the integral is 0")
    terms = convolution(values, values)
    best = max(terms)
    scale = Fraction(2 * n, total * total)
    near = NEAR / scale
    return Bound(
        value=best * scale,
        steps=n,
        at=(terms.index(best) + 1) / (2 * n),
        peaks=sum(best - each <= near for each in terms),
        empty=values.count(0),
    )


def _shown(height: Fraction) -> str:
    return f"{float(height):.6g}" if abs(height) < 10**300 else "below -1e300"
