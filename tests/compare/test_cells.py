"""Cells read from the files of runs: whole ones, cut ones, damaged ones, others than were planned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from speciate.compare import kept
from speciate.compare.cells import Stand, path_of, read_cell, said_path, stand_of
from speciate.compare.curves import Axis, curves
from speciate.compare.plan import Entrant, Key, Plan
from speciate.compare.report import CellState
from speciate.core.events import Opened, Turn
from speciate.store.sqlite import SqliteStore
from speciate.testing.history import OPENED, history
from speciate.testing.store import append_all

from .made import plan, subject

COUNT = 30
BUDGET: dict[str, Any] = {"evals": 100}
PLANNED = replace(
    plan(problems=(replace(subject("made_up", down=True), digest="d" * 32),), budget=BUDGET),
    entrants=(Entrant("ours", "made_up", {}, {"made_up": {"k": 2}}),),
    seeds=(7,),
)
KEY = Key("made_up", "ours", 7)


def turns(count: int, stop: bool = True) -> Iterator[Turn]:
    """A made-up run by the planned recipe and budget."""
    opened = replace(OPENED, recipe={"name": "made_up", "settings": {"k": 2}}, budget=BUDGET)
    for turn in history(count, stop=stop):
        yield replace(turn, events=tuple([opened if isinstance(each, Opened) else each for each in turn.events]))


def lay(folder: Path, of: Iterator[Turn]) -> Path:
    with SqliteStore.create(path_of(folder, KEY)) as store:
        append_all(store, of)
    return path_of(folder, KEY)


def test_a_finished_run_is_read(tmp_path: Path) -> None:
    lay(tmp_path, turns(COUNT))
    cell = read_cell(PLANNED, tmp_path, KEY)
    assert (cell.state, stand_of(tmp_path, KEY)) == (CellState.FINISHED, Stand.OVER)
    assert cell.why == "budget: evaluations"
    best = curves(turns(COUNT))[Axis.EVALS]
    assert (cell.best, cell.curves[Axis.EVALS]) == (best.best[-1], best)
    assert cell.initial == best.best[0]
    assert best.best[-1] > best.best[0]
    assert cell.held_out is not None
    assert cell.evals == sum(cell.counts.values()) == best.end
    assert cell.duplicates > 0
    assert (cell.machine["speciate"], cell.machine["cores"]) == ("0", 2)


def test_what_is_not_finished_is_told_as_it_stands(tmp_path: Path) -> None:
    assert stand_of(tmp_path, KEY) is Stand.NONE
    assert read_cell(PLANNED, tmp_path, KEY).state is CellState.WAITING
    said_path(tmp_path, KEY).write_text("error: no such model\ndo:    another\n")
    assert read_cell(PLANNED, tmp_path, KEY).why == "no such model"
    said_path(tmp_path, KEY).unlink()
    with SqliteStore.create(path_of(tmp_path, KEY)) as store:
        assert stand_of(tmp_path, KEY) is Stand.BUSY
        assert read_cell(PLANNED, tmp_path, KEY).state is CellState.UNFINISHED
        store.append(next(turns(3)))
    assert stand_of(tmp_path, KEY) is Stand.STOPPED
    assert read_cell(PLANNED, tmp_path, KEY).state is CellState.UNFINISHED


def test_a_run_that_never_began_may_be_begun_anew(tmp_path: Path) -> None:
    SqliteStore.create(path_of(tmp_path, KEY)).close()
    assert stand_of(tmp_path, KEY) is Stand.EMPTY
    assert read_cell(PLANNED, tmp_path, KEY).state is CellState.UNFINISHED


def test_a_damaged_file_is_a_failed_cell(tmp_path: Path) -> None:
    path_of(tmp_path, KEY).write_bytes(b"no run at all" * 100)
    cell = read_cell(PLANNED, tmp_path, KEY)
    assert stand_of(tmp_path, KEY) is Stand.DAMAGED
    assert cell.state is CellState.FAILED
    assert "made_up.ours.7.db" in cell.why


@pytest.mark.parametrize(
    ("planned", "why"),
    [
        (
            replace(PLANNED, budget={"evals": 90}),
            "the budget of made_up.ours.7 was changed: evals 100, and 90 was planned",
        ),
        (
            replace(PLANNED, entrants=(Entrant("ours", "made_up", {}, {"made_up": {"k": 3}}),)),
            "made_up.ours.7 has k = 2, and 3 was planned",
        ),
        (
            replace(PLANNED, entrants=(Entrant("ours", "other", {}, {"made_up": {"k": 2}}),)),
            "made_up.ours.7 has another recipe or seed than was planned",
        ),
        (
            replace(PLANNED, problems=(replace(PLANNED.problems[0], digest="e"),)),
            "made_up.ours.7 is not a run of this version of made_up",
        ),
    ],
)
def test_another_run_than_was_planned_is_no_cell(tmp_path: Path, planned: Plan, why: str) -> None:
    lay(tmp_path, turns(COUNT))
    cell = read_cell(planned, tmp_path, KEY)
    assert (cell.state, cell.why) == (CellState.FAILED, why)


def test_what_was_read_is_kept_until_the_file_is_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path, turns(COUNT))
    first = kept.read_cells(PLANNED, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(kept, "read_cell", None)  # nothing is read again
        assert kept.read_cells(PLANNED, tmp_path) == first
    for broken in ("", "[]", '{"format": 1}'):
        (tmp_path / kept.FILE).write_text(broken)
        assert kept.read_cells(PLANNED, tmp_path) == first
    path_of(tmp_path, KEY).unlink()
    lay(tmp_path, turns(COUNT + 9))
    assert kept.read_cells(PLANNED, tmp_path)[0].evals > first[0].evals
    other = replace(PLANNED, budget={"evals": 90})
    assert kept.read_cells(other, tmp_path)[0].state is CellState.FAILED
