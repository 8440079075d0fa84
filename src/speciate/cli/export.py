"""`speciate export`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, TypeAlias

from cyclopts import Parameter

from speciate.core.errors import UsageError
from speciate.store.words import counted

from .options import OUTPUT, PLAIN, WHERE, Output, RunName, RunsFolder, runs_folder
from .terminal import Terminal, emit

if TYPE_CHECKING:
    from speciate.store.queries import Run

Write: TypeAlias = "Callable[[Run, BinaryIO], Wrote]"


class Form(StrEnum):
    """What a run is written as; the value is its flag, and the ending that stands for it."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    HTML = "html"
    PROGRAM = "program"


TABLES = (Form.CSV, Form.JSONL, Form.PARQUET)
BINARY = (Form.PARQUET, Form.HTML)  # what no terminal is for
ENDINGS = {".csv": Form.CSV, ".jsonl": Form.JSONL, ".parquet": Form.PARQUET, ".html": Form.HTML}


@dataclass(frozen=True, slots=True)
class Wrote:
    """How much: "1,306 candidates". `left_out` are sentences about what is not in it."""

    count: int
    what: str
    left_out: Sequence[str] = ()


def export(
    name: Annotated[str | None, Parameter(name="run", help="which run; default the newest")] = None,
    /,
    *,
    csv: Annotated[bool, Parameter(group=OUTPUT, help="its candidates, for a spreadsheet")] = False,
    jsonl: Annotated[bool, Parameter(group=OUTPUT, help="its candidates, one JSON document a line")] = False,
    parquet: Annotated[bool, Parameter(group=OUTPUT, help="its candidates, for data frames")] = False,
    html: Annotated[bool, Parameter(group=OUTPUT, help="the dashboard of it as one file that opens from disk")] = False,
    program: Annotated[bool, Parameter(group=OUTPUT, help="its best program")] = False,
    events: Annotated[bool, Parameter(group=OUTPUT, help="in the tables: all that happened instead")] = False,
    text: Annotated[bool, Parameter(group=OUTPUT, help="in the tables: each candidate's program too")] = False,
    file: Annotated[Path | None, Parameter(name=["--out", "-o"], group=WHERE, help="a file; default stdout")] = None,
    force: Annotated[bool, Parameter(group=WHERE, help="replace what is there")] = False,
    run: RunName = None,
    runs: RunsFolder = None,
    output: Output = PLAIN,
) -> int:
    """speciate export bin_packing-1 --csv > candidates.csv
      speciate export bin_packing-1 --html -o bin_packing-1.html

    A run for others: its candidates or its events as a table, in your metric's own numbers (events are as the log has
    them: there, higher scores are better), its best program, or its dashboard in one file to send to a colleague."""
    from speciate.store.queries import Run

    from .finding import run_path

    given = dict(zip(Form, (csv, jsonl, parquet, html, program), strict=True))
    form = _form([each for each, on in given.items() if on], file)
    _refuse_senseless(form, events, text)
    out = None if file is None or str(file) == "-" else file
    path = run_path(name or run, runs_folder(runs))
    if out is None and (output.json or (form in BINARY and sys.stdout.isatty())):
        why = "stdout is the export" if output.json else f"--{form} is not for a terminal"
        raise UsageError(why, f"-o {path.stem}.{form}")
    writing = _writing(form, events, text)
    with Run(path) as opened:
        wrote = _written(opened, writing, out, force)
    if output.json:
        size = 0 if out is None else out.stat().st_size
        body = {"run": path.stem, "form": form.value, "file": str(out), "count": wrote.count, "bytes": size}
        emit("export", {**body, "left_out": list(wrote.left_out)})
    elif not output.quiet:
        said = [] if out is None else [f"{out}   {wrote.what} of {path.stem}"]
        Terminal.of(output.color).say(*said, *(f"left out {each}" for each in wrote.left_out), fold=True)
    return 0


