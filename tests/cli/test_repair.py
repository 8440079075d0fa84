"""repair: what a person is told of a damaged run, before and after, and that the repaired one goes on."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from speciate.cli import main
from speciate.core.codec import without_measured
from speciate.core.values import JSON
from speciate.store.queries import Run

from .conftest import Speciate, guessing, write

EVALS = 30


@pytest.fixture(scope="module")
def ordered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[bytes]:
    """The file of a finished run in ordered mode."""
    folder = tmp_path_factory.mktemp("ordered")
    write(folder / "guess")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr("speciate.recipes.load", guessing)
        assert main(["run", "guess", "-q", "--ordered", "--evals", str(EVALS), "-j", "1"]) == 0
        yield (folder / "runs/guess-1.db").read_bytes()


@pytest.fixture
def path(here: Path, ordered: bytes) -> Path:
    path = here / "runs" / "guess-1.db"
    path.parent.mkdir()
    path.write_bytes(ordered)
    return path


def events(path: Path) -> list[JSON]:
    with Run(path) as run:
        return [without_measured(each.body) for each in run.events(limit=10**6).events]


def damage(path: Path, share: float) -> int:
    """A wrong time in the turn at this share of the log, which its checksum then does not fit; its first event."""
    with closing(sqlite3.connect(path)) as db:
        (last,) = db.execute("SELECT max(last) FROM turns").fetchone()
        (first,) = db.execute("SELECT max(first) FROM turns WHERE first <= ?", (share * last,)).fetchone()
        db.execute("UPDATE turns SET at = at + 1 WHERE first = ?", (first,))
        db.commit()
    return int(first)


@pytest.mark.parametrize("share", [0.3])
def test_a_repaired_run_ends_as_if_nothing_had_happened(speciate: Speciate, path: Path, share: float) -> None:
    before = events(path)
    first = damage(path, share)
    damaged = path.read_bytes()
    ran = speciate("repair")
    assert (ran.code, ran.err) == (4, "")
    lines = ran.out.splitlines()
    assert lines[0].startswith(f"damage   the checksum of events {first} to ")
    assert lines[1].startswith(f"kept     {first - 1:,} events of {len(before):,}, ")
    assert lines[1].endswith("runs/guess-1-repaired.db")
    assert lines[2] == f"lost     from event {first:,} on"
    assert lines[-1] == "next     speciate resume guess-1-repaired"
    assert path.read_bytes() == damaged
    ran = speciate("resume", "guess-1-repaired", "-q")
    assert ran.code == 0, ran.err
    assert events(path.with_name("guess-1-repaired.db")) == before
    for verb in ("show", "best", "lineage", "log"):
        assert speciate(verb, "-r", "guess-1-repaired").code == 0


def test_what_comes_after_the_damage_can_be_submitted(speciate: Speciate, path: Path) -> None:
    with Run(path) as run:
        scores = {row.id: row.score for row in run.candidates(limit=1000).rows}
        texts = {id: run.text(id) for id in scores}
    damage(path, 0.5)
    document = speciate("repair", "--json").document
    rescued = document["rescued"]
    assert (document["kind"], document["lost"], document["of_evals"]) == ("repair", True, EVALS)
    assert rescued["scored"] >= rescued["candidates"] - 1 > 0
    files = sorted(path.with_name("guess-1-rescued").glob("[0-9]*.py"))
    assert len(files) == rescued["candidates"]
    for file in files:
        id, _, score = file.stem.partition("-")
        assert file.read_text() == texts[int(id)]
        assert score in (f"{scores[int(id)]:.2f}", "waiting")
    ran = speciate("submit", str(files[0]), "-r", "guess-1-repaired")
    assert ran.code == 0, ran.err


def test_a_whole_run(speciate: Speciate, path: Path) -> None:
    before = path.read_bytes()
    ran = speciate("repair", "guess-1")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"guess-1 is whole: {len(events(path)):,} events, {EVALS} evaluations\n"
    assert [each.name for each in path.parent.iterdir()] == ["guess-1.db"]
    assert path.read_bytes() == before
    assert speciate("repair", "--json").document["damage"] == ""


@pytest.mark.parametrize("verb", ["show", "resume", "watch", "best", "log"])
def test_a_file_cut_short_names_the_remedy(speciate: Speciate, path: Path, verb: str) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 3 // 4])
    ran = speciate(verb)
    assert (ran.code, ran.out) == (2, "")
    what, do = ran.err.splitlines()
    assert what.startswith("error: runs/guess-1.db is truncated: ")
    assert do == "do:    speciate repair runs/guess-1.db"
    listed = speciate("runs")
    assert "do:         speciate repair runs/guess-1.db" in listed.err.splitlines()
    assert speciate(*do.split()[2:]).code == 4


def test_nothing_is_left(speciate: Speciate, path: Path) -> None:
    path.write_bytes(random.Random(5).randbytes(30000))
    ran = speciate("repair")
    assert ran.code == 2
    assert ran.err.splitlines() == [
        "error: runs/guess-1.db: nothing of it can be read (the file is not a database: truncated, or never the file "
        "of a run)",
        "do:    restore it from a copy",
    ]
    assert [each.name for each in path.parent.iterdir()] == ["guess-1.db"]


@pytest.mark.parametrize("seed", [1, 8, 16])
def test_no_flipped_byte_is_a_traceback(speciate: Speciate, path: Path, ordered: bytes, seed: int) -> None:
    rng = random.Random(seed)
    data = bytearray(ordered)
    for _ in range(20):
        data[rng.randrange(100, len(data))] ^= rng.randrange(1, 256)
    path.write_bytes(data)
    for tokens in (("runs",), ("show",), ("show", "best"), ("watch",), ("log",), ("failures",)):
        ran = speciate(*tokens)
        assert ran.code in (0, 2, 4), ran.err
        assert ran.code != 2 or "do:" in ran.err
    assert speciate("repair").code in (0, 4)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE meta SET value = replace(value, '\"seq\"', '\"seq') WHERE key = 'tally'", "its tally"),
        ("UPDATE meta SET value = replace(value, '\"ok\"', '\"ko\"') WHERE key = 'tally'", "its tally"),
        ("UPDATE meta SET value = '{' WHERE key = 'opened'", "its first event"),
        ("UPDATE candidates SET score = 'x'", "score in table candidates"),
        ("UPDATE candidates SET parents = '1,x'", "a row of table candidates"),
        ("UPDATE gains SET after = 'x'", "after in table gains"),
    ],
)
def test_tables_that_hold_what_they_cannot(speciate: Speciate, path: Path, change: str, what: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(change)
        db.commit()
    for verb in (("resume",), ("show", "best")):
        ran = speciate(*verb)
        if ran.code == 2:
            assert ran.err == (f"error: runs/guess-1.db is damaged: {what}\ndo:    speciate repair runs/guess-1.db\n")
        else:
            assert ran.code == 0, ran.err
    assert "lost     nothing" in speciate("repair").out
