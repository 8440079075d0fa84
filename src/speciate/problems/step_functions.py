"""Step functions in exact rational arithmetic, for the evaluators of the problems whose answer is one.

A float is taken as the dyadic rational that it is, so nothing here rounds: a score is a quotient of integers, and what
the search is told is that quotient, turned into a float at the very end. The tolerance of every check is 0.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from speciate.core.errors import Invalid

SEARCHED = range(20, 2001)  # steps that a candidate of the search may have
PUBLISHED = range(1, 100_001)  # steps of a function that is read from a file
BITS = 2200  # of a number's numerator and denominator: more than any float needs
DECIMAL = re.compile(r"[+-]?(\d{1,400}(\.\d{0,400})?|\.\d{1,400})([eE][+-]?\d{1,3})?", re.ASCII)


def heights(value: object, lengths: range = SEARCHED) -> list[Fraction]:
    """The heights of a step function as they are: an array of shape (n,) of floats or integers, or a list of floats,
    integers and decimals in text.

    Raises Invalid for anything else (booleans, complex numbers, other shapes, NaN) and for a length out of range.
    """
    if type(value) is np.ndarray:
        if value.ndim != 1:
            raise Invalid(f"an array of shape {value.shape}; a step function has shape (n,)")
        if value.dtype.kind not in "fiu" or value.dtype.itemsize > 8:
            raise Invalid(f"an array of dtype {value.dtype}; a step function is made of floats")
        value = value.tolist()
    if type(value) is not list:
        raise Invalid(f"a {type(value).__name__}; a step function is an array of shape (n,), or a list of numbers")
    if len(value) not in lengths:
        raise Invalid(f"{len(value)} steps; there may be {lengths.start} to {lengths.stop - 1:,}")
    return [_height(each, at) for at, each in enumerate(value)]


def read(path: str | Path) -> list[Fraction]:
    """The heights in a file: a JSON list of numbers, or of decimals in text, which keep all their digits.

    Raises Invalid for what is no such list, OSError where there is no file.
    """
    try:
        value = json.loads(Path(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{path} is not JSON: {error}") from None
    return heights(value, PUBLISHED)


def _height(value: object, at: int) -> Fraction:
    """Exact types only: bool is an int to Python, and no height."""
    if type(value) is float:
        if not math.isfinite(value):
            raise Invalid(f"step {at} is {value}; every step is a finite number")
        return Fraction(value)
    if type(value) is int:
        if value.bit_length() > BITS:
            raise Invalid(f"step {at} is an integer of more than {BITS} bits")
        return Fraction(value)
    if type(value) is str and DECIMAL.fullmatch(value):
        return Fraction(value)
    shown = repr(value)
    raise Invalid(f"step {at} is {shown if len(shown) <= 40 else shown[:37] + '…'}, which is not a number")


def whole(values: Sequence[Fraction]) -> tuple[list[int], int]:
    """The same as integers over their least common denominator."""
    below = math.lcm(*{value.denominator for value in values})
    return [value.numerator * (below // value.denominator) for value in values], below


def convolution(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """The convolution of two sequences of integers >= 0, exact, length n + m - 1.

    By Kronecker substitution: the sequences become the digits of two integers in a base so large that no digit of their
    product carries, and one multiplication of Python's does the rest.
    """
    most = max(one).bit_length() + max(other).bit_length() + min(len(one), len(other)).bit_length()
    width = most // 8 + 1
    digits = (_joined(one, width) * _joined(other, width)).to_bytes((len(one) + len(other)) * width, "little")
    return [int.from_bytes(digits[at : at + width], "little") for at in range(0, len(digits) - width, width)]


def _joined(values: Sequence[int], width: int) -> int:
    return int.from_bytes(b"".join([value.to_bytes(width, "little") for value in values]), "little")


def decimal(value: Fraction, digits: int = 20) -> str:
    """A number >= 0 with so many digits after the point, rounded to the nearest."""
    scaled = round(value * 10**digits)
    return f"{scaled // 10**digits}.{scaled % 10**digits:0{digits}d}"
