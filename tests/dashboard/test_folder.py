"""Which files are served, and that no name leads anywhere else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from speciate.core.errors import UsageError
from speciate.dashboard.folder import NoRun, Served, locked, signature
from speciate.store import schema
from speciate.store.sqlite import SqliteStore
from speciate.testing.history import history
from speciate.testing.store import append_all

from .asking import client, dashboard, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    folder.mkdir()
    write(folder / "made_up-1.db", 12)
    return folder


def test_runs_come_and_go(folder: Path) -> None:
    ask = client(folder)
    assert [each["run"] for each in ask("/api/runs").document["runs"]] == ["made_up-1"]
    shutil.copy(folder / "made_up-1.db", folder / "made_up-2.db")
    assert {each["run"] for each in ask("/api/runs").document["runs"]} == {"made_up-1", "made_up-2"}
    assert ask("/api/runs/made_up-2/summary").document["run"] == "made_up-2"
    (folder / "made_up-1.db").unlink()
    assert [each["run"] for each in ask("/api/runs").document["runs"]] == ["made_up-2"]
    found = ask("/api/runs/made_up-1/summary")
    assert (found.status, found.what) == (404, f"no run named `made_up-1` in {folder}")


def test_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    ask = client(tmp_path / "later")
    found = ask("/api/runs").document
    assert found["runs"] == found["unreadable"] == []
    assert found["folder"] == str(tmp_path / "later")
    (tmp_path / "later").mkdir()
    write(tmp_path / "later" / "made_up-1.db", 3)
    assert len(ask("/api/runs").document["runs"]) == 1


def test_what_cannot_be_read_is_reported_and_takes_nothing_along(folder: Path) -> None:
    (folder / "notes.db").write_text("no run")
    (folder / "empty.db").touch()
    (folder / "folder.db").mkdir()
    (folder / "gone.db").symlink_to(folder / "nowhere")
    whole = (folder / "made_up-1.db").read_bytes()
    (folder / "cut.db").write_bytes(whole[: len(whole) // 2])
    newer = bytearray(whole)
    newer[60:64] = (schema.FORMAT + 1).to_bytes(4, "big")
    (folder / "newer.db").write_bytes(newer)
    ask = client(folder)
    found = ask("/api/runs").document
    assert [each["run"] for each in found["runs"]] == ["made_up-1"]
    said = {Path(each["path"]).stem: each for each in found["unreadable"]}
    assert sorted(said) == ["cut", "empty", "folder", "newer", "notes"]
    assert f"a version that reads format {schema.FORMAT + 1}" in said["newer"]["do"]
    assert "truncated" in said["cut"]["what"]
    assert all(each["what"] for each in said.values())
    for name in said:
        assert ask(f"/api/runs/{name}/summary").status == 409, name
    assert ask("/api/runs/gone/summary").status == 404


def test_another_programs_file_gives_nothing_away(folder: Path) -> None:
    import sqlite3

    with sqlite3.connect(folder / "mail.db") as connection:
        connection.execute("CREATE TABLE secrets (word TEXT)")
        connection.execute("INSERT INTO secrets VALUES ('hunter2')")
    found = client(folder)("/api/runs/mail/summary")
    assert found.status == 409
    assert b"hunter2" not in found.body


@pytest.mark.parametrize(
    "name",
    [
        "../elsewhere/made_up-1",
        "..%2Felsewhere%2Fmade_up-1",
        "%2e%2e%2felsewhere%2fmade_up-1",
        "..",
        ".",
        "made_up-1.db",
        "./made_up-1",
        "made_up-1%00",
        "/etc/passwd",
        "made_up-1\\",
        "file:made_up-1",
        "made_up-1?mode=rwc",
        "x" * 5000,
        "",
    ],
)
def test_names_lead_nowhere_else(folder: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    write(tmp_path / "elsewhere" / "made_up-1.db", 3)
    (folder / ".hidden.db").write_bytes((folder / "made_up-1.db").read_bytes())
    before = sorted(tmp_path.rglob("*"))
    ask = client(folder)
    if not name.startswith("made_up-1?"):
        assert ask(f"/api/runs/{name}/summary").status == 404
    with pytest.raises(NoRun):
        dashboard(folder).served.open(name)
    assert ask("/api/runs/.hidden/summary").status == 404
    assert sorted(tmp_path.rglob("*")) == before


def test_files_that_are_named(folder: Path, tmp_path: Path) -> None:
    one = folder / "made_up-1.db"
    other = write(tmp_path / "mailed.db", 3)
    served = Served.of([one, other])
    assert served.paths() == {"made_up-1": one, "mailed": other}
    write(folder / "made_up-2.db", 3)
    assert "made_up-2" not in served.paths()
    assert served.home == folder
    assert list(Served.of([other]).paths()) == ["mailed"]
    other.unlink()
    assert list(served.paths()) == ["made_up-1"]


def test_what_cannot_be_served_is_said(folder: Path, tmp_path: Path) -> None:
    one = folder / "made_up-1.db"
    twin = Path(shutil.copy(one, tmp_path))
    with pytest.raises(UsageError, match="two runs are called made_up-1"):
        Served.of([one, twin])
    with pytest.raises(UsageError, match="is a folder: several things to serve are files"):
        Served.of([one, folder])
    with pytest.raises(UsageError, match="is not there"):
        Served.of([one, tmp_path / "nowhere.db"])
    with pytest.raises(UsageError, match="neither a file nor a folder"):
        Served.of([Path("/dev/null")])


def test_finished_runs_are_read_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = dashboard(folder)
    first = made.listing.body()
    monkeypatch.setattr("speciate.dashboard.listing.Run", lambda path: pytest.fail(f"{path} is read again"))
    assert made.listing.body() == first
    monkeypatch.undo()
    write(folder / "made_up-2.db", 4)
    assert len(made.listing.body()["runs"]) == 2


def test_a_run_that_goes_on_is_read_anew(tmp_path: Path) -> None:
    made = dashboard(tmp_path)
    with SqliteStore.create(tmp_path / "made_up-1.db") as store:
        turns = list(history(20, stop=False))
        append_all(store, turns[:5])
        assert made.listing.body()["runs"][0]["seq"] == turns[4].last
        assert made.listing.counts() == (1, 1)
        append_all(store, turns[5:])
        assert made.listing.body()["runs"][0]["seq"] == turns[-1].last
    assert made.listing.counts() == (1, 0)


def test_the_best_so_far_in_forty_points(folder: Path) -> None:
    write(folder / "made_up-3.db", 300)
    found = dashboard(folder).listing.body()
    spark = found["sparks"]["made_up-3"]
    assert len(spark) == 40
    assert spark == sorted(spark, reverse=True)  # lower is better
    summary = next(each for each in found["runs"] if each["run"] == "made_up-3")
    assert spark[-1] == summary["best"]["score"]


def test_a_signature_changes_with_every_commit(tmp_path: Path) -> None:
    path = tmp_path / "made_up-1.db"
    with SqliteStore.create(path) as store:
        found = set()
        for turn in list(history(10))[:10]:
            append_all(store, [turn])
            found.add(signature(path))
    assert len(found) == 10
    with pytest.raises(FileNotFoundError):
        signature(tmp_path / "nowhere.db")


def test_a_run_that_is_locked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "made_up-1.db"
    assert locked(path) is None
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert locked(path) == "made_up-1.db is read-only"
    monkeypatch.setattr("os.access", lambda path, mode: str(path).endswith(".db"))
    assert locked(path) == "the folder of made_up-1.db is read-only"
    assert dashboard(folder).listing.body()["locked"] == {"made_up-1": "the folder of made_up-1.db is read-only"}
