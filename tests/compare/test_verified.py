"""Plans and reports that somebody may have made to harm, and reports that are not what their cells give."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from speciate.compare import verified
from speciate.compare.plan import write
from speciate.compare.report import Report
from speciate.compare.reporting import report_of
from speciate.compare.verified import differences, read_plan, read_report, recomputed
from speciate.core.errors import StoreError
from speciate.core.values import JSON

from .made import cells, plan, subject


@pytest.fixture(scope="module")
def report() -> Report:
    of = plan("ours", "random", problems=(subject("hill"), subject("valley", down=True, published=-9.0)))
    return report_of("made-1", of, cells(of, lambda key: 1.0 + key.seed / 7 + (key.recipe == "ours")), 20)


def said(report: Report) -> JSON:
    return {"speciate": 1, "kind": "compare.report", **json.loads(json.dumps(report.as_json()))}


def test_a_report_is_what_its_cells_give_wherever_it_lies_and_however_long_it_took(report: Report) -> None:
    document = said(report)
    document["name"], document["measured"] = "moved", {"seconds": 9.0}
    assert list(differences(document, report)) == []


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (
            lambda of: of["cells"][0].update(best=2.5),
            "cells[hill ours 0].best is 2.5 in report.json, and the cells' files give 2.0",
        ),
        (
            lambda of: of["cells"][1].update(best_id=3),
            "cells[hill random 0].best_id is 3 in report.json, and the cells' files give 2",
        ),
        (
            lambda of: of["tables"][1]["pairs"][0].update(corrected=0.001),
            "tables[valley].pairs[ours random].corrected is 0.001 in report.json, and the cells' files give 0.03125",
        ),
        (lambda of: of["cells"].pop(), "cells has 23 entries in report.json, and the cells' files give 24"),
        (lambda of: of.pop("caveats"), "caveats is not in report.json"),
        (lambda of: of.update(more={}), "more is only in report.json"),
        (lambda of: of.update(reference=1), 'reference is 1 in report.json, and the cells\' files give "random"'),
        (
            lambda of: of["cells"][0].update(best=2.0 + 2**-51),
            "cells[hill ours 0].best is 2.0000000000000004 in report.json, and the cells' files give 2.0",
        ),
        (
            lambda of: of["cells"][0].update(evals=True),
            "cells[hill ours 0].evals is true in report.json, and the cells' files give 100",
        ),
    ],
)
def test_what_is_not_is_named(report: Report, edit: Callable[[Any], Any], told: str) -> None:
    document = said(report)
    edit(document)
    assert list(differences(document, report)) == [told]


def test_only_means_and_quantiles_may_be_rounded_otherwise(report: Report) -> None:
    document = said(report)
    document["aggregate"]["averages"][0]["mean"] += 1e-12
    document["tables"][0]["bands"]["evals"][0]["median"][50] += 1e-12
    assert list(differences(document, report)) == []
    document["aggregate"]["averages"][0]["mean"] += 1e-6
    assert [each.split(" is ")[0] for each in differences(document, report)] == ["aggregate.averages[ours].mean"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(plan("ours", "random", seeds=2), tmp_path / "made-1")
    return tmp_path / "made-1"


def test_a_sound_plan_is_read(folder: Path) -> None:
    assert read_plan(folder).digest == plan("ours", "random", seeds=2).digest
    assert recomputed(folder, read_plan(folder)).states["waiting"] == 4


def first(name: str, /, **values: Any) -> Callable[[Any], None]:
    return lambda of: of[name][0].update(values)


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (first("problems", name="../../etc/passwd"), 'a problem is called "../../etc/passwd"'),
        (first("entrants", name="a/b"), 'a recipe is called "a/b"'),
        (first("entrants", name="random"), "two recipes have one name"),
        (first("entrants", name=["x"]), 'a recipe is called ["x"]'),
        (first("entrants", settings={"hill": 3}), "settings of ours"),
        (first("entrants", unfit={"hill": 3}), "fitness of ours"),
        (first("problems", target="inf"), "target of hill"),
        (first("problems", target=10**400), "too large"),
        (first("problems", asked=[["x"], None]), "place of hill"),
        (lambda of: of["problems"][0]["metric"].update(digits=10**9), "digits of hill"),
        (lambda of: of.update(seeds=[0, 0]), "a seed stands twice"),
        (lambda of: of.update(seeds=["0"]), "seeds"),
        (lambda of: of.update(seeds=list(range(100_000))), "more than 100,000 cells"),
        (lambda of: of.update(budget={"evals": "many"}), "budget"),
        (lambda of: of.update(reference="nobody"), "reference"),
        (lambda of: of.update(command=[1]), "command"),
        (lambda of: of.update(problems=[]), "it has no problem"),
        (lambda of: of.update(entrants=3), "no plan of a comparison"),
        (lambda of: of.update(budget=[1]), "budget"),
    ],
)
def test_a_plan_whose_values_are_of_other_kinds_is_refused(folder: Path, edit: Callable[[Any], Any], what: str) -> None:
    path = folder / "plan.json"
    found = json.loads(path.read_text())
    edit(found)
    path.write_text(json.dumps(found))
    with pytest.raises(StoreError, match="is no plan of a comparison") as refused:
        read_plan(folder)
    assert what in refused.value.what


def test_what_is_said_of_a_plan_does_not_steer_a_terminal(folder: Path) -> None:
    (folder / "plan.json").write_text(json.dumps({"format": "\x1b[2J"}))
    with pytest.raises(StoreError, match="has format") as refused:
        read_plan(folder)
    assert "\x1b" not in refused.value.what


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[" * 100_000, "is no JSON"),
        ("[" * 100 + "]" * 100, "nested deeper"),
        ('{"kind": "compare.report", "x": NaN}', "NaN is no number"),
        ('{"kind": "run"}', "is no report"),
        ("[]", "is no report"),
        ("\xff", "is no JSON"),
        ("1" * 5000, "is no JSON"),
    ],
)
def test_what_is_no_report_is_refused(tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(StoreError, match=what):
        read_report(path)


def test_only_plain_files_of_the_folder_are_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = folder.parent / "outside.db"
    outside.write_bytes(b"secret")
    cell = folder / "hill.ours.0.db"
    cell.symlink_to(outside)
    with pytest.raises(StoreError, match=r"hill.ours.0.db is a link"):
        recomputed(folder, read_plan(folder))
    cell.unlink()
    os.mkfifo(folder / "hill.ours.0.out")  # it would be waited for, for ever
    with pytest.raises(StoreError, match="no plain file"):
        recomputed(folder, read_plan(folder))
    monkeypatch.setattr(verified, "MOST_PLAN", 10)
    with pytest.raises(StoreError, match="10 are the most that is read"):
        read_plan(folder)
