"""What became of a command: matched with its event even where one turn holds several, and the engine's own words."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from speciate.core.errors import UsageError
from speciate.core.events import Steered, Turn
from speciate.core.values import Command
from speciate.store.commands import Fate, command, waiting
from speciate.store.queries import Run
from speciate.store.sqlite import SqliteStore, request
from speciate.store.views import StateName
from speciate.testing.history import history
from speciate.testing.store import append_all


def test_each_command_finds_its_own_event(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    with SqliteStore.create(path) as store:
        append_all(store, history(3, stop=False))
        first, second = request(path, Command("pin", {"id": 1}, "you")), request(path, Command("pin", {"id": 9}, "you"))
        with Run(path) as run:
            assert [each.id for each in waiting(run)] == [first, second]
            assert command(run, first).state is Fate.QUEUED
        assert len(store.inbox()) == 2
        seq = max(turn.last for turn in store.read())
        events = (
            Steered("resume", {}, "resume"),
            Steered("pin", {"id": 1}, "you", 3),
            Steered("pin", {"id": 9}, "you", 3, "there is no candidate 9"),
        )
        append_all(store, [Turn(seq + 1, 9.0, events)])
        third = request(path, Command("stop", {}, "you"))
        with Run(path) as run:
            done, refused = command(run, first), command(run, second)
            assert (done.state, done.seq, done.evals, done.why) == (Fate.DONE, seq + 2, 3, None)
            assert (refused.state, refused.seq, refused.why) == (Fate.REFUSED, seq + 3, "there is no candidate 9")
            assert [each.id for each in waiting(run)] == [third]
            with pytest.raises(UsageError, match="run was never sent a command 99"):
                command(run, 99)


def test_a_paused_run_says_by_whom_and_since_when(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    with SqliteStore.create(path) as store:
        append_all(store, history(3, stop=False))
        seq = max(turn.last for turn in store.read())
        append_all(store, [Turn(seq + 1, 9.0, (Steered("pause", {}, "ada", 3, "it is paused already"),))])
        with Run(path) as run:
            assert run.state().name is StateName.RUNNING, "a refused command changes nothing"
        append_all(store, [Turn(seq + 2, 9.0, (Steered("pause", {}, "ada", 3),))])
        with Run(path) as run:
            state = run.state()
        assert (state.name, state.why, state.over) == (StateName.PAUSED, "by ada", False)
        assert state.since is not None
        append_all(store, [Turn(seq + 3, 9.0, (Steered("resume", {}, "ada", 3),))])
        with Run(path) as run:
            assert run.state().name is StateName.RUNNING


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", "3", "null", '{"evals": NaN}', '{"evals": 1e999}', '{"text": "\\ud800"}', "[" * 100_000]
)
def test_what_lies_in_the_inbox_can_be_anything(tmp_path: Path, text: str) -> None:
    path = tmp_path / "run.db"
    with SqliteStore.create(path) as store:
        append_all(store, history(3, stop=False))
        with closing(sqlite3.connect(path, isolation_level=None)) as foreign:
            row = "INSERT INTO inbox (verb, args, author, at) VALUES ('budget', ?, 'x', 0.0)"
            foreign.execute(row, (text,))
        (taken,) = store.inbox()
        seq = max(turn.last for turn in store.read())
        append_all(store, [Turn(seq + 1, 9.0, (Steered(taken.verb, taken.args, taken.author, 0, "no"),))])
        with Run(path) as run:
            assert command(run, 1).state is Fate.REFUSED
