"""Points as exact numbers, for the evaluators of the problems whose answer is an array of them: what a candidate
returned or a file holds, as integers over one denominator.

A float is the dyadic rational that it is, a string of decimals ("0.1", "1/3", "2.5e-3") is exactly that. Nothing is
rounded before it is judged.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from speciate.core.errors import Invalid

TEXT = re.compile(r"[+-]?(\d{1,100}(\.\d{0,100})?|\.\d{1,100})([eE][+-]?\d{1,3})?|[+-]?\d{1,100}/\d{1,100}", re.ASCII)
GREATEST = 1_000_000  # a coordinate's size
FILE = 1_000_000  # bytes
DIGITS = 40
MEANT = frozenset({"cartesian"})  # names of lists that say how the numbers are meant
SCALARS = frozenset(  # of NumPy, each the number that it holds; longdouble is more than a float holds
    {np.float64, np.float32, np.float16, *(np.dtype(f"{sign}{size}").type for sign in "iu" for size in (1, 2, 4, 8))}
)


@dataclass(frozen=True, slots=True)
class Points:
    """Points whose coordinates are `rows[i][k] / unit` exactly."""

    rows: tuple[tuple[int, ...], ...]
    unit: int

    def over(self, value: int, power: int = 1) -> Fraction:
        """An integer made of products of `power` coordinates, as the number it stands for."""
        return Fraction(value, self.unit**power)


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a construction scores, certified with tolerance 0: the nearest float64; the exact rational, None where the
    score is irrational; and as decimals, cut off on the side where they claim too little."""

    score: float
    exact: Fraction | None
    decimals: str


def points_of(value: Any, count: int, names: Sequence[str], texts: bool = False) -> Points:
    """Points from an array or from nested lists of numbers, a row for each and a column for each of `names`.

    `texts`: whether strings are read as numbers. Raises Invalid, with what is wrong and in which row.
    """
    if type(value) is np.ndarray:
        if value.dtype.kind not in "iuf" or value.dtype.itemsize > 8:
            raise Invalid(f"an array of dtype {value.dtype}: coordinates are real numbers")
        value = value.tolist()
    if type(value) not in {list, tuple} or len(value) != count:
        raise Invalid(f"{_brief(value)}: the answer is {count} rows of {len(names)} numbers ({', '.join(names)})")
    rows = []
    for number, row in enumerate(value):
        row = row.tolist() if type(row) is np.ndarray and row.dtype.kind in "iuf" else row
        if type(row) not in {list, tuple} or len(row) != len(names):
            raise Invalid(f"row {number} is {_brief(row)}: it must be {len(names)} numbers ({', '.join(names)})")
        rows.append([_number(each, f"{name} of row {number}", texts) for name, each in zip(names, row, strict=True)])
    unit = math.lcm(*[each.denominator for row in rows for each in row])
    return Points(tuple([tuple([each.numerator * (unit // each.denominator) for each in row]) for row in rows]), unit)


def _number(value: Any, where: str, texts: bool) -> Fraction:
    if type(value) in SCALARS:
        value = value.item()
    if texts and type(value) is str and TEXT.fullmatch(value.strip()):
        found = _fraction(value.strip(), where)
    elif type(value) not in {int, float, Fraction}:  # a subclass could say what it likes of itself
        raise Invalid(f"{where} is {_brief(value)}: coordinates are real numbers")
    elif type(value) is float and not math.isfinite(value):
        raise Invalid(f"{where} is {value}: coordinates are finite")
    else:
        found = Fraction(value)
    if abs(found) > GREATEST:
        raise Invalid(f"{where} is beyond {GREATEST:,}: give the construction in another scale")
    return found


def _fraction(text: str, where: str) -> Fraction:
    try:
        return Fraction(text)
    except ZeroDivisionError:
        raise Invalid(f"{where} is {text}: its denominator is 0") from None


def _brief(value: object) -> str:
    if type(value) in {list, tuple}:
        return f"a list of {len(value)}"  # type: ignore[arg-type]
    text = repr(value) if type(value) in {str, bool, float, complex, type(None)} else ""
    return text if 0 < len(text) <= 40 else f"a value of type {type(value).__name__}"


def read(path: str | Path, most: int = FILE) -> Any:
    """What a JSON file holds: a list, or of an object the lists in it: the one list if it is called `points`, `steps`
    or otherwise, all of them by their names if there are several or the name says how they are meant.

    So a file may say where it is from beside the construction; nothing of that is believed. Raises Invalid if it is no
    JSON or has more than `most` bytes.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise Invalid(f"{path} has more than {most:,} bytes")
        found = json.loads(data)
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{path} is not JSON: {error}") from None
    lists = {name: each for name, each in found.items() if type(each) is list} if type(found) is dict else {}
    if len(lists) == 1 and MEANT.isdisjoint(lists):
        return next(iter(lists.values()))
    return lists or found


def tell(report: Callable[[str], str], path: str) -> int:
    """Prints what `report` says of a file, or why that is refused: 0, or 1."""
    try:
        sys.stdout.write(f"{report(path)}\n")
    except Invalid as error:
        sys.stdout.write(f"refused: {error.reason}\n")
        return 1
    return 0


def decimals(value: Fraction, up: bool = False, digits: int = DIGITS) -> str:
    """A number >= 0 to this many digits after the point, rounded down, or up."""
    whole = value.numerator * 10**digits
    scaled = -(-whole // value.denominator) if up else whole // value.denominator
    text = str(scaled).rjust(digits + 1, "0")
    return f"{text[:-digits]}.{text[-digits:]}"


def size(value: Fraction) -> str:
    """How large a violation is, for people."""
    return (
        f"{float(value):.3g}" if float(value) else f"2^-{value.denominator.bit_length() - value.numerator.bit_length()}"
    )
