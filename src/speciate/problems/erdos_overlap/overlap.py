"""Erdős' minimum overlap as a property of one step function (Swinnerton-Dyer, in Haugland 1996), exactly.

A function h from [0, 2] to [0, 1] with integral 1 bounds the constant from above by the greatest of its overlaps
integral h(x) (1 - h(x + k)) dx over all shifts k; both factors are 0 outside [0, 2]. For n equal steps the overlap is
piecewise linear in k between multiples of 2/n, so the greatest is at one of the 2n - 1 shifts by whole steps.

A sum other than n / 2 is put right in exact rational arithmetic, by the map that keeps heights within [0, 1]: where it
is too large, all heights are multiplied by (n/2) / sum; where it is too small, all distances from 1 are multiplied by
(n/2) / (n - sum). What is scored is the function so made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from speciate import Invalid
from speciate.problems.step_functions import convolution, whole

NEAR = Fraction(1, 10**6)
LEVEL = 100  # shifts within one part in so many of the greatest overlap count as level with it in what is shown


@dataclass(frozen=True, slots=True)
class Overlap:
    """`value` bounds the constant. `total` is the sum of heights as given, `factor` what put it right (1: nothing).
    `shift` is in steps; `peaks` of the shifts come within 1e-6 of the greatest, a share `level` within a hundredth."""

    value: Fraction
    steps: int
    total: Fraction
    factor: Fraction
    shift: int
    peaks: int
    level: float
    saturated: int


def overlap(heights: Sequence[Fraction]) -> Overlap:
    """The greatest overlap of a step function. Raises Invalid for a height out of [0, 1], and for a function that is 0
    or 1 everywhere."""
    for at, height in enumerate(heights):
        if not 0 <= height <= 1:
            raise Invalid(f"step {at} is {_shown(height)}; heights go from 0 to 1, with no tolerance")
    n, total = len(heights), sum(heights, Fraction(0))
    if total in (0, n):
        raise Invalid(f"every step is {total / n}: no factor makes the integral 1")
    # 1 - h overlaps as h does, the shifts turned round. So heights are only ever made smaller, never larger than 1.
    turned = 2 * total < n
    values, below = whole([1 - height for height in heights] if turned else heights)
    factor = Fraction(n * below, 2 * sum(values))
    overlaps = _overlaps(values, factor.numerator, factor.denominator * below)
    scale = 2 / Fraction(n) * factor / (factor.denominator * below * below)
    best = max(overlaps)
    near = NEAR / scale
    return Overlap(
        value=best * scale,
        steps=n,
        total=total,
        factor=factor,
        shift=(overlaps.index(best) - (n - 1)) * (-1 if turned else 1),
        peaks=sum(best - each <= near for each in overlaps),
        level=sum(LEVEL * (best - each) <= best for each in overlaps) / len(overlaps),
        saturated=sum(height in (0, 1) for height in heights),
    )


def _overlaps(values: Sequence[int], times: int, below: int) -> list[int]:
    """sum_i v_i (below - times * v_(i+k)) for k from 1 - n to n - 1."""
    n = len(values)
    products = convolution(values[::-1], values)  # at n - 1 + k: sum_i v_i v_(i+k)
    first = [0, *accumulate(values)]
    overlaps = []
    for k in range(1 - n, n):
        alone = first[n - k] if k >= 0 else first[n] - first[-k]  # of the steps that have one k further on
        overlaps.append(below * alone - times * products[n - 1 + k])
    return overlaps


def _shown(height: Fraction) -> str:
    return f"{float(height):.6g}" if abs(height) < 10**300 else "beyond 1e300"
