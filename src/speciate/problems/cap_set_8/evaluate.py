"""Scores a priority function over F_3^8 by the cap set that is built greedily in its order (`caps.py`), in integers.

`python evaluate.py FILE` certifies a cap from anywhere: a JSON list of vectors, each 8 digits or a text of them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from caps import DIMENSION, POWERS, VECTORS, grown, line  # type: ignore[import-not-found]  # it lies beside this file

from speciate import Invalid
from speciate.core.errors import ProblemError
from speciate.genomes.text import size
from speciate.problems.points import read, tell

FORMS = (".json",)  # what `report` reads; a program is scored in the sandbox
CLOSE = 1e-9  # of the largest score: vectorised exp and the like differ in the last bits from place to place
COLUMNS = [np.ascontiguousarray(each) for each in VECTORS.T.astype(float)]
PART = np.random.default_rng(DIMENSION).permutation(len(VECTORS))[:729]
ROWS = [tuple(COLUMNS), tuple([each[PART] for each in COLUMNS])]


def evaluate(candidate: Any) -> dict[str, Any]:
    """The size of the cap, and what is in it. Raises Invalid for what are no scores."""
    whole, part = [
        _scores(*each) for each in zip(candidate.map("priority", ROWS), (len(VECTORS), len(PART)), strict=True)
    ]
    _check_same(whole[PART], part)
    cap = grown(np.argsort(-whole, kind="stable").tolist())
    if line(cap) is not None:
        raise AssertionError("a line in what was built to have none")
    weights = np.count_nonzero(VECTORS[cap], axis=1)
    kinds = ", ".join(f"{count} with {weight}" for weight, count in enumerate(np.bincount(weights).tolist()) if count)
    return {
        "cap": len(cap),
        "size": _size(candidate.text),
        "weight": float(weights.mean()),
        "feedback": f"{len(cap)} vectors: by their coordinates other than 0 there are {kinds}; "
        f"{len(np.unique(whole))} different scores",
    }


def certify(construction: Any) -> int:
    """How many vectors a cap has: rows of 8 digits 0, 1, 2, or texts of them. Raises Invalid, with a line named."""
    if type(construction) is np.ndarray and construction.dtype.kind in "iu":
        construction = construction.tolist()
    if type(construction) not in {list, tuple} or not construction:
        raise Invalid("the answer is a list of vectors, each 8 digits 0, 1 or 2")
    cap = np.array([_number(each, at) for at, each in enumerate(construction)])
    first = {number: at for at, number in reversed(list(enumerate(cap.tolist())))}
    for at, number in enumerate(cap.tolist()):
        if first[number] != at:
            raise Invalid(f"vectors {first[number]} and {at} are the same, {_text(number)}")
    found = line(cap)
    if found is not None:
        shown = ", ".join(_text(int(cap[at])) for at in found)
        raise Invalid(f"vectors {', '.join(map(str, found))} lie on a line: {shown} add up to 0")
    return len(cap)


def verify(path: str | Path) -> int:
    """The same of a JSON file. Raises Invalid."""
    return certify(read(path))


def report(path: str | Path) -> str:
    """The certificate of a file as a line. Raises Invalid."""
    return f"{verify(path)}  vectors in F_3^8, no three on a line, every pair looked at"


def _scores(answer: Any, count: int) -> Any:
    try:
        scores = np.asarray(answer)
    except ValueError:  # lists of several lengths
        scores = np.empty(0, dtype=object)
    if scores.dtype.kind not in "fiub":
        raise Invalid(f"priority returned {repr(answer)[:40]}, not an array of numbers")
    if scores.shape != (count,):
        raise Invalid(f"priority returned an array of shape {scores.shape} for {count:,} vectors: one score for each")
    scores = scores.astype(float)
    if np.isnan(scores).any():
        raise Invalid(f"priority is NaN for the vector {_text(int(np.argmax(np.isnan(scores))))}")
    return np.clip(scores, -np.finfo(float).max, np.finfo(float).max)


def _check_same(ours: Any, theirs: Any) -> None:
    with np.errstate(over="ignore"):
        differs = ~(np.abs(ours - theirs) <= CLOSE * np.abs(ours).max())
    if differs.any():
        at = int(np.argmax(differs))
        raise Invalid(
            f"priority scores {_text(int(PART[at]))} {ours[at]:.6g} among all vectors and {theirs[at]:.6g} among some: "
            f"a score may depend on that vector's coordinates alone"
        )


def _number(vector: Any, at: int) -> int:
    digits = vector.tolist() if type(vector) is np.ndarray else vector
    if type(digits) is str and all(each in "012" for each in digits):
        digits = [int(each) for each in digits]
    right = type(digits) in {list, tuple} and len(digits) == DIMENSION
    if not right or any(type(each) is not int or each not in (0, 1, 2) for each in digits):
        raise Invalid(f"vector {at} is {repr(vector)[:40]}: it must be 8 digits 0, 1 or 2")
    return int(np.array(digits) @ POWERS)


def _text(number: int) -> str:
    return "".join(map(str, VECTORS[number].tolist()))


def _size(text: str) -> int:
    try:
        return size(text)
    except ProblemError as error:  # of the candidate's markers
        raise Invalid(str(error)) from None


def main(path: str) -> int:
    """Prints the certificate, or why there is none."""
    return tell(report, path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else "usage: python evaluate.py FILE")
