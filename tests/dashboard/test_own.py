"""What people say of runs, and where it is kept."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from speciate.core.errors import StoreError
from speciate.dashboard.own import NAME, Own

from .asking import Client, client, write

NOTHING: dict[str, Any] = {"label": "", "tags": [], "note": "", "archived": False, "notes": {}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "made_up-1.db", 3)
    return tmp_path


@pytest.fixture
def ask(folder: Path) -> Client:
    return client(folder)


def test_it_is_kept_beside_the_runs_and_never_in_one(ask: Client, folder: Path) -> None:
    before = (folder / "made_up-1.db").read_bytes()
    meta = "/api/runs/made_up-1/meta"
    assert ask(meta).document == {"speciate": 1, "kind": "run.meta", "run": "made_up-1", **NOTHING, "locked": None}
    said = {"label": "first <b>try</b>", "tags": ["baseline", " x ", "baseline"], "archived": True, "notes": {"2": "!"}}
    found = ask(meta, "PATCH", said)
    assert found.status == 200
    assert found.document["label"] == said["label"]
    assert found.document["tags"] == ["baseline", "x"]
    assert ask(meta, "PATCH", {"note": "n", "notes": {"3": "?"}}).document["notes"] == {"2": "!", "3": "?"}
    assert ask(meta, "PATCH", {"notes": {"2": None}}).document["notes"] == {"3": "?"}
    listed = ask("/api/runs").document["meta"]
    assert listed == {"made_up-1": {**NOTHING, "label": said["label"], "tags": ["baseline", "x"], "note": "n",
                                    "archived": True, "notes": {"3": "?"}}}  # fmt: skip
    assert (folder / "made_up-1.db").read_bytes() == before
    assert sorted(each.name for each in folder.iterdir()) == [NAME, "made_up-1.db"]


@pytest.mark.parametrize(
    "said",
    [
        {"label": 3},
        {"label": "x" * 201},
        {"tags": "x"},
        {"tags": [1]},
        {"tags": ["x"] * 21},
        {"archived": 1},
        {"note": None},
        {"notes": {"one": "x"}},
        {"notes": {"1": 2}},
        {"notes": []},
        {"score": 1},
        [],
        "x",
        None,
    ],
)
def test_what_cannot_be_kept_is_refused_whole(ask: Client, said: Any, folder: Path) -> None:
    found = ask("/api/runs/made_up-1/meta", "PATCH", json.dumps(said).encode())
    assert found.status == 400, found.body
    assert found.what
    assert not (folder / NAME).exists()


def test_of_a_run_that_is_not_there_nothing_is_kept(ask: Client, folder: Path) -> None:
    assert ask("/api/runs/nowhere/meta", "PATCH", {"label": "x"}).status == 404
    assert not (folder / NAME).exists()


def test_read_only_is_read_only(folder: Path) -> None:
    ask = client(folder, read_only=True)
    found = ask("/api/runs/made_up-1/meta", "PATCH", {"label": "x"})
    assert (found.status, found.what) == (403, "this dashboard is read-only (--read-only)")
    assert ask("/api/runs/made_up-1/meta").document["locked"] == "this dashboard is read-only (--read-only)"
    assert ask("/api/runs").document["read_only"] is True
    assert not (folder / NAME).exists()


def test_a_file_that_was_damaged_is_not_written_over(folder: Path) -> None:
    (folder / NAME).write_text('{"made_up-1": {"label": "mine"}')
    own = Own(folder)
    assert own.all() == {}
    with pytest.raises(StoreError, match="no JSON object any more"):
        own.change("made_up-1", {"label": "x"})
    assert (folder / NAME).read_text() == '{"made_up-1": {"label": "mine"}'


def test_what_another_version_kept_stays(folder: Path) -> None:
    (folder / NAME).write_text('{"made_up-1": {"label": "mine"}, "made_up-2": {"colour": "red"}, "made_up-3": 3}')
    own = Own(folder)
    assert own.of("made_up-1").label == "mine"
    own.change("made_up-1", {"archived": True})
    kept = json.loads((folder / NAME).read_text())
    assert (kept["made_up-2"], kept["made_up-3"]) == ({"colour": "red"}, 3)


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written: No such file or directory"):
        Own(tmp_path / "nowhere").change("x", {"label": "x"})


def test_many_at_once_lose_nothing(tmp_path: Path) -> None:
    own = Own(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: own.change(f"run-{n % 4}", {"notes": {str(n): "x"}}), range(40)))
    assert sorted(int(id) for said in own.all().values() for id in said.notes) == list(range(40))
    assert [each.name for each in tmp_path.iterdir()] == [NAME]
