"""A program of several files, from the problem's folder to a folder of one's own and back into the run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from speciate.cli import main
from speciate.store.queries import Run

FILES = {
    "problem.toml": 'statement = "Make the sum large."\nseed = "program"\n',
    "evaluate.py": "def evaluate(candidate):\n    return min(50.0, candidate.call('whole'))\n",
    "program/main.py": "from lib.part import part\nimport other\n\n\ndef whole():\n    return part() + other.bonus()\n",
    "program/other.py": "# EVOLVE-BLOCK-START\ndef bonus():\n    return 2.0\n# EVOLVE-BLOCK-END\n",
    "program/lib/__init__.py": "",
    "program/lib/part.py": "# EVOLVE-BLOCK-START\ndef part():\n    return 0.5 * 3.0 - 1.0\n# EVOLVE-BLOCK-END\n",
}
EVOLVING = ("program/other.py", "program/lib/part.py")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        file = tmp_path / "sum" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_evolves_where_its_markers_are_and_comes_out_whole(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "sum", "--evals", "60", "--ordered", "-j", "2"]) == 0
    assert main(["best"]) == 2
    assert "is a program of 4 files\ndo:    speciate best sum-1 --into better" in capsys.readouterr().err
    assert main(["best", "--into", "better"]) == 0
    assert capsys.readouterr().err.endswith("lines of 4 files in better\n")
    written = {f"program/{each.relative_to('better')}": each.read_text() for each in Path("better").rglob("*.py")}
    changed = {name for name, text in written.items() if text != FILES[name]}
    assert written.keys() == {name for name in FILES if name.startswith("program/")}
    assert changed
    assert changed <= set(EVOLVING)
    assert main(["best", "--into", "better"]) == 2
    assert "it is not empty" in capsys.readouterr().err
    assert main(["show", "best"]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("-- ")] == [
        "-- main.py", "-- other.py", "-- lib/__init__.py", "-- lib/part.py",
    ]  # fmt: skip

    part = Path("better/lib/part.py")
    part.write_text(FILES["program/lib/part.py"].replace("0.5", "9.5"))
    assert main(["submit", "better"]) == 0
    assert main(["submit", str(part)]) == 2
    assert "is one file, and the program has 4" in capsys.readouterr().err
    Path("better/main.py").write_text("def whole():\n    return 50.0\n")
    assert main(["submit", "better"]) == 2
    assert "better/main.py line 1 differs from the seed outside the EVOLVE-BLOCK" in capsys.readouterr().err
    Path("better/more.py").write_text("")
    assert main(["submit", "better"]) == 2
    assert "better has more.py, which the program has not" in capsys.readouterr().err
    assert main(["resume", "--evals", "80", "-j", "2", "-q"]) == 0
    with Run(Path("runs/sum-1.db")) as run:
        mine = [row.score for row in run.candidates(limit=200).rows if row.operator == "submit"]
    bonus = part.parents[1].joinpath("other.py").read_text()
    scope: dict[str, object] = {}
    exec(bonus, scope)
    assert mine == [pytest.approx(min(50.0, 9.5 * 3.0 - 1.0 + scope["bonus"]()))]  # type: ignore[operator]
    capsys.readouterr()
    assert main(["show", "best", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"].keys() == {
        "main.py", "other.py", "lib/__init__.py", "lib/part.py",
    }  # fmt: skip


def test_a_program_called_by_its_folders_name_comes_back_from_another_folder(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("sum/program/main.py").rename("sum/program/program.py")
    assert main(["run", "sum", "--evals", "12", "--ordered", "-j", "2"]) == 0
    assert "· speciate best --into better\n" in capsys.readouterr().out
    assert main(["best", "--into", "better"]) == 0
    assert main(["submit", "better"]) == 0
