"""The cells of a comparison, each read from its run's file: what it found, what it spent, or what went wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from speciate.core.errors import StoreError
from speciate.core.values import EMPTY, JSON, Id
from speciate.store.queries import Run
from speciate.store.views import StateName, Summary

from .curves import Axis, Curve, curves
from .plan import Key, Plan
from .report import CellState

LIMITS = ("evals", "proposals", "seconds", "cpu", "tokens", "cost", "target", "patience")
SAID = re.compile(r"^error: (.*)$", re.MULTILINE)


class Stand(StrEnum):
    """How a cell's file stands, for who is to go on with it."""

    NONE = "none"  # there is none
    EMPTY = "empty"  # killed before its first event: it may be removed
    BUSY = "busy"  # an engine works on it
    STOPPED = "stopped"  # resume goes on with it
    OVER = "over"  # it has ended for good
    DAMAGED = "damaged"  # or no run: a person must look


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
            if not run.events(limit=1).events:
                return Cell(key, CellState.FAILED if said else CellState.UNFINISHED, said)
            if (other := _other(plan, key, run)) is not None:
                return Cell(key, CellState.FAILED, other)
            return _read(key, run, said)
    except StoreError as error:
        return Cell(key, CellState.FAILED, error.what)


def stand_of(folder: Path, key: Key) -> Stand:
    path = path_of(folder, key)
    if not path.exists():
        return Stand.NONE
    try:
        with Run(path) as run:
            state = run.state()
            if not state.over:
                return Stand.BUSY
            if not run.events(limit=1).events:
                return Stand.EMPTY
            return Stand.OVER if state.name is StateName.FINISHED else Stand.STOPPED
    except StoreError:
        return Stand.DAMAGED


def _other(plan: Plan, key: Key, run: Run) -> str | None:
    """Why a run is not the cell that was planned: somebody gave it more budget, or put another in its place."""
    opened: JSON = run.events(limit=1).events[0].body
    settings = (opened.get("recipe") or {}).get("settings") or {}
    planned = plan.entrant(key.recipe).settings.get(key.problem) or {}
    budget = run.summary().budget
    limits = [name for name in LIMITS if getattr(budget, name) != plan.budget.get(name)]
    differing = [name for name in {**planned, **settings} if planned.get(name) != settings.get(name)]
    if (opened.get("problem") or {}).get("digest") != plan.subject(key.problem).digest:
        return f"{run.name} is not a run of this version of {key.problem}"
    if opened.get("seed") != key.seed or (opened.get("recipe") or {}).get("name") != plan.entrant(key.recipe).recipe:
        return f"{run.name} has another recipe or seed than was planned"
    if differing:
        return (
            f"{run.name} has {differing[0]} = {settings.get(differing[0])}, and {planned.get(differing[0])} was planned"
        )
    if limits:
        limit = getattr(budget, limits[0])
        return (
            f"the budget of {run.name} was changed: {limits[0]} {limit}, and {plan.budget.get(limits[0])} was planned"
        )
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
