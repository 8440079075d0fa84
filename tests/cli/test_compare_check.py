"""compare --check, and what a comparison leaves beside its report: one comparison, and copies of it that are harmed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from speciate.cli.again import Scored, _told
from speciate.core.values import Evaluation, Status

from .conftest import EVALUATE, PROBLEM, Speciate, calling, write

CERTIFIED = """

def report(path):
    return f"<{open(path).read().count('answer')}>  exactly"
"""
# What lies in a folder called published is data that no evaluator reads, so it is no part of the problem's digest.
MOVED = EVALUATE.replace(
    "def evaluate(candidate):",
    "from pathlib import Path\n\nOFFSET = Path(__file__).parent / 'published' / 'offset'\n\n\ndef evaluate(candidate):",
).replace('{"distance": sum(cases) / 2', '{"distance": sum(cases) / 2 + float(OFFSET.read_text())')
LINE = ("compare", "guess", "--recipes", "random", "--seeds", "2", "--evals", "6", "-q", "--tables", "csv")
HELD = (
    "guess-1: 2 of 2 best candidates score again as recorded, digit by digit",
    "exactly  guess, random: <1>  exactly",
    "held     the report is what its cells' files give",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    write(folder / "guess", PROBLEM, evaluate=MOVED + CERTIFIED)
    (folder / "guess/published").mkdir()
    (folder / "guess/published/offset").write_text("0")
    done = subprocess.run(
        [sys.executable, "-m", "speciate", *LINE], cwd=folder, capture_output=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "comparisons/guess-1/report.html shows it all" in done.stdout.decode()
    return folder


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    """The comparison elsewhere, for a test to harm."""
    return Path(shutil.copytree(made / "comparisons/guess-1", tmp_path / "guess-1"))


@pytest.fixture
def ran(made: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: Any) -> Speciate:
    monkeypatch.chdir(made)
    return calling(capsysbinary)


def test_a_comparison_leaves_its_page_and_the_tables_that_were_asked_for(made: Path) -> None:
    names = {
        each.name for each in (made / "comparisons/guess-1").iterdir() if each.suffix in (".html", ".json", ".csv")
    }
    assert names == {"report.html", "report.json", "plan.json", "cells.csv", "curves.csv", ".cells.json"}
    assert "guess-1: 1 recipe on 1 problem" in (made / "comparisons/guess-1/report.html").read_text()


def test_a_report_holds_by_its_name_its_folder_and_its_file(ran: Speciate, copy: Path) -> None:
    found = ran("compare", "--check", "guess-1")
    assert (found.code, tuple(found.out.splitlines())) == (0, HELD)
    assert [line.split(", by ")[0] for line in found.err.splitlines()] == [
        "report.json: against the files of 2 cells: the same",
        "guess: 2 candidates again",
    ]
    again = ran("compare", str(copy / "report.json"), "--check", "--json", "-q")  # somewhere else
    assert (again.code, again.err, again.document["ok"], again.document["differences"]) == (0, "", True, [])
    assert [(each["seed"], each["holds"]) for each in again.document["candidates"]] == [(0, True), (1, True)]
    assert again.document["certificates"] == [{"problem": "guess", "recipe": "random", "said": "<1>  exactly"}]


def test_an_edited_score_is_named(ran: Speciate, copy: Path) -> None:
    path = copy / "report.json"
    document = json.loads(path.read_text())
    document["cells"][1]["best"] = 0.001
    path.write_text(json.dumps(document))
    (copy / ".cells.json").write_text("[]")  # what was kept is never believed
    found = ran("compare", "--check", str(copy))
    assert found.code == 3
    (line,) = [line for line in found.out.splitlines() if line.startswith("differs")]
    assert line.startswith("differs  cells[guess random 1].best is 0.001 in report.json, and the cells' files give ")


def test_a_score_that_the_verifier_does_not_give_again_is_named(ran: Speciate, made: Path) -> None:
    offset = made / "guess/published/offset"
    offset.write_text("0.25")
    try:
        found = ran("compare", "--check", "guess-1", "--json")
    finally:
        offset.write_text("0")
    assert found.code == 3
    assert [each.split(", ")[2] for each in found.document["differences"]] == ["seed 0", "seed 1"]
    assert all(each.endswith("off by 0.25") for each in found.document["differences"])


@pytest.mark.parametrize("change", ["gone", "changed", "inside"])
def test_another_verifier_than_was_planned_is_not_asked(
    ran: Speciate, copy: Path, tmp_path: Path, change: str, made: Path
) -> None:
    place = copy / "guess" if change == "inside" else tmp_path / "guess"
    if change != "gone":
        shutil.copytree(made / "guess", place)
    if change == "changed":
        (place / "evaluate.py").write_text(EVALUATE.replace("3.0", "4.0"))
    plan = json.loads((copy / "plan.json").read_text())
    plan["problems"][0]["asked"] = [str(place), None]
    (copy / "plan.json").write_text(json.dumps(plan))
    found = ran("compare", "--check", str(copy))
    said = {
        "gone": "no problem named",
        "changed": "it was changed since, or is another here",
        "inside": f"its evaluator lies in {copy}: what comes with a report cannot vouch for it",
    }
    assert found.code == 3
    assert f"differs  guess, not evaluated again: {said[change]}" in found.out


def test_what_is_no_comparison_is_refused(ran: Speciate, copy: Path) -> None:
    assert ran("compare", "--check").err.startswith("error: --check wants one report")
    assert ran("compare", "--check", "nothing").err.startswith("error: there is no report nothing")
    (copy / "guess.random.0.db").write_bytes(b"\0" * 5000)
    found = ran("compare", "--check", str(copy), "-q")
    assert found.code == 3
    assert "differs  states.finished is 2 in report.json, and the cells' files give 1" in found.out
    (copy / "plan.json").write_text("[" * 100_000)
    found = ran("compare", "--check", str(copy))
    assert (found.code, "is no JSON" in found.err, "Traceback" in found.err) == (2, True, False)


def scored(*scores: float | None) -> list[Evaluation]:
    return [
        Evaluation(Status.TIMEOUT, feedback="too slow") if each is None else Evaluation(Status.OK, {"distance": -each})
        for each in scores
    ]


@pytest.mark.parametrize(
    ("recorded", "again", "holds", "noisy", "said"),
    [
        (2.0, [2.5, 2.5], False, False, "2.0 on record, and now 2.5, off by 0.5"),
        (2.0, [None, None], False, False, "2.0 on record, and now timeout: too slow"),
        (2.0, [2.1, 2.3], True, True, "2.0 on record; evaluated 2 times it scored 2.1 to 2.3"),
        (1.0, [2.1, 2.3], False, True, "1.0 on record; evaluated 2 times it scored 2.1 to 2.3"),
        (2.0, [None, 2.0], True, True, "2.0 on record; evaluated 2 times it scored 2.0 to 2.0, 1 failed"),
    ],
)
def test_a_noisy_score_is_told_and_holds_unless_it_flatters(
    recorded: float, again: list[float | None], holds: bool, noisy: bool, said: str
) -> None:
    """Lower is better."""
    found = _told(Scored("p", "r", 0, 1, -recorded, recorded, True), "", recorded, scored(*again), -1)
    assert (found.holds, found.noisy, found.said) == (holds, noisy, said)
