"""Step functions in exact rational arithmetic, for the evaluators of the problems whose answer is one.

A float is taken as the dyadic rational that it is, so nothing here rounds: a score is a quotient of integers, and what
the search is told is that quotient, turned into a float at the very end. The tolerance of every check is 0.
"""

from __future__ import annotations

import decimal as decimals
import math
import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from speciate.core.errors import Invalid

from . import points

SEARCHED = range(1, 30_001)  # steps that a candidate of the search may have
PUBLISHED = range(1, 100_001)  # steps of a function that is read from a file
FILE = 10_000_000  # bytes: 100,000 steps of 17 digits, an exponent and white space
BITS = 2200  # of a number's numerator and denominator: more than any float needs
ALL_BITS = 40_000_000  # of all heights over one denominator, which take some seconds; a float of any size has 1,074
EXACT = decimals.Context(
    prec=decimals.MAX_PREC, Emax=decimals.MAX_EMAX, Emin=decimals.MIN_EMIN, traps=[decimals.Inexact]
)
DECIMAL = re.compile(r"[+-]?(\d{1,400}(\.\d{0,400})?|\.\d{1,400})([eE][+-]?\d{1,3})?", re.ASCII)


def heights(value: object, lengths: range = SEARCHED) -> list[Fraction]:
    """The heights of a step function as they are: an array of shape (n,) of floats or integers, or a list or tuple of
    floats, integers and decimals in text.

    Raises Invalid for anything else (booleans, complex numbers, other shapes, NaN) and for a length out of range.
    """
    if type(value) is np.ndarray:
        if value.ndim != 1:
            raise Invalid(f"an array of shape {value.shape}; a step function has shape (n,)")
        if value.dtype.kind not in "fiu" or value.dtype.itemsize > 8:
            raise Invalid(f"an array of dtype {value.dtype}; a step function is made of floats")
        value = value.tolist()
    if type(value) is not list and type(value) is not tuple:
        raise Invalid(f"a {type(value).__name__}; a step function is an array of shape (n,), or a list of numbers")
    if len(value) not in lengths:
        raise Invalid(f"{len(value)} steps; there may be {lengths.start} to {lengths.stop - 1:,}")
    return [_height(each, at) for at, each in enumerate(value)]


def read(path: str | Path) -> list[Fraction]:
    """The heights in a file: a JSON list of numbers, or of decimals in text, which keep all their digits; or an object
    with one such list, whatever else it says of itself.

    Raises Invalid for what is no such list, and where there is no file.
    """
    return heights(points.read(path, FILE), PUBLISHED)


def _height(value: object, at: int) -> Fraction:
    """Exact types only: bool is an int to Python, and no height."""
    if type(value) in points.SCALARS:
        value = value.item()  # type: ignore[attr-defined]
    if type(value) is float:
        if not math.isfinite(value):
            raise Invalid(f"step {at} is {value}; every step is a finite number")
        return Fraction(value)
    if type(value) is int:
        if value.bit_length() > BITS:
            raise Invalid(f"step {at} is an integer of more than {BITS} bits")
        return Fraction(value)
    if type(value) is str and DECIMAL.fullmatch(value):
        found = Fraction(value)
        if max(found.numerator.bit_length(), found.denominator.bit_length()) > BITS:
            raise Invalid(f"step {at} needs more than {BITS} bits; round it")
        return found
    shown = repr(value)
    raise Invalid(f"step {at} is {shown if len(shown) <= 40 else shown[:37] + '…'}, which is not a number")


def whole(values: Sequence[Fraction]) -> tuple[list[int], int]:
    """The same as integers over their least common denominator. Raises Invalid where these are too long."""
    below = math.lcm(*{value.denominator for value in values})
    found = [value.numerator * (below // value.denominator) for value in values]
    bits = max(found).bit_length()
    if bits * len(found) > ALL_BITS:
        raise Invalid(
            f"{len(found):,} steps whose heights are so unlike in size that {bits:,} bits hold each exactly, and "
            f"{ALL_BITS:,} in all is the most: round them, the smallest to 0"
        )
    return found, below


def convolution(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """The convolution of two sequences of integers >= 0, exact, length n + m - 1.

    By Kronecker substitution: the sequences become the digits of two numbers in a base so large that no digit of their
    product carries, and one multiplication does the rest. The base is a power of ten because decimals of the standard
    library are multiplied by number theoretic transforms, in n log n steps, and integers are not.
    """
    width = len(str(max(one) * max(other) * min(len(one), len(other))))
    length = len(one) + len(other) - 1
    digits = f"{EXACT.multiply(_joined(one, width), _joined(other, width)):f}".rjust(length * width, "0")
    return [int(digits[at : at + width]) for at in range((length - 1) * width, -1, -width)]


def _joined(values: Sequence[int], width: int) -> decimals.Decimal:
    return decimals.Decimal("".join([str(value).rjust(width, "0") for value in reversed(values)]))


def decimal(value: Fraction, digits: int = 20) -> str:
    """A number >= 0 with so many digits after the point, rounded to the nearest."""
    scaled = round(value * 10**digits)
    return f"{scaled // 10**digits}.{scaled % 10**digits:0{digits}d}"
