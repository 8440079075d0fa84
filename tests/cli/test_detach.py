"""`--detach`: an engine that outlives the terminal, and mistakes that are still seen in it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from speciate.cli import main

from .conftest import EVALUATE, PROBLEM, SEED

pytestmark = pytest.mark.skipif("os.name != 'posix'", reason="needs a pipe that a child inherits")


@pytest.fixture
def guess(tmp_path: Path) -> Path:
    folder = tmp_path / "guess"
    folder.mkdir()
    for name, text in (("problem.toml", PROBLEM), ("seed.py", SEED), ("evaluate.py", EVALUATE)):
        (folder / name).write_text(text)
    return folder


def test_a_detached_run_is_watched_resumed_and_removed(guess: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = str(guess.parent / "runs")
    assert main(["run", str(guess), "--evals", "5", "-j", "1", "--runs", runs, "--detach"]) == 0
    told = capsys.readouterr().out
    assert re.fullmatch(
        r"guess-1 runs in the background as process \d+ · speciate watch guess-1 · speciate stop guess-1\n", told
    )
    assert main(["watch", "guess-1", "--runs", runs, "-q"]) == 0
    assert "5 evaluations" in capsys.readouterr().out
    assert main(["resume", "guess-1", "--evals", "+3", "--runs", runs, "--detach", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["run"] == "guess-1"
    for _ in range(500):  # until its first event is recorded, the run is still the finished one
        assert main(["watch", "guess-1", "--runs", runs, "-q"]) == 0
        if "8 evaluations" in capsys.readouterr().out:
            return
    pytest.fail("the detached engine never got to 8 evaluations")


def test_a_mistake_is_seen_where_it_was_typed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "gess", "--runs", str(tmp_path), "--detach"]) == 2
    assert capsys.readouterr().err.startswith("error: no problem named `gess`")
    assert list(tmp_path.iterdir()) == []
