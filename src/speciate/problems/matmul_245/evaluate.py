"""Scores an algorithm that multiplies a 2 x 4 by a 4 x 5 matrix by its number of multiplications, with the tensor
compared exactly (`tensor.py`).

`python evaluate.py FILE` certifies one from anywhere: {"u": rows, "v": rows, "w": rows}, or a JSON list of all 38 rows.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from tensor import SIZES, Decomposition, decomposition  # type: ignore[import-not-found]  # it lies beside this file

from speciate.problems.points import read, tell


def evaluate(candidate: Any) -> dict[str, Any]:
    """The rank of what `construct()` returns, and what the algorithm is like. Raises Invalid."""
    found = decomposition(candidate.call("construct"))
    entries = (found.real != 0) | (found.imaginary != 0)
    shared = _shared(found)
    return {
        "rank": found.rank,
        "entries": int(entries.sum()),
        "shared": shared,
        "feedback": f"exact with {found.rank} multiplications; {int(entries.sum())} entries of the factors are not 0; "
        f"{shared} pairs of products have a factor in common, in which they could be exchanged",
    }


def certify(construction: Any) -> int:
    """The rank of an exact decomposition. Raises Invalid, with the violation named."""
    return int(decomposition(construction, texts=True).rank)


def verify(path: str | Path) -> int:
    """The same of a JSON file; strings in it are decimals or fractions, taken exactly. Raises Invalid."""
    return certify(read(path))


def report(path: str | Path) -> str:
    """The certificate of a file as a line. Raises Invalid."""
    return f"{verify(path)}  multiplications for <2, 4, 5>, the tensor compared exactly, tolerance 0"


def _shared(found: Decomposition) -> int:
    """How many pairs of products have a column in common, up to its scale: those that a flip can change."""
    columns = found.real + 1j * found.imaginary if np.ndim(found.imaginary) else found.real
    return sum(
        count * (count - 1) // 2
        for part in np.split(columns, np.cumsum(SIZES)[:-1])
        for count in _alike([tuple(each) for each in part.T.tolist()])
    )


def _alike(columns: list[tuple[Any, ...]]) -> list[int]:
    """The sizes of the classes of columns that are multiples of one another."""
    classes: list[list[tuple[Any, ...]]] = []
    for column in columns:
        if any(column):
            place = next((each for each in classes if _parallel(each[0], column)), None)
            classes.append([column]) if place is None else place.append(column)
    return [len(each) for each in classes]


def _parallel(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    at = next(at for at, value in enumerate(one) if value)
    return all(x * other[at] == y * one[at] for x, y in zip(one, other, strict=True))


def main(path: str) -> int:
    """Prints the certificate, or why there is none."""
    return tell(report, path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else "usage: python evaluate.py FILE")
