"""`speciate export`: what is written is what the run has, whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from speciate.cli import main
from speciate.core.events import Turn
from speciate.core.values import Candidate, Evaluation, Genome, Plan, Request, Status
from speciate.store import exporting
from speciate.store.queries import Run
from speciate.store.sqlite import SqliteStore
from speciate.testing.history import history
from speciate.testing.store import append_all

from .conftest import Ran

COUNT = 60
FORMULA = '=HYPERLINK("http://x.test","a")\r\nnext\u202e \x1b[2J \ud800'
REASON = FORMULA.removesuffix(" \ud800")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a made-up run, and one whose candidate says what a spreadsheet would run and UTF-8 cannot hold."""
    made = tmp_path_factory.mktemp("runs")
    with SqliteStore.create(made / "made-1.db") as store:
        append_all(store, history(COUNT))
    with SqliteStore.create(made / "bad-1.db") as store:
        append_all(store, _bad())
    return made


def _bad() -> Iterator[Turn]:
    from speciate.core.events import Evaluated, Proposed, TicketClosed, TicketStarted
    from speciate.testing.history import OPENED

    genome = Genome("text", {"a.py": FORMULA, "b.py": "2"})
    one = Candidate(0, genome.digest, genome)
    two = replace(one, id=1, parents=(0,), operator="=cmd")
    opened = replace(OPENED, problem={**OPENED.problem, "objectives": OPENED.problem["objectives"] * 1})
    yield Turn(1, 0.0, (opened, TicketStarted(0, Plan("seed")), Proposed(0, one, Request())))
    evaluation = Evaluation(Status.OK, {"excess": -1.0, "size": 2.0}, measures={"=1+1": 0.5})
    yield Turn(4, 0.0, (Evaluated(0, 0, Request(), evaluation), TicketClosed(0)))
    yield Turn(6, 0.5, (TicketStarted(1, Plan(parents=(0,))), Proposed(1, two, Request(), rejected=REASON)))


