"""Tables of a comparison for spreadsheets and data frames."""

from __future__ import annotations

import csv
import sys
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from speciate.compare.cells import Cell
from speciate.compare.exported import Format, write
from speciate.compare.report import CellState, Report
from speciate.compare.reporting import report_of
from speciate.core.errors import UsageError

from .made import cells, plan, subject

FORMULA = '=HYPERLINK("http://x.test","a,b")\r\nnext'


@pytest.fixture(scope="module")
def report() -> Report:
    """Seed 1 of `ours` failed with something that a spreadsheet would run."""
    of = plan("ours", "random", seeds=2, problems=(subject(down=True, published=-4.0),))
    made = cells(of, lambda key: 2.0 if key.recipe == "ours" else 1 / 3)
    made[2] = Cell(made[2].key, CellState.FAILED, FORMULA)
    return report_of("made-1", of, [replace(each, seconds=0.1) for each in made], 10)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_has_a_row_a_cell_and_every_digit(report: Report, tmp_path: Path) -> None:
    paths = write(report, tmp_path, Format.CSV)
    assert [each.name for each in paths] == ["cells.csv", "curves.csv"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["cells.csv", "curves.csv"]
    rows = read(paths[0])
    assert [(each["recipe"], each["seed"]) for each in rows] == [
        ("ours", "0"),
        ("random", "0"),
        ("ours", "1"),
        ("random", "1"),
    ]
    first, second, failed, _ = rows
    assert (first["best"], first["initial"], first["normalised"], first["direction"]) == (
        "-2.0",
        "0.0",
        "0.5",
        "minimize",
    )
    assert float(second["best"]) == -1 / 3
    assert (failed["state"], failed["best"], failed["normalised"]) == ("failed", "", "")


def test_what_a_spreadsheet_would_run_is_text(report: Report, tmp_path: Path) -> None:
    rows = read(write(report, tmp_path, Format.CSV)[0])
    assert rows[2]["why"] == f"'{FORMULA}"
    assert rows[0]["best"] == "-2.0"  # a number stays one


def test_curves_are_in_long_form_with_where_they_end(report: Report, tmp_path: Path) -> None:
    rows = read(write(report, tmp_path, Format.CSV)[1])
    assert [(each["axis"], each["spent"], each["best"]) for each in rows[:3]] == [
        ("evals", "1.0", "0.0"),
        ("evals", "10.0", "-2.0"),
        ("evals", "100.0", "-2.0"),
    ]
    assert {(each["recipe"], each["seed"]) for each in rows} == {("ours", "0"), ("random", "0"), ("random", "1")}


@pytest.mark.skipif(find_spec("pyarrow") is None, reason="pyarrow is missing")
def test_parquet_has_the_same(report: Report, tmp_path: Path) -> None:
    parquet = import_module("pyarrow.parquet")
    paths = write(report, tmp_path, Format.PARQUET)
    found = parquet.read_table(paths[0]).to_pylist()
    assert [each["best"] for each in found] == [-2.0, -1 / 3, None, -1 / 3]
    assert (found[2]["why"], found[0]["seed"], found[0]["held_out"]) == (FORMULA, 0, None)
    assert parquet.read_table(paths[1]).num_rows == len(read(write(report, tmp_path, Format.CSV)[1]))


def test_without_pyarrow_one_line_says_what_installs_it(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(UsageError, match="Parquet needs a package") as refused:
        write(report, tmp_path, Format.PARQUET)
    assert refused.value.do == "pip install 'speciate[parquet]', or --tables csv"
    assert list(tmp_path.iterdir()) == []
