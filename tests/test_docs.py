"""The README's examples are run: what it says of one's own problem is typed in and works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from speciate import cli
from speciate.core.problem import Direction
from speciate.problems import load

README = Path(__file__).parent.parent / "README.md"
DOCS = sorted((README.parent / "docs").glob("*.md"))


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The README's own problem, as a reader would write it down."""
    seed, evaluate = blocks("python")
    (toml,) = blocks("toml")
    made = tmp_path / "my_problem"
    made.mkdir()
    for name, text in (("seed.py", seed), ("evaluate.py", evaluate), ("problem.toml", toml)):
        (made / name).write_text(text, encoding="utf-8")
    return made


def test_the_readmes_own_problem_loads_and_improves(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert load(str(folder)).objective.direction is Direction.MINIMIZE
    assert cli.main(["check", str(folder), "-j", "1"]) == 0
    assert cli.main(["run", str(folder), "--evals", "60", "--seed", "1", "--runs", str(folder / "runs"), "-q"]) == 0
    assert cli.main(["best", "--runs", str(folder / "runs")]) == 0
    assert "def f(x: float) -> float:" in capsys.readouterr().out


def test_every_link_leads_somewhere() -> None:
    for page in (README, *DOCS, README.parent / "CONTRIBUTING.md"):
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_readmes_verbs_exist() -> None:
    verbs = set(re.findall(r"speciate (run|resume|show|diff|best|runs|doctor|problems|recipes)\b", README.read_text()))
    assert {"run", "resume", "show", "diff", "best", "doctor"} <= verbs
    for verb in sorted(verbs):
        assert cli.main([verb, "--help"]) == 0