@pytest.fixture
def export(folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Callable[..., Ran]:
    def call(*tokens: str) -> Ran:
        capsysbinary.readouterr()
        code = main(["export", *tokens, "--runs", str(folder)])
        out, err = capsysbinary.readouterr()
        return Ran(code, out.decode(), err.decode())

    return call


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_csv_has_every_candidate_in_the_users_numbers(export: Callable[..., Ran], folder: Path) -> None:
    rows = rows_of(export("made-1", "--csv").out)
    with Run(folder / "made-1.db") as run:
        stored = list(exporting.candidates(run))
    assert len(rows) == len(stored) == COUNT
    for row, known in zip(rows, stored, strict=True):
        assert (int(row["id"]), row["status"], row["operator"]) == (known.id, known.status, known.operator)
        assert row["score"] == ("" if known.score is None else str(known.score))
        assert row["parents"] == " ".join(map(str, known.parents))
        assert row["measure.size"] == (str(known.measures["size"]) if known.measures else "")
    assert min(float(row["score"]) for row in rows if row["score"]) > 0  # lower is better, and none is negative
    assert {row["reason"] for row in rows if row["status"] == "rejected"} == {
        f"duplicate of {id}" for id in range(2, 30, 5)
    }


def test_what_a_spreadsheet_would_run_gets_an_apostrophe(export: Callable[..., Ran]) -> None:
    first, second = rows_of(export("bad-1", "--csv", "--text").out)
    assert second["operator"] == "'=cmd"
    assert second["reason"] == "'" + REASON
    assert first["text"].startswith("'=HYPERLINK(")
    assert (first["score.excess"], first["score.size"], first["measure.=1+1"]) == ("1.0", "2.0", "0.5")


def test_json_lines_are_documents(export: Callable[..., Ran], folder: Path) -> None:
    lines = [json.loads(line) for line in export("made-1", "--jsonl", "--text").out.splitlines()]
    with Run(folder / "made-1.db") as run:
        assert [line["id"] for line in lines] == [row.id for row in exporting.candidates(run)]
        assert lines[17]["text"] == run.text(17)
        detail = run.candidate(17).as_json()
    assert lines[17] == {"speciate": 1, "kind": "candidate.row", **detail["row"], "text": detail["text"]}
    bad = export("bad-1", "--jsonl").out.splitlines()
    assert json.loads(bad[1])["reason"] == REASON
    assert "\x1b" not in bad[1]


def test_events_are_what_log_prints(
    export: Callable[..., Ran], folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    found = export("made-1", "--jsonl", "--events").out
    assert main(["log", "made-1", "--json", "--runs", str(folder)]) == 0
    assert found == capsysbinary.readouterr().out.decode()
    rows = rows_of(export("made-1", "--csv", "--events").out)
    assert [json.loads(row["body"]) for row in rows] == [json.loads(line)["body"] for line in found.splitlines()]
    assert [int(row["seq"]) for row in rows] == [*range(1, len(rows) + 1)]
    assert next(row["candidate"] for row in rows if row["kind"] == "placed") == "0"


@pytest.mark.skipif(find_spec("pyarrow") is None, reason="pyarrow is missing")
@pytest.mark.parametrize("more", [(), ("--text",), ("--events",)])
def test_parquet_has_what_csv_has(export: Callable[..., Ran], tmp_path: Path, more: tuple[str, ...]) -> None:
    file = tmp_path / "found.parquet"
    for name in ("made-1", "bad-1"):
        assert export(name, "-o", str(file), "--force", *more).code == 0
        table = import_module("pyarrow.parquet").read_table(str(file)).to_pylist()
        rows = rows_of(export(name, "--csv", *more).out)
        told = [{k: "" if v is None else str(v) for k, v in row.items()} for row in table]
        assert told == [{k.removeprefix("'"): v.removeprefix("'") for k, v in row.items()} for row in rows]


@pytest.mark.skipif(find_spec("pyarrow") is None, reason="pyarrow is missing")
def test_parquet_in_groups_is_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from speciate.store import pyarrow

    with Run(folder / "made-1.db") as run:
        table = exporting.candidate_table(run)
        whole, parts = io.BytesIO(), io.BytesIO()
        assert pyarrow.write_parquet(table, whole) == COUNT
        monkeypatch.setattr(pyarrow, "GROUP", 7)
        pyarrow.write_parquet(table, parts)
    parquet = import_module("pyarrow.parquet")
    assert parquet.ParquetFile(parts).num_row_groups == -(-COUNT // 7)
    assert parquet.read_table(parts) == parquet.read_table(whole)


def test_without_pyarrow_one_line_says_what_installs_it(
    export: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    ran = export("made-1", "--parquet")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[1] == "do:    pip install 'speciate[parquet]', or --csv"


def test_the_best_program_to_the_last_byte(export: Callable[..., Ran], folder: Path, tmp_path: Path) -> None:
    with Run(folder / "made-1.db") as run:
        text = run.text(run.resolve("best"))
    assert export("made-1", "--program").out == text
    assert export("made-1", "--program", "-o", str(tmp_path / "better.py")).code == 0
    assert (tmp_path / "better.py").read_text() == text
    nothing = export("bad-1", "--program")
    assert nothing.err.startswith("error: bad-1 has no best yet")


def test_a_file_is_not_replaced_unless_asked(export: Callable[..., Ran], tmp_path: Path) -> None:
    file = tmp_path / "found.csv"
    file.write_text("mine")
    ran = export("made-1", "-o", str(file))
    assert (ran.code, ran.err) == (
        2,
        f"error: -o {file}: it is there already\ndo:    --force replaces it, or name another file\n",
    )
    assert file.read_text() == "mine"
    link = tmp_path / "link.csv"
    link.symlink_to(file)
    assert export("made-1", "-o", str(link), "--force").err == f"{link}   {COUNT} candidates of made-1\n"
    assert link.is_symlink()
    assert len(rows_of(file.read_text())) == COUNT
    told = json.loads(export("made-1", "-o", str(file), "--force", "--json").out)
    assert (told["count"], told["bytes"]) == (COUNT, file.stat().st_size)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["found.csv", "link.csv"]


def test_what_fails_on_the_way_leaves_what_was_there(
    export: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "found.jsonl"
    file.write_text("mine")
    monkeypatch.setattr(Run, "text", _full)
    ran = export("made-1", "-o", str(file), "--text", "--force")
    assert ran.err == f"error: {file} cannot be written: No space left on device\ndo:    free some space, then again\n"
    assert (file.read_text(), [*tmp_path.iterdir()]) == ("mine", [file])


def _full(run: Run, id: int) -> str:
    raise OSError(28, os.strerror(28))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("form", ["csv", "jsonl", "program", "parquet"])
def test_a_full_disk_is_told(folder: Path, form: str) -> None:
    command = [sys.executable, "-m", "speciate", "export", "made-1", f"--{form}", "--runs", str(folder)]
    with open("/dev/full", "wb") as full:
        ran = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[-2] == "error: nothing more can be written: No space left on device"


@pytest.mark.parametrize("tokens", [("--csv", "--events"), ("--jsonl", "--events"), ("--parquet", "--text")])
def test_nobody_reads_on(folder: Path, tokens: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "speciate", "export", "made-1", *tokens, "--runs", str(folder)]
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_pipe_is_written_to_and_stays_one(export: Callable[..., Ran], tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    assert export("made-1", "-o", str(pipe)).code == 0
    reader.join(10)
    assert len(rows_of(read[0])) == COUNT
    assert pipe.is_fifo()


@pytest.mark.parametrize(
    ("tokens", "what", "do"),
    [
        ((), "what is it to be written as?", "one of --csv, --jsonl, --parquet, --html, --program"),
        (("--csv", "--html"), "--csv and --html: one of them at a time", "--csv"),
        (("--program", "--events"), "--events is about a table, and --program is none", "--events --csv"),
        (("--csv", "--events", "--text"), "--text is about candidates, and --events writes none", "--text --csv"),
        (("--csv", "--json"), "stdout is the export", "-o made-1.csv"),
        (("--csv", "-o", "."), "-o .: it is a folder", "-o made-1.csv"),
        (("-o", "nowhere/x.csv"), "-o nowhere/x.csv: there is no folder nowhere", "mkdir -p nowhere"),
        (("-o", "found.txt"), "what is it to be written as?", "one of --csv, --jsonl, --parquet, --html, --program"),
    ],
)
def test_what_makes_no_sense(export: Callable[..., Ran], tokens: tuple[str, ...], what: str, do: str) -> None:
    ran = export("made-1", *tokens)
    assert (ran.code, ran.err) == (2, f"error: {what}\ndo:    {do}\n")


def test_the_run_itself_is_never_overwritten(export: Callable[..., Ran], folder: Path) -> None:
    before = (folder / "made-1.db").read_bytes()
    ran = export("made-1", "--csv", "-o", str(folder / "made-1.db"), "--force")
    assert ran.err.startswith(f"error: -o {folder / 'made-1.db'}: it is the run itself")
    assert (folder / "made-1.db").read_bytes() == before


def test_no_terminal_is_steered(export: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    shown = export("bad-1", "--csv").out
    assert "\x1b" not in shown
    assert "\r" not in shown
    assert "\N{REPLACEMENT CHARACTER}[2J" in shown
    assert export("made-1", "--parquet").err.startswith("error: --parquet is not for a terminal")


def test_what_comes_meanwhile_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the engine that writes it is not held up: no state of the file is kept between two pages."""
    monkeypatch.setattr(exporting, "PAGE", 4)
    turns = list(history(40, stop=False))
    with SqliteStore.create(tmp_path / "live-1.db") as store:
        append_all(store, turns[:30])
        with Run(tmp_path / "live-1.db") as run:
            there = run.summary().candidates
            found, log = exporting.candidates(run), exporting.events(run)
            ids, seqs = [next(found).id], [next(log).seq]
            append_all(store, turns[30:])
            ids += [row.id for row in found]
            seqs += [entry.seq for entry in log]
            assert run.summary().candidates > there
    assert ids == [*range(there)]
    assert seqs == [*range(1, turns[29].last + 1)]
