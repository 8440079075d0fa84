"""What is kept for pages beside the tables of format 1, in files of either format."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from speciate.core.codec import dumps
from speciate.store import opening, schema
from speciate.store.curves import Axis, curve
from speciate.store.efforts import By, efforts
from speciate.store.failing import failures
from speciate.store.grids import grid
from speciate.store.kept.causes import MOST, Causes
from speciate.store.kept.moves import bin_of, quantile
from speciate.store.kept.tables import NAMES
from speciate.store.queries import Run
from speciate.store.remembered import memory
from speciate.store.rows import CandidateRow
from speciate.store.sqlite import SqliteStore
from speciate.testing.history import history
from speciate.testing.store import append_all

FORMAT_1 = Path(__file__).parent / "data" / "format-1.db"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return Path(shutil.copy(FORMAT_1, tmp_path / "old-1.db"))


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    names = ("candidates", "children", "gains", "cells", "tickets", *NAMES)
    with closing(sqlite3.connect(path)) as db:
        return {name: sorted(map(tuple, db.execute(f"SELECT * FROM {name}")), key=repr) for name in names}


def test_an_old_file_that_goes_on_has_all_that_a_new_one_has(old: Path, tmp_path: Path) -> None:
    SqliteStore.open(old).close()
    with SqliteStore.create(tmp_path / "new-1.db") as store:
        append_all(store, history(14))
    assert rows(old) == rows(tmp_path / "new-1.db")
    with Run(old) as upgraded, Run(tmp_path / "new-1.db") as new:
        assert upgraded.summary().counts == new.summary().counts
        assert upgraded.summary().moves == new.summary().moves


def test_an_old_file_that_is_only_read_tells_what_it_can_and_stays_as_it_is(old: Path, tmp_path: Path) -> None:
    before = old.read_bytes()
    with SqliteStore.create(tmp_path / "old-2.db") as store:
        append_all(store, history(14))
    with Run(old) as run, Run(tmp_path / "old-2.db") as new:
        assert failures(run).causes == failures(new).causes
        assert failures(run, 1).causes[0].members == failures(new, 1).causes[0].members
        assert [each.tries for each in efforts(run).rows] == [each.tries for each in efforts(new).rows]
        assert "speciate resume old-1" in efforts(run, By.MODEL).why
        assert [each["id"] for each in grid(run)["cells"]] == [each["id"] for each in grid(new)["cells"]]
        assert curve(run)["steps"] == curve(new)["steps"]
        assert curve(run, Axis.USD)["steps"] == []
        assert "speciate resume old-1" in memory(run)["why"]
    assert old.read_bytes() == before


def test_who_reads_an_old_file_sees_what_an_engine_makes_of_it_meanwhile(old: Path) -> None:
    with Run(old) as run:
        assert efforts(run).why
        SqliteStore.open(old).close()
        assert not efforts(run).why
        assert curve(run, Axis.USD)["steps"]


def test_a_latency_is_told_as_exactly_as_its_bins_are_wide() -> None:
    bins = {bin_of(seconds): 1 for seconds in (0.02, 0.5, 3.0, 40.0)}
    for share, seconds in ((0.25, 0.02), (0.5, 0.5), (0.75, 3.0), (1.0, 40.0)):
        assert quantile(bins, share) == pytest.approx(seconds, rel=0.1)
    assert quantile({}, 0.5) is None


def test_causes_without_end_end_as_one(tmp_path: Path) -> None:
    """An evaluator that says something new each time does not make every commit longer, and loses no failure."""
    opening.create(tmp_path / "run-1.db")
    with closing(opening.open_to_write(tmp_path / "run-1.db")) as db:
        causes = Causes(db)
        for id in range(MOST + 20):
            word = "".join(chr(97 + int(digit)) for digit in str(id))
            row = CandidateRow(id, id, "d", None, "syntax", 0, None, 0.0, None, 1, status="crashed")
            causes.failed(row, f"ValueError: {word}")
        causes.flush()
        counts = dict(db.execute("SELECT cause, count FROM causes").fetchall())
        assert len(counts) == MOST + 1
        assert counts[dumps("other causes")] == 20
        assert db.execute("SELECT count(*) FROM failed").fetchone() == (MOST + 20,)


def test_the_format_is_the_number_of_migrations(tmp_path: Path) -> None:
    opening.create(tmp_path / "run-1.db")
    with closing(sqlite3.connect(tmp_path / "run-1.db")) as db:
        assert opening.format_of(db) == schema.FORMAT == 2
