"""The cells of a comparison, each read from its run's file: what it found, what it spent, or what went wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from speciate.core.errors import StoreError
from speciate.core.values import EMPTY, JSON, Id
from speciate.store.queries import Run
from speciate.store.views import State, StateName, Summary

from .curves import Axis, Curve, curves
from .plan import Key, Plan
from .report import CellState

SAID = re.compile(r"^error: (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell in the engine's terms: of `best`, `initial` (the seed program's), `held_out` and the curves higher is
    better. The other fields are those of `report.CellResult`."""

    key: Key
    state: CellState
    why: str = ""
    best: float | None = None
    best_id: Id | None = None
    initial: float | None = None
    held_out: float | None = None
    evals: int = 0
    proposals: int = 0
    counts: Mapping[str, int] = field(default_factory=lambda: EMPTY)
    duplicates: int = 0
    rejected: int = 0
    barren: int = 0
    tokens: int = 0
    usd: float = 0.0
    unpriced: int = 0
    curves: Mapping[Axis, Curve] = field(default_factory=dict)
    seconds: float = 0.0
    cpu: float = 0.0
    machine: Mapping[str, JSON] = field(default_factory=lambda: EMPTY)
    created: float | None = None

    @property
    def finished(self) -> bool:
        return self.state is CellState.FINISHED


def path_of(folder: Path, key: Key) -> Path:
    """The file of a cell's run."""
    return folder / f"{key.file}.db"


def said_path(folder: Path, key: Key) -> Path:
    """What the process of an unfinished cell printed."""
    return folder / f"{key.file}.out"


def read_cells(plan: Plan, folder: Path) -> list[Cell]:
    """Every cell of the plan, in its order."""
    return [read_cell(plan, folder, key) for key in plan.cells()]


def read_cell(plan: Plan, folder: Path, key: Key) -> Cell:
    """One cell. A file that cannot be read is a failed cell, never an error."""
    unfit = plan.entrant(key.recipe).unfit.get(key.problem)
    if unfit is not None:
        return Cell(key, CellState.FAILED, unfit)
    path, said = path_of(folder, key), _said(folder, key)
    if not path.exists():
        return Cell(key, CellState.FAILED if said else CellState.WAITING, said)
    try:
        with Run(path) as run:
            if not (state := run.state()).over or run.events(limit=1).last == 0:
                return Cell(key, CellState.UNFINISHED, state.why)
            return _read(key, run, said)
    except StoreError as error:
        return Cell(key, CellState.FAILED, error.what)


def state_of(folder: Path, key: Key) -> State | None:
    """The state of a cell's run; None where there is none, or one that never began and that nobody works on."""
    try:
        with Run(path_of(folder, key)) as run:
            state = run.state()
            return None if state.over and run.events(limit=1).last == 0 else state
    except StoreError:
        return None


def _said(folder: Path, key: Key) -> str:
    """The last error that the cell's process printed, "" where there is none."""
    try:
        found = SAID.findall(said_path(folder, key).read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return ""
    return str(found[-1]) if found else ""


def _read(key: Key, run: Run, said: str) -> Cell:
    summary = run.summary()
    opened: JSON = run.events(limit=1).events[0].body
    with run.reading() as reading:
        found = curves(reading.log.turns())
    state, why = _ended(summary, said)
    metric, usd = summary.metric, summary.cost
    levels = found[Axis.EVALS].best
    held_out = summary.held_out.best if summary.held_out is not None else None
    return Cell(
        key,
        state,
        why,
        levels[-1] if levels else None,
        summary.best.id if summary.best is not None else None,
        None if summary.seed is None or summary.seed.score is None else metric.engine(summary.seed.score),
        None if held_out is None else metric.engine(held_out),
        summary.evals,
        summary.proposals,
        dict(summary.counts),
        summary.skipped.duplicates,
        summary.skipped.rejected,
        summary.skipped.failed,
        usd.tokens,
        usd.usd,
        usd.unpriced,
        found,
        summary.seconds,
        summary.cpu,
        {**(opened.get("versions") or {}), **_where(opened.get("machine") or {})},
        summary.created,
    )


def _ended(summary: Summary, said: str) -> tuple[CellState, str]:
    state = summary.state
    if state.name is StateName.FINISHED:
        if summary.best is not None:
            return CellState.FINISHED, state.why
        return CellState.FAILED, said or f"nothing has scored: {state.detail or state.why}"
    return (CellState.FAILED, said) if said else (CellState.UNFINISHED, state.why)


def _where(machine: Mapping[str, JSON]) -> dict[str, JSON]:
    return {name: machine[name] for name in ("system", "cores") if name in machine}
