"""The tensor of matrix multiplication <2, 4, 5> and its decompositions, in exact arithmetic.

A decomposition of rank R multiplies a 2 x 4 matrix A by a 4 x 5 matrix B with R products: product r is
(sum of U_ir a_i) (sum of V_jr b_j), and W_kr says with which factor it enters the entries of the transpose of A B, so

    sum over r of U_ir V_jr W_kr = T_ijk,   1 where the entries i of A, j of B and k of (A B)^T belong together, else 0

Entries of a matrix are counted row by row.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from speciate import Invalid
from speciate.problems.points import Points, points_of

ROWS, INNER, COLUMNS = 2, 4, 5
SIZES = (ROWS * INNER, INNER * COLUMNS, COLUMNS * ROWS)
RANKS = range(1, 81)  # twice the rank of the definition
NAMES = "UVW"
SAFE = 2**62  # what integers of 64 bits hold


@dataclass(frozen=True, slots=True)
class Decomposition:
    """Factors with Gaussian rational entries (`real` + i `imaginary`) / `unit`: integers of any size, dtype object,
    shape (8 + 20 + 10, R), the rows of U above those of V above those of W."""

    real: Any
    imaginary: Any
    unit: int

    @property
    def rank(self) -> int:
        return int(self.real.shape[1])


def decomposition(value: Any, texts: bool = False) -> Decomposition:
    """Three factors, or one array with the rows of all; real, or complex arrays. Raises Invalid for what is neither,
    and for a decomposition that is not exact."""
    rows = _stacked(value)
    if type(rows) is np.ndarray and rows.dtype == np.complex128:
        real, imaginary = _points(rows.real.copy(), texts), _points(rows.imag.copy(), texts)
    else:
        real, imaginary = _points(rows, texts), None
    unit = math.lcm(real.unit, imaginary.unit if imaginary is not None else 1)
    found = Decomposition(_whole(real, unit), 0 if imaginary is None else _whole(imaginary, unit), unit)
    _check_exact(found)
    return found


def _stacked(value: Any) -> Any:
    """The rows of all factors."""
    if type(value) is dict and {name.upper() for name in value if type(name) is str} == set(NAMES) and len(value) == 3:
        value = [value[name] for name in sorted(value)]
    if type(value) not in {list, tuple} or len(value) != len(SIZES):
        return value
    parts = [each.tolist() if type(each) is np.ndarray and each.dtype.kind in "iufc" else each for each in value]
    for part, size, name in zip(parts, SIZES, NAMES, strict=True):
        if type(part) not in {list, tuple} or len(part) != size:
            what = f"a list of {len(part)}" if type(part) in {list, tuple} else f"a {type(part).__name__}"
            raise Invalid(f"{name} is {what}: U has {SIZES[0]} rows, V {SIZES[1]} and W {SIZES[2]}, of R numbers each")
    if any(type(each) is np.ndarray and each.dtype == np.complex128 for each in value):
        if len({np.shape(each)[1:] for each in value}) != 1:
            raise Invalid("U, V and W have different numbers of columns")
        return np.vstack([np.asarray(each, dtype=complex) for each in value])
    return [row for part in parts for row in part]


def _points(rows: Any, texts: bool) -> Points:
    if _length(rows) != sum(SIZES):
        what = f"a list of {_length(rows)}" if _length(rows) is not None else f"a {type(rows).__name__}"
        raise Invalid(f"{what}: the answer is {sum(SIZES)} rows of R numbers, those of U, V and W")
    rank = _length(rows[0]) or 0
    if rank not in RANKS:
        raise Invalid(f"factors with {rank} columns: a decomposition has {RANKS.start} to {RANKS.stop - 1} products")
    for number, row in enumerate(rows):
        if _length(row) != rank:
            raise Invalid(f"row {number} has not {rank} numbers as row 0 has: each product needs one in every row")
    return points_of(rows, sum(SIZES), [f"product {number}" for number in range(rank)], texts)


def _length(value: Any) -> int | None:
    """Of a list or an array, None of anything else."""
    if type(value) is np.ndarray:
        return len(value) if value.ndim else None
    return len(value) if type(value) in {list, tuple} else None


def _whole(points: Points, unit: int) -> Any:
    return np.array(points.rows, dtype=object) * (unit // points.unit)


def _check_exact(found: Decomposition) -> None:
    """Raises Invalid where the products do not add up to the tensor, with how many entries differ and the first."""
    real, imaginary = _sums(found)
    target = _target().astype(object) * found.unit**3
    wrong = np.argwhere((real != target) | (imaginary != 0))
    if not len(wrong):
        return
    i, j, k = (int(each) for each in wrong[0])
    value = Fraction(int(real[i, j, k]), found.unit**3)
    other = Fraction(int(imaginary[i, j, k]) if np.ndim(imaginary) else 0, found.unit**3)
    shown = f"{float(value):.12g}" + (f" + {float(other):.12g}i" if other else "")
    one, two, three = np.divmod(i, INNER), np.divmod(j, COLUMNS), np.divmod(k, ROWS)
    raise Invalid(
        f"no algorithm for <{ROWS}, {INNER}, {COLUMNS}>: {len(wrong):,} of {math.prod(SIZES):,} entries of the tensor "
        f"are wrong; the first, of a[{one[0]},{one[1]}] b[{two[0]},{two[1]}] in c[{three[1]},{three[0]}], is {shown} "
        f"and must be {int(_target()[i, j, k])}, with tolerance 0"
    )


def _target() -> Any:
    tensor = np.zeros(SIZES, dtype=int)
    for i in range(ROWS):
        for j in range(INNER):
            for k in range(COLUMNS):
                tensor[i * INNER + j, j * COLUMNS + k, k * ROWS + i] = 1
    return tensor


def _sums(found: Decomposition) -> tuple[Any, Any]:
    """The real and the imaginary part of the tensor that the products add up to, in units cubed."""
    ends = np.cumsum(SIZES)[:-1]
    u, v, w = np.split(_sized(found.real, found.rank), ends)
    if not np.ndim(found.imaginary):
        return _product(u, v, w), 0
    p, q, r = np.split(_sized(found.imaginary, found.rank), ends)
    if u.dtype != p.dtype:
        u, v, w, p, q, r = (each.astype(object) for each in (u, v, w, p, q, r))
    real = _product(u, v, w) - _product(u, q, r) - _product(p, v, r) - _product(p, q, w)
    return real, _product(u, v, r) + _product(u, q, w) + _product(p, v, w) - _product(p, q, r)


def _sized(numbers: Any, rank: int) -> Any:
    """As integers of 64 bits where no sum of products can leave them."""
    most = max(abs(each) for each in numbers.ravel().tolist())
    return numbers.astype(np.int64) if 8 * rank * most**3 < SAFE else numbers


def _product(u: Any, v: Any, w: Any) -> Any:
    """Shape (8, 20, 10)."""
    return np.dot((u[:, None] * v[None]).reshape(-1, u.shape[1]), w.T).reshape(SIZES)