def _form(wanted: Sequence[Form], file: Path | None) -> Form:
    """One form, by its flag or the file's ending. Raises UsageError."""
    if len(wanted) > 1:
        raise UsageError(f"{' and '.join(f'--{each}' for each in wanted)}: one of them at a time", f"--{wanted[0]}")
    if wanted:
        return wanted[0]
    ending = "" if file is None else file.suffix.lower()
    if ending not in ENDINGS:
        raise UsageError("what is it to be written as?", f"one of {', '.join(f'--{each}' for each in Form)}")
    return ENDINGS[ending]


def _refuse_senseless(form: Form, events: bool, text: bool) -> None:
    for flag, on in (("--events", events), ("--text", text)):
        if on and form not in TABLES:
            raise UsageError(f"{flag} is about a table, and --{form} is none", f"{flag} --csv")
    if events and text:
        raise UsageError("--text is about candidates, and --events writes none", f"--text --{form}")
    if form is Form.PARQUET:
        from speciate.store.pyarrow import refuse_missing

        refuse_missing("--csv")


def _writing(form: Form, events: bool, text: bool) -> Write:
    match form:
        case Form.HTML:
            return _html
        case Form.PROGRAM:
            return _program
        case Form.JSONL:
            return _events if events else lambda run, file: _candidates(run, file, text)
        case Form.CSV | Form.PARQUET:
            return lambda run, file: _table(form, run, file, events, text)


def _written(run: Run, writing: Write, out: Path | None, force: bool) -> Wrote:
    from .written import refuse_taken, to_file, to_stdout

    if out is not None:
        refuse_taken(out, force, run.path)
    place: AbstractContextManager[BinaryIO] = to_stdout() if out is None else to_file(out)
    with place as file:
        return writing(run, file)


def _table(form: Form, run: Run, file: BinaryIO, events: bool, text: bool) -> Wrote:
    from speciate.store.exporting import candidate_table, event_table

    table = event_table(run) if events else candidate_table(run, text)
    if form is Form.PARQUET:
        from speciate.store.pyarrow import write_parquet as write
    else:
        from speciate.store.tables import write_csv as write
    count = write(table, file)
    return Wrote(count, counted(count, "event" if events else "candidate"))


def _candidates(run: Run, file: BinaryIO, text: bool) -> Wrote:
    """A document a candidate, as a row of the dashboard's table; with `text` its program too."""
    from speciate.store.documents import document
    from speciate.store.exporting import candidates

    def lines() -> Iterable[str]:
        for row in candidates(run):
            body = row.as_json() | ({"text": run.text(row.id)} if text else {})
            yield document("candidate.row", body)

    count = _lines(lines(), file)
    return Wrote(count, counted(count, "candidate"))


def _events(run: Run, file: BinaryIO) -> Wrote:
    """As `speciate log --json` prints them."""
    from speciate.store.documents import document
    from speciate.store.exporting import events

    count = _lines((document("event", each.as_json()) for each in events(run)), file)
    return Wrote(count, counted(count, "event"))


def _lines(lines: Iterable[str], file: BinaryIO) -> int:
    count = 0
    for line in lines:
        file.write(line.encode() + b"\n")
        count += 1
    return count


def _program(run: Run, file: BinaryIO) -> Wrote:
    """The best, to the last byte. Raises UsageError where it has several files."""
    detail = run.candidate(run.resolve("best"))
    if len(detail.files) > 1:
        what = f"candidate {detail.row.id} is a program of {len(detail.files)} files"
        raise UsageError(what, f"speciate best {run.name} --into better")
    text = detail.text if detail.text.endswith("\n") else detail.text + "\n"
    file.write(text.encode("utf-8", "surrogatepass"))
    return Wrote(1, f"candidate {detail.row.id}, {counted(len(text.splitlines()), 'line')},")


def _html(run: Run, file: BinaryIO) -> Wrote:
    from speciate.dashboard.alone import write_page

    page = write_page(run, file)
    return Wrote(page.candidates, f"the dashboard with {counted(page.candidates, 'candidate')}", page.left_out)
