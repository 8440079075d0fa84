"""Candidates as columns where a problem has several objectives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from speciate.core.events import Evaluated, Event, Turn
from speciate.store.columns import nodes
from speciate.store.queries import Run
from speciate.store.sqlite import SqliteStore
from speciate.testing.store import append_all

from .made import Made

OBJECTIVES = [
    {"name": "excess", "direction": "minimize", "unit": "%", "digits": 2},
    {"name": "speed", "direction": "maximize", "unit": "1/s", "digits": 1},
    {"name": "length", "direction": "minimize", "unit": "", "digits": 0},
]


def several(turns: Iterator[Turn]) -> Iterator[Turn]:
    """The second and the third candidate have scores of their own in the other objectives, the fourth in one."""
    more = {1: {"speed": 7.0, "length": -120.0}, 2: {"speed": 9.0, "length": -80.0}, 3: {"length": -50.0}}
    for turn in turns:
        yield replace(turn, events=tuple([_scored(event, more) for event in turn.events]))


def _scored(event: Event, more: dict[int, dict[str, float]]) -> Event:
    if not isinstance(event, Evaluated):
        return event
    scores = {**event.evaluation.scores, **more.get(event.candidate, {})}
    return replace(event, evaluation=replace(event.evaluation, scores=scores))


def test_every_objective_has_a_column_in_the_users_numbers(tmp_path: Path) -> None:
    path = tmp_path / "goals-1.db"
    with SqliteStore.create(path) as store:
        append_all(store, several(Made((5.0, 4.0, 3.0, 2.5, None), problem={"objectives": OBJECTIVES}).turns()))
    with Run(path) as run:
        found = nodes(run)
        later = nodes(run, found["columns"]["seq"][3] - 1)
    assert found["objectives"] == OBJECTIVES
    assert found["columns"]["scores"] == {
        "excess": [5.0, 4.0, 3.0, 2.5, None],
        "speed": [None, 7.0, 9.0, None, None],
        "length": [None, 120.0, 80.0, 50.0, None],
    }
    assert later["columns"]["scores"] == {"excess": [2.5, None], "speed": [None, None], "length": [50.0, None]}


def test_of_a_single_objective_the_scores_are_told_once(tmp_path: Path) -> None:
    with Run(Made((5.0, 4.0)).write(tmp_path / "one-1.db")) as run:
        found = nodes(run)
    assert "scores" not in found["columns"]
    assert [each["name"] for each in found["objectives"]] == ["excess"]
