"""Scores a straight-line program for the sine: its greatest error in float32, and how many operations it has.

The candidate's text is read and never run (`straight.py`); numpy computes what it says, on a grid that it cannot see
(`grid.py`). `python evaluate.py FILE` certifies a program over every float of the range.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
from grid import Grid, every, fresh, searched  # type: ignore[import-not-found]  # they lie beside this file
from straight import Straight, read  # type: ignore[import-not-found]

from speciate import Invalid, Request
from speciate.problems.points import tell

NAME = "sine"
searched()  # made now, while the engine is still starting


def evaluate(candidate: Any, request: Request) -> dict[str, Any]:
    """On the grid of the search, or on the fresh one that only the sealed stage reads."""
    program = read(candidate.text, NAME)
    grid = fresh() if request.stage == "sealed" else searched()
    errors = _errors(program, grid)
    worst = int(errors.argmax())
    error = float(errors[worst])
    return {
        "error": error,
        "operations": program.operations,
        "size": program.operations,
        "digits": -math.log10(max(error, 1e-3) * 2**-24),
        "cases": np.maximum.reduceat(errors, grid.starts).tolist(),
        "depth": program.depth,
        "divisions": program.divisions,
        "feedback": _feedback(program, grid, errors, worst),
    }


def certify(text: str) -> dict[str, Any]:
    """The error over every float32 of the range, about 105 million, in ULP: `error`, `at` (the argument), `operations`.
    Raises Invalid for what is no program, or not finite somewhere."""
    program, worst, at = read(text, NAME), -1.0, 0.0
    for grid in every():
        errors = _errors(program, grid)
        if errors.max() > worst:
            worst, at = float(errors.max()), float(grid.x[errors.argmax()])
    return {"error": worst, "at": at, "operations": program.operations}


def verify(path: str) -> dict[str, Any]:
    """The same for the program in a file. Raises Invalid."""
    try:
        return certify(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{path} cannot be read: {error}") from None


def report(path: str) -> str:
    """The certificate of a file as a line. Raises Invalid."""
    found = verify(path)
    return (
        f"{found['error']:.6g} ULP at x = {found['at']:.9g}, {found['operations']} operations, every float of the range"
    )


def _errors(program: Straight, grid: Grid) -> Any:
    errors = grid.errors(program(grid.x))
    if not np.isfinite(errors).all():
        at = grid.x[int(np.argmin(np.isfinite(errors)))]
        raise Invalid(f"the value at {at:.9g} is not finite")
    return errors


def _feedback(program: Straight, grid: Grid, errors: Any, worst: int) -> str:
    """Where it is worst, and which parts of the range could bear more error."""
    small = float(errors[grid.x < 0.5].max())
    return (
        f"{program.operations} operations, {program.divisions} of them divisions, {program.depth} in a row; worst at "
        f"x = {grid.x[worst]:.6g}: {errors[worst]:.4g} ULP; below x = 0.5 it is {small:.4g} ULP at most"
    )


def main(path: str) -> int:
    """Prints the certificate, or why there is none."""
    return tell(report, path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else "usage: python evaluate.py FILE")
