"""A comparison as two flat tables, for spreadsheets and data frames: cells.csv and curves.csv, or the same as Parquet.

What stands in a cell of either: see `speciate.store.tables`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from speciate.store.tables import Flat, Value, write_csv

if TYPE_CHECKING:  # the command line reads `Format` where it reads flags
    from .report import CellResult, Report, Table


class Format(StrEnum):
    CSV = "csv"
    PARQUET = "parquet"


CELL: Mapping[str, type] = {
    "problem": str,
    "recipe": str,
    "seed": int,
    "state": str,
    "metric": str,
    "direction": str,
    "best": float,
    "best_id": int,
    "initial": float,
    "held_out": float,
    "normalised": float,
    "evals": int,
    "ok": int,
    "proposals": int,
    "duplicates": int,
    "rejected": int,
    "barren": int,
    "tokens": int,
    "usd": float,
    "unpriced": int,
    "seconds": float,
    "cpu": float,
    "run": str,
    "why": str,
}
CURVE: Mapping[str, type] = {"problem": str, "recipe": str, "seed": int, "axis": str, "spent": float, "best": float}


def flat(report: Report) -> tuple[Flat, Flat]:
    """`cells`: one row a cell, in the plan's order. `curves`, in long form: a row for each step of a cell's best so far
    on each axis, and one more where the cell ended. Scores are in the metric's own direction; `normalised` ones are 0
    for the seed program, 1 for the published value, and empty where there is none that is better."""
    return Flat("cells", CELL, lambda: _cells(report)), Flat("curves", CURVE, lambda: _curves(report))


def _cells(report: Report) -> Iterator[tuple[Value, ...]]:
    for each in report.cells:
        table = report.table(each.problem)
        yield (
            *(each.problem, each.recipe, each.seed, each.state.value),
            *(table.metric.name, table.metric.direction.value),
            *(each.best, each.best_id, each.initial, each.held_out, _normalised(table, each)),
            *(each.evals, each.counts.get("ok", 0), each.proposals, each.duplicates, each.rejected, each.barren),
            *(each.tokens, each.usd, each.unpriced, each.measured.seconds, each.measured.cpu),
            *(each.file, each.why),
        )


def _normalised(table: Table, cell: CellResult) -> float | None:
    if cell.best is None or table.initial is None or table.published is None:
        return None
    zero, one, best = (table.metric.engine(each) for each in (table.initial, table.published.value, cell.best))
    return (best - zero) / (one - zero) if one > zero else None


def _curves(report: Report) -> Iterator[tuple[Value, ...]]:
    for each in report.cells:
        for axis, line in {**each.lines, **each.measured.lines}.items():
            head = each.problem, each.recipe, each.seed, str(axis)
            for spent, best in zip(line.spent, line.best, strict=True):
                yield (*head, float(spent), best)
            if line.spent and line.end > line.spent[-1]:
                yield (*head, float(line.end), line.best[-1])


def write(report: Report, folder: Path, format: Format) -> list[Path]:
    """Both tables into the folder, each whole or not at all. Raises UsageError where Parquet needs a package."""
    if format is Format.PARQUET:
        from speciate.store.pyarrow import refuse_missing
        from speciate.store.pyarrow import write_parquet as writing

        refuse_missing("--tables csv")
    else:
        writing = write_csv
    paths = []
    for table in flat(report):
        path = folder / f"{table.name}.{format.value}"
        draft = folder / f".{path.name}.{os.getpid()}"
        try:
            with draft.open("wb") as file:
                writing(table, file)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        paths.append(path)
    return paths
