"""What was read of finished cells, kept in the comparison's folder: a run of a thousand evaluations takes a quarter of
a second to read, and a report of five hundred of them is asked for more than once.

Only what can be read again is kept: a file that is another than it was, by its size and time, is read anew, and so is
all of another plan. To remove it costs nothing but that.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from speciate.core.values import JSON
from speciate.store.views import plain

from .cells import Cell, path_of, read_cell
from .curves import Axis, Curve
from .plan import Key, Plan
from .report import CellState

FILE = ".cells.json"
FORMAT = 1


def read_cells(plan: Plan, folder: Path) -> list[Cell]:
    """Every cell of the plan, in its order."""
    kept = _kept(plan, folder)
    found = [(key, _stamp(folder, key)) for key in plan.cells()]
    cells, new = [], False
    for key, stamp in found:
        cell = _cell(kept.get(key.file), key, stamp)
        if cell is None:
            cell = read_cell(plan, folder, key)
            new = new or cell.finished
        cells.append(cell)
    if new:
        _keep(plan, folder, zip(cells, (stamp for _, stamp in found), strict=True))
    return cells


def _stamp(folder: Path, key: Key) -> list[int] | None:
    """Of a file that nobody writes; None where there is none, or a log beside it."""
    path = path_of(folder, key)
    try:
        stat = path.stat()
    except OSError:
        return None
    return None if path.with_name(f"{path.name}-wal").exists() else [stat.st_size, stat.st_mtime_ns]


def _kept(plan: Plan, folder: Path) -> dict[str, JSON]:
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return dict(found["cells"]) if (found["format"], found["plan"]) == (FORMAT, plan.digest) else {}
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def _cell(kept: JSON, key: Key, stamp: list[int] | None) -> Cell | None:
    try:
        if kept is None or stamp is None or kept["stamp"] != stamp:
            return None
        values = dict(kept["cell"])
        curves = {Axis(axis): Curve(**curve) for axis, curve in values.pop("curves").items()}
        return Cell(**{**values, "key": key, "state": CellState(values["state"]), "curves": curves})
    except (TypeError, ValueError, KeyError):
        return None


def _keep(plan: Plan, folder: Path, cells: Iterable[tuple[Cell, list[int] | None]]) -> None:
    """Where it cannot be written the next report reads again."""
    done = {cell.key.file: {"stamp": stamp, "cell": plain(cell)} for cell, stamp in cells if cell.finished and stamp}
    draft = folder / f"{FILE}.{os.getpid()}"
    try:
        draft.write_text(json.dumps({"format": FORMAT, "plan": plan.digest, "cells": done}), encoding="utf-8")
        draft.replace(folder / FILE)
    except OSError:
        return
