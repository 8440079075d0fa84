"""Lineage, failures, journal, removing: against what the events say, counted the slow way."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from speciate.core.errors import StoreDamaged, StoreError, StoreInUse, UsageError
from speciate.core.events import Evaluated, Event, Proposed
from speciate.core.values import SEALED, Candidate
from speciate.store.failing import failures, find
from speciate.store.journal import above, last_seq, latest, of_candidate
from speciate.store.lineage import descendants, lineage
from speciate.store.queries import Run
from speciate.store.removing import removable, remove
from speciate.store.sqlite import SqliteStore
from speciate.testing.history import history
from speciate.testing.store import append_all

COUNT = 60


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "made_up-1.db"
    with SqliteStore.create(path) as store:
        append_all(store, history(COUNT))
    return path


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return [event for turn in history(COUNT) for event in turn.events]


def candidates(events: list[Event]) -> dict[int, Candidate]:
    return {e.candidate.id: e.candidate for e in events if isinstance(e, Proposed) and e.new}


# Lineage


def test_the_path_has_the_gain_of_each_step_in_the_users_direction(path: Path) -> None:
    with Run(path) as run:
        best = run.resolve("best")
        found = lineage(run, best)
        detail = run.candidate(best)
    assert [(each.id, each.operator, each.score) for each in found.path] == [
        (each.id, each.operator, each.score) for each in detail.path
    ]
    assert found.children == detail.children
    assert (found.path[0].gain, found.path[0].parent) == (None, None)
    for before, each in zip(found.path, found.path[1:], strict=False):
        assert before.score is not None
        assert each.score is not None
        assert each.gain == pytest.approx(before.score - each.score)  # lower is better: a fall is a gain
        assert each.parent == before.id
        assert before.id not in each.others
    assert [each.depth for each in found.path] == list(range(len(found.path)))


def test_descendants_are_all_that_came_of_it_each_once(path: Path, events: list[Event]) -> None:
    made = candidates(events)
    for root in (0, 2, 10, 3):
        wanted: set[int] = set()
        for id, each in made.items():
            if root in each.parents or wanted & set(each.parents):
                wanted.add(id)
        with Run(path) as run:
            found = descendants(run, root, limit=1000)
            few = descendants(run, root, limit=3)
        ids = [each.id for each in found.relatives]
        assert sorted(ids) == sorted(wanted)
        assert found.total == few.total == len(wanted)
        assert few.relatives == found.relatives[:3]
        place = {each.id: at for at, each in enumerate(found.relatives)}
        for one in found.relatives:
            assert one.parent in made[one.id].parents
            assert one.parent == root or place[one.parent or 0] < place[one.id]
        scores = [each.score for each in found.relatives if each.status == "ok" and each.score is not None]
        assert (found.best and found.best.score) == min(scores, default=None)


def test_a_candidate_that_is_not_there(path: Path) -> None:
    with Run(path) as run, pytest.raises(UsageError, match="has no candidate 999"):
        lineage(run, 999)


# Failures


def test_the_groups_hold_every_failed_and_rejected_candidate(path: Path, events: list[Event]) -> None:
    failed = [e for e in events if isinstance(e, Evaluated) and not e.evaluation.ok and e.request.stage != SEALED]
    rejected = [e for e in events if isinstance(e, Proposed) and e.rejected]
    with Run(path) as run:
        found = failures(run)
        summary = run.summary()
    assert (found.failed, found.rejected) == (len(failed), len(rejected))
    assert found.failed == summary.evals - summary.counts["ok"]
    assert [each.number for each in found.causes] == list(range(1, len(found.causes) + 1))
    assert [(each.cause, each.line) for each in found.causes] == [
        ("ZeroDivisionError: division by zero", "line 9"),
        ("duplicate of N", ""),
    ]
    crashed = found.causes[0]
    assert (crashed.first, crashed.last, crashed.count) == (failed[0].candidate, failed[-1].candidate, len(failed))
    assert crashed.seconds == pytest.approx(len(failed) * 0.0023)
    made = candidates(events)
    assert crashed.operators == Counter(made[each.candidate].operator for each in failed)
    assert (found.empty, found.empties) == (summary.skipped.failed, {"no edit": summary.skipped.failed})


def test_a_group_is_opened_by_number_or_by_words(path: Path) -> None:
    with Run(path) as run:
        by_number, by_words, by_none = failures(run, 2), failures(run, "DUPLICATE"), failures(run, "nothing such")
    assert by_number == by_words
    assert [len(each.members) for each in by_number.causes] == [0, by_number.causes[1].count]
    newest = by_number.causes[1].members[0]
    assert newest.id == by_number.causes[1].last
    assert re.fullmatch(r"duplicate of \d+", newest.said)
    assert all(not each.members for each in by_none.causes)
    assert find(by_none.causes, 3) is None


# Journal


def test_the_log_from_any_event_on(path: Path, events: list[Event]) -> None:
    with Run(path) as run:
        assert last_seq(run) == len(events)
        for seq in range(0, len(events) + 2, 7):  # the middle of turns among them
            assert [each.seq for each in above(run, seq)] == list(range(seq + 1, len(events) + 1))


def test_the_last_of_the_log(path: Path, events: list[Event]) -> None:
    kinds = [event.kind for event in events]
    with Run(path) as run:
        for count in (1, 5, len(events), 10**6):
            assert [each.seq for each in latest(run, count)] == list(range(1, len(events) + 1))[-count:]
        assert latest(run, 0) == []
        failed = [at for at, kind in enumerate(kinds, 1) if kind == "failed"]
        found = latest(run, 3, test=lambda each: each.body["kind"] == "failed")
        assert [each.seq for each in found] == failed[-3:]
        since = latest(run, 50, since=failed[-2], test=lambda each: each.body["kind"] == "failed")
        assert [each.seq for each in since] == failed[-1:]


def test_a_candidates_own_events(path: Path) -> None:
    with Run(path) as run:
        for id, kinds in (
            (0, ["started", "proposed", "evaluated", "placed", "closed"]),
            (13, ["started", "proposed", "evaluated", "placed", "closed"]),
            (15, ["started", "proposed", "closed"]),
        ):
            found = of_candidate(run, id)
            assert [each.body["kind"] for each in found] == kinds
            assert {each.body["ticket"] for each in found} == {run.candidate(id).row.ticket}
        with pytest.raises(UsageError):
            of_candidate(run, 999)


def test_every_answer_is_json(path: Path) -> None:
    with Run(path) as run:
        for answer in (lineage(run, 20), descendants(run, 0), failures(run, 1)):
            json.dumps(answer.as_json(), allow_nan=False)


# Removing


@pytest.fixture
def copy(path: Path, tmp_path: Path) -> Path:
    copy = Path(shutil.copy(path, tmp_path))
    for each in ("made_up-1.db-wal", "made_up-1.db-shm"):
        (tmp_path / each).touch()
    (tmp_path / "made_up-1.blobs" / "ab").mkdir(parents=True)
    (tmp_path / "made_up-1.blobs" / "ab" / "abcd").write_bytes(b"x" * 100)
    (tmp_path / "made_up-10.db").write_text("another")
    return copy


def test_all_that_belongs_to_a_run_is_removed_and_nothing_else(copy: Path) -> None:
    size = copy.stat().st_size
    found = removable(copy)
    assert [Path(each).name for each in found.files][:2] == ["made_up-1.db", "made_up-1.blobs"]
    assert found.bytes == size + 100
    assert copy.exists()
    assert remove(copy).run == "made_up-1"
    assert [each.name for each in copy.parent.iterdir()] == ["made_up-10.db"]


def test_a_run_that_an_engine_owns_is_left_alone(copy: Path) -> None:
    with SqliteStore.open(copy):
        with pytest.raises(StoreInUse, match=f"is in use by process {os.getpid()}"):
            remove(copy)
        assert copy.exists()
    remove(copy)
    assert not copy.exists()


def test_what_is_no_run_is_left_alone(tmp_path: Path) -> None:
    text, foreign, link = tmp_path / "notes.db", tmp_path / "other.db", tmp_path / "link.db"
    text.write_text("not a run " * 50)
    with sqlite3.connect(foreign) as other:
        other.execute("CREATE TABLE t (a)")
    other.close()
    SqliteStore.create(tmp_path / "real-1.db").close()
    link.symlink_to(tmp_path / "real-1.db")
    for each in (text, foreign, link, tmp_path / "nowhere.db", tmp_path):
        with pytest.raises(StoreError):
            remove(each)
    assert {each.name for each in tmp_path.iterdir()} == {"notes.db", "other.db", "link.db", "real-1.db"}


def test_a_damaged_run_can_be_removed(copy: Path) -> None:
    data = copy.read_bytes()
    for each in copy.parent.glob("made_up-1.db-*"):
        each.unlink()
    copy.write_bytes(data[: len(data) // 2])
    with pytest.raises(StoreDamaged):
        Run(copy)
    remove(copy)
    assert not copy.exists()
