"""`speciate repair`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from speciate.core.errors import SpeciateError
from speciate.core.values import JSON
from speciate.store.words import counted, safe

from .options import PLAIN, Output, RunName, RunsFolder, runs_folder
from .terminal import Terminal, emit

if TYPE_CHECKING:
    from speciate.store.repair import Repaired

LOST = 4  # not all of it came back


def repair(
    name: Annotated[str | None, Parameter(name="run", help="which run; default the newest")] = None,
    /,
    *,
    run: RunName = None,
    runs: RunsFolder = None,
    output: Output = PLAIN,
) -> int:
    """speciate repair bin_packing-1
      speciate repair copy/of/a/run.db --json

    A run whose file is truncated or has wrong bytes: all events up to the damage go to a new run beside it, which
    resume continues, and the candidates after it to a folder. The damaged file is only read. Exit code 0 if nothing is
    lost, 4 if something is."""
    from speciate.store.repair import repair as repaired

    from .finding import run_path

    terminal = Terminal.of(output.color)
    folder = runs_folder(runs)
    found = repaired(run_path(name or run, folder), _seeds)
    if output.json:
        emit("repair", found.as_json() | {"lost": found.lost})
    elif not found.damage:
        if not output.quiet:
            terminal.answer(f"{found.run} is whole: {counted(found.events, 'event')}, {_evals(found.evals)}")
    else:
        terminal.answer(*_lines(found, folder), fold=True)
    return LOST if found.lost else 0


def _lines(found: Repaired, folder: Path) -> Iterable[str]:
    yield f"damage   {safe(found.damage)}"
    if found.made is None:
        yield "lost     the run from its beginning: not even its first turn can be read whole"
    else:
        of = f" of {found.of_events:,}" if found.of_events > found.events else ""
        evals = f"{found.evals:,} of {_evals(found.of_evals)}" if found.of_evals > found.evals else _evals(found.evals)
        yield f"kept     {counted(found.events, 'event')}{of}, {evals}: {_short(found.made)}"
        if found.events < found.of_events:
            yield f"lost     from event {found.events + 1:,} on"
        else:
            yield "lost     nothing; what is counted from the events was counted anew"
    if found.blobs or found.blobs_lost:
        lost = f", {len(found.blobs_lost):,} cannot be read" if found.blobs_lost else ""
        yield f"blobs    {found.blobs:,} kept{lost}"
    if found.rescued is not None:
        saved = found.rescued
        of = f" of {saved.known:,}" if saved.known > saved.candidates else ""
        parts = [f"{counted(saved.candidates, 'candidate')}{of} after that, {saved.scored:,} with a score"]
        parts += [counted(saved.texts, "text") + " of which no more is known"] if saved.texts else []
        yield f"rescued  {', '.join(parts)}: {_short(saved.folder)}"
    if found.commands:
        waited = f"{counted(len(found.commands), 'command')} waited and must be sent again"
        yield f"commands {waited}: {safe(', '.join(found.commands))}"
    if found.made is not None:
        made = Path(found.made)
        flag = "" if folder == runs_folder(None) else f" --runs {folder}"
        known = f"{made.stem}{flag}" if made.parent.resolve() == folder.resolve() else _short(found.made)
        yield f"next     speciate resume {known}"


def _evals(count: int) -> str:
    return counted(count, "evaluation")


def _seeds(opened: JSON) -> Iterable[str]:
    """The texts that the run began with, where its problem is still there."""
    from speciate.session import source_of

    try:
        seeds = source_of(opened).load().seeds
    except SpeciateError:
        return ()
    return [text for seed in seeds for text in seed.files.values()]


def _short(file: str) -> str:
    here = os.path.relpath(file)
    return file if here.startswith("..") else here
