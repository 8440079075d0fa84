"""`speciate rm`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from speciate.core.errors import StoreError, StoreInUse, UsageError
from speciate.store.words import counted, score, size

from .options import OUTPUT, PLAIN, Output, RunsFolder, runs_folder
from .terminal import Terminal, emit

if TYPE_CHECKING:
    from speciate.store.removing import Removed

KEPT = 130  # the answer was no


def rm(
    *names: Annotated[str, Parameter(name="run", help="a run's name or file, as many as wanted")],
    yes: Annotated[bool, Parameter(name=["--yes", "-y"], group=OUTPUT, help="do not ask")] = False,
    runs: RunsFolder = None,
    output: Output = PLAIN,
) -> int:
    """speciate rm bin_packing-1
      speciate rm bin_packing-1 bin_packing-2 --yes

    Remove runs for good: the file, what lies beside it, its folder of blobs. Asks first; where it cannot ask, it wants
    --yes. A run that an engine works on is left alone."""
    from speciate.store.removing import removable, remove

    from .finding import run_path

    if not names:
        raise UsageError("speciate rm needs a run", "speciate runs lists them")
    terminal = Terminal.of(output.color)
    folder = runs_folder(runs)
    paths = list(dict.fromkeys(run_path(name, folder) for name in names))
    try:
        found = [removable(path) for path in paths]  # every one, before anything is gone
    except StoreInUse as error:
        raise StoreInUse(error.what, "speciate stop ends it, then again") from error
    if not yes and not _agreed(paths, found, terminal):
        terminal.say("nothing was removed")
        return KEPT
    removed = []
    for path in paths:
        removed.append(gone := remove(path))
        if not output.json and not output.quiet:
            terminal.answer(f"removed {', '.join(_short(each) for each in gone.files)} ({size(gone.bytes)})")
    if output.json:
        emit("rm", {"removed": [each.as_json() for each in removed]})
    return 0


def _agreed(paths: list[Path], found: list[Removed], terminal: Terminal) -> bool:
    """Asks on a terminal. Raises UsageError where there is none to ask on."""
    names = " ".join(each.run for each in found)
    if not (sys.stdin.isatty() and terminal.live):
        raise UsageError(f"rm asks before it removes {names}, and here is no terminal to ask on", "add --yes")
    for path, each in zip(paths, found, strict=True):
        terminal.say(f"{each.run}   {_told(path)}   {size(each.bytes)}")
    question = f"Remove {counted(len(found), 'run')} for good? [y/N] "
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _told(path: Path) -> str:
    """What there is to lose."""
    from .finding import summary_of

    try:
        summary = summary_of(path)
    except StoreError as error:
        return error.what
    best = score(summary.metric, summary.best.score if summary.best else None)
    return f"{counted(summary.evals, 'evaluation')}, best {best}"


def _short(file: str) -> str:
    here = os.path.relpath(file)
    return file if here.startswith("..") else here
