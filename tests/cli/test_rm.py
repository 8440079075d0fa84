"""rm: asks, names what it removed, leaves alone what is worked on."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from speciate.store.sqlite import SqliteStore

from .told import Tell, tell

__all__ = ["tell"]


@pytest.fixture
def runs(here: Path) -> Path:
    for number in (1, 2):
        SqliteStore.create(here / "runs" / f"guess-{number}.db").close()
    (here / "runs" / "guess-1.blobs").mkdir()
    return here / "runs"


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_it_names_what_it_removed(tell: Tell, runs: Path) -> None:
    ran = tell("rm", "guess-1", "--yes")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"removed runs/guess-1.db, runs/guess-1.blobs ({_size(runs)} kB)\n"
    assert names(runs) == ["guess-2.db"]
    document = tell("rm", "runs/guess-2.db", "-y", "--json").document
    assert [each["files"] for each in document["removed"]] == [["runs/guess-2.db"]]
    assert names(runs) == []


def _size(runs: Path) -> str:
    return f"{(runs / 'guess-2.db').stat().st_size / 1024:g}"


def test_without_a_terminal_it_wants_to_be_told(tell: Tell, runs: Path) -> None:
    ran = tell("rm", "guess-1", "guess-2")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "error: rm asks before it removes guess-1 guess-2, and here is no terminal to ask on\ndo:    add --yes\n"
    )
    assert len(names(runs)) == 3


def test_one_wrong_name_and_nothing_is_removed(tell: Tell, runs: Path) -> None:
    ran = tell("rm", "guess-1", "gues-2", "-y")
    assert ran.err.splitlines()[0] == "error: no run named `gues-2` in runs; nearest: guess-2"
    assert len(names(runs)) == 3
    assert tell("rm").err.splitlines()[0] == "error: speciate rm needs a run"


def test_a_run_that_is_worked_on_is_left_alone(tell: Tell, runs: Path) -> None:
    with SqliteStore.open(runs / "guess-2.db"):
        ran = tell("rm", "guess-1", "guess-2", "-y")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == (
            f"error: runs/guess-2.db is in use by process {os.getpid()} (running, 0:00)\n"
            "do:    speciate stop ends it, then again\n"
        )
        assert (runs / "guess-1.db").exists()


@pytest.mark.parametrize(("answer", "code", "left"), [("y", 0, 1), ("n", 130, 3), ("", 130, 3)])
def test_on_a_terminal_it_asks(runs: Path, answer: str, code: int, left: int) -> None:
    ours, theirs = pty.openpty()
    environ = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    environ.pop("CI", None)
    command = [sys.executable, "-m", "speciate", "rm", "guess-1"]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ) as process:
        os.close(theirs)
        said = b""
        while b"[y/N] " not in said:
            said += os.read(ours, 1000)
        os.write(ours, f"{answer}\n".encode())
        process.wait()
    os.close(ours)
    assert "guess-1   0 evaluations, best –   " in said.decode()
    assert said.decode().endswith("Remove 1 run for good? [y/N] ")
    assert process.returncode == code
    assert len(names(runs)) == left
