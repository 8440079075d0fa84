"""`speciate submit`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter

from speciate.core.errors import ProblemError, UsageError
from speciate.core.values import JSON
from speciate.core.verbs import Verb
from speciate.store.commands import Asked, Fate
from speciate.store.queries import Run
from speciate.store.views import Detail, Row, Summary
from speciate.store.words import better, safe, score

from .asking import answer, ask, chosen, settled
from .options import PLAIN, Output, RunName, RunsFolder
from .submission import arguments
from .terminal import Terminal

HOW = Group("How", sort_key=1)
SCORED = 30.0  # seconds that are waited for the score


def submit(
    file: Annotated[str, Parameter(help="the program; or the run, and then the program")],
    more: Annotated[str | None, Parameter(show=False)] = None,
    /,
    *,
    parent: Annotated[str | None, Parameter(group=HOW, help="what it was made from; default nothing")] = None,
    wait: Annotated[float, Parameter(group=HOW, help="seconds to wait for its score")] = SCORED,
    run: RunName = None,
    runs: RunsFolder = None,
    output: Output = PLAIN,
) -> int:
    """speciate submit better.py
      speciate submit bin_packing-1 better.py --parent 412

    A program of your own joins the run: checked for duplicates, scored in the sandbox, placed and learnt from like any
    other, for one evaluation. speciate best > better.py gives one to begin with; of several files it is a folder, as
    speciate best --into better writes it."""
    name, typed = (None, file) if more is None else (file, more)
    path, before = chosen(name, run, runs)
    args = _args(path, typed, parent)
    asked = ask(path, Verb.SUBMIT, args)
    row = settled(path, asked, wait)
    terminal = Terminal.of(output.color)
    extra = {"row": None if row is None else row.as_json()}
    code = answer(asked, before, output, terminal, f"candidate {asked.candidate} submitted", extra=extra)
    if asked.state is Fate.DONE and not output.json:
        terminal.answer(_outcome(asked, row, before), fold=True)
    return code


def _args(path: Path, typed: str, parent: str | None) -> dict[str, JSON]:
    """The program, and the digest by which duplicates of it are told. Raises UsageError where it cannot be read, or
    changes what may not change."""
    with Run(path) as run:
        base = run.candidate(run.resolve(parent or "seed"))
    files = _files(Path(typed).expanduser(), base, parent is not None)
    better = f"> {Path(typed).name}" if len(base.files) == 1 else "--into better"
    return arguments(base, files, typed, f": speciate best {path.stem} {better}", parent is not None)


def _files(typed: Path, base: Detail, named: bool) -> dict[str, str]:
    """What is submitted, by the names of the parent's files; `named`: by the user. Raises UsageError."""
    if len(base.files) == 1 and not typed.is_dir():
        return {next(iter(base.files)): _text(typed)}
    if not typed.is_dir():
        what = f"{typed} is one file, and the program has {len(base.files)}"
        raise UsageError(what, f"speciate best {base.run} --into better, change it, then speciate submit better")
    from speciate.problems.seeds import files_of

    try:
        files = files_of(typed)
    except ProblemError as error:
        raise UsageError(error.what, error.do) from None
    if strange := files.keys() - base.files.keys():
        what = f"{typed} has {min(strange)}, which the program has not"
        has = f"it has: {', '.join(sorted(base.files)[:5])}"
        raise UsageError(what, has if named else f"{has}; --parent ID where it was made from another than the seed")
    return {**base.files, **files}


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not text in UTF-8", "submit a program's source") from None
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}", "speciate submit better.py") from None


def _outcome(asked: Asked, row: Row | None, before: Summary) -> str:
    """What came of it."""
    said = f"candidate {asked.candidate}"
    if row is None or row.status == "waiting":
        return f"{said} is being evaluated · speciate show {asked.candidate}"
    if row.status == "rejected":
        return f"{said} was rejected: {safe(row.reason or '')}"
    if row.status != "ok":
        return f"{said} scored nothing: {row.status} · speciate show {asked.candidate}"
    metric = before.metric
    best = f", the best was {score(metric, before.best.score)}" if before.best else ""
    return f"{said} scored {score(metric, row.score)} ({better(metric)}{best})"
