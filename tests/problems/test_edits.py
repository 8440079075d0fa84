"""A problem that is edited while its run goes on is noticed once, cheaply, and only where scores depend on it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from speciate.problems import edits, folder, load
from speciate.problems.edits import Edits

from .test_folder import write


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(edits, "EVERY", 0.0)
    made = write(tmp_path / "p")
    (made / "data").mkdir()
    (made / "data" / "cases.txt").write_text("1 2 3")
    return made


def watching(made: Path) -> Edits:
    found = Edits(load(made), lambda: load(made))
    assert found.look() == ""
    return found


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("evaluate.py", "def evaluate(candidate):\n    return 2.0\n", "evaluate.py changed since this run began"),
        ("evaluate.py", "def evaluate(", "evaluate.py changed since this run began"),
        ("problem.toml", "[limits]\nseconds = 7", "problem.toml changed since this run began (limits.seconds 2 → 7)"),
        ("data/cases.txt", "1 2 34", "data/cases.txt changed since this run began"),
        ("more.txt", "new", "more.txt changed since this run began"),
    ],
)
def test_what_scores_depend_on_is_told_once(made: Path, name: str, text: str, what: str) -> None:
    looking = watching(made)
    (made / name).write_text(text)
    assert looking.look() == what
    (made / name).write_text(text + "\n")
    assert looking.look() == ""


def test_a_file_that_is_gone(made: Path) -> None:
    looking = watching(made)
    (made / "evaluate.py").unlink()
    assert looking.look() == "evaluate.py changed since this run began"


@pytest.mark.parametrize("name", ["seed.py", "README.md", ".evaluate.py.swp"])
def test_what_no_score_depends_on_is_no_matter(made: Path, name: str) -> None:
    looking = watching(made)
    (made / name).write_text("# EVOLVE-BLOCK-START\n")
    assert looking.look() == ""
    os.utime(made / "evaluate.py", (1, 1))  # touched, with what it had
    assert looking.look() == ""
    (made / "data" / "cases.txt").write_text("9")
    assert looking.look() == "data/cases.txt changed since this run began"


def test_what_is_half_written_is_looked_at_again(made: Path) -> None:
    looking = watching(made)
    for half in ("[limits", "[limits]\nseconds = ", ""):
        (made / "problem.toml").write_text(half)
        assert looking.look() == ""
    (made / "problem.toml").write_text("[limits]\nseconds = 3")
    assert looking.look().endswith("(limits.seconds 2 → 3)")


def test_a_pair_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edits, "EVERY", 0.0)
    made = write(tmp_path / "p")
    for old, new in (("seed.py", "mine.py"), ("evaluate.py", "score.py")):
        (made / old).rename(made / new)
    (made / "problem.toml").unlink()

    looking = Edits(load(made / "mine.py", made / "score.py"), lambda: load(made / "mine.py", made / "score.py"))
    (made / "other.py").write_text("not of it")
    assert looking.look() == ""
    (made / "score.py").write_text("def evaluate(candidate):\n    return 2.0\n")
    assert looking.look() == "score.py changed since this run began"


def test_of_a_crowd_the_first_are_watched(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "RECORDED", 3)
    for number in range(4):
        (made / f"{number}.txt").write_text("1")
    looking = watching(made)
    (made / "1.txt").write_text("12")
    assert looking.look() == "one of 6 files changed since this run began"


def test_between_two_looks_nothing_is_read(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edits, "EVERY", 60.0)
    looking = Edits(load(made), lambda: load(made))
    (made / "evaluate.py").write_text("def evaluate(candidate):\n    return 2.0\n")
    assert looking.look() == ""
