"""`speciate best`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from speciate.core.errors import UsageError
from speciate.store.words import counted, number, safe, score, span

from .options import PLAIN, WHERE, Output, RunName, RunsFolder, runs_folder
from .terminal import Terminal, emit

if TYPE_CHECKING:
    from speciate.core.problem import Problem
    from speciate.core.values import Candidate, Evaluation
    from speciate.runners.local import LocalRunner
    from speciate.store.views import Detail


def best(
    name: Annotated[str | None, Parameter(name="run", help="which run; default the newest")] = None,
    /,
    *,
    into: Annotated[Path | None, Parameter(group=WHERE, help="write its files into this new folder instead")] = None,
    on: Annotated[Path | None, Parameter(group=WHERE, help="score it on your data instead")] = None,
    run: RunName = None,
    runs: RunsFolder = None,
    output: Output = PLAIN,
) -> int:
    """speciate best > better.py
      speciate best bin_packing-1 --on binpack3.txt

    The best program on stdout, and nothing else; one of several files goes --into a folder. With --on FILE: its score,
    and the seed's, on data of yours, which the problem's own load(path) reads."""
    from speciate.session import opening, source_of
    from speciate.store.queries import Run

    from .finding import run_path

    terminal = Terminal.of(output.color)
    path = run_path(name or run, runs_folder(runs))
    with Run(path) as opened:
        detail = opened.candidate(opened.resolve("best"))
        if on is not None:
            seed = opened.candidate(opened.resolve("seed"))
            problem = source_of(opening(opened))
    if on is not None:
        return _score_on(detail, seed, problem.load(), on, output, terminal)
    row = detail.row
    if output.json:
        emit(
            "best",
            {"run": detail.run, "id": row.id, "score": row.score, "files": dict(detail.files), "text": detail.text},
        )
        return 0
    if into is not None:
        _write(detail, into)
    else:
        _print(detail)
    if not output.quiet:
        lines = sum(len(text.splitlines()) for text in detail.files.values())
        where = f" of {counted(len(detail.files), 'file')} in {into}" if into is not None else ""
        terminal.say(f"{row.id}  {score(detail.metric, row.score)}  {counted(lines, 'line')}{where}")
    return 0


def _print(detail: Detail) -> None:
    if len(detail.files) > 1:
        what = f"candidate {detail.row.id} is a program of {len(detail.files)} files"
        raise UsageError(what, f"speciate best {detail.run} --into better")
    text = detail.text if detail.text.endswith("\n") else detail.text + "\n"
    sys.stdout.flush()
    text = safe(text) if sys.stdout.isatty() else text  # a file gets it to the last byte, a terminal is not steered
    sys.stdout.buffer.write(text.encode())  # UTF-8 whatever the terminal: it is a program
    sys.stdout.flush()


def _write(detail: Detail, folder: Path) -> None:
    """Raises UsageError where anything lies there, and for a name that leads out of the folder."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"--into {folder}: it is not empty", "name a folder that does not exist")
    for name, text in detail.files.items():
        file = (folder / name).resolve()
        if not file.is_relative_to(folder.resolve()):
            raise UsageError(f"a file named {name!r} leads out of {folder}", f"speciate show {detail.row.id} --json")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{file} cannot be written: {error.strerror}", "name another folder") from None


def _score_on(best: Detail, seed: Detail, problem: Problem, file: Path, output: Output, terminal: Terminal) -> int:
    """Both through the sandbox, as any candidate."""
    import anyio

    from speciate.runners.local import LocalRunner

    if not file.exists():
        raise UsageError(f"--on {file}: there is no such file", "give data that the problem's load(path) reads")

    async def both(runner: LocalRunner) -> list[Evaluation]:
        return [await runner.evaluate_file(_candidate(each), file) for each in (best, seed)]

    with LocalRunner(problem, 1) as runner:
        ours, seeds = anyio.run(both, runner)
    metric = best.metric
    user, base = (metric.user(each.fitness) for each in (ours, seeds))
    if output.json:
        cases = [metric.user(each) for each in ours.cases]
        emit(
            "best.on",
            {
                "run": best.run, "id": best.row.id, "file": str(file), "status": ours.status.value, "score": user,
                "cases": cases, "feedback": ours.feedback, "seed": {"id": seed.row.id, "score": base},
            },
        )  # fmt: skip
        return 0
    if not ours.ok:
        terminal.answer(f"{best.row.id}  {ours.status.value} on {file.name}: {safe(ours.feedback)}")
        return 0
    seconds = (
        f"{counted(len(ours.cases), 'case')}, {span(ours.cost.seconds)}" if ours.cases else span(ours.cost.seconds)
    )
    terminal.answer(
        f"{best.row.id}  {score(metric, user)} on {file.name}     seed {score(metric, base)}     "
        f"in the run {score(metric, best.row.score)}     {seconds}"
    )
    if ours.cases:
        terminal.answer("cases  " + " ".join(number(metric, metric.user(each)) for each in ours.cases))
    return 0


def _candidate(detail: Detail) -> Candidate:
    from speciate.core.values import Candidate, Genome

    genome = Genome("text", files=detail.files)
    return Candidate(detail.row.id, genome.digest, genome)
