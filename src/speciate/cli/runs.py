"""`speciate runs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speciate.store.words import ending, score, span

from .options import PLAIN, Output, RunsFolder, runs_folder
from .table import table
from .terminal import Terminal, emit

if TYPE_CHECKING:
    from speciate.store.views import Summary


def runs(*, runs: RunsFolder = None, output: Output = PLAIN) -> int:
    """speciate runs
      speciate runs --runs elsewhere/runs --json

    The runs of a folder, newest first: state and its reason, best, seed, evaluations, time."""
    from speciate.store.queries import runs as runs_in

    terminal = Terminal.of(output.color)
    folder = runs_folder(runs)
    found = runs_in(folder)
    if output.json:
        emit("runs", {"folder": str(folder), **found.as_json()})
        return 0
    if not found.runs and not found.unreadable:
        terminal.answer(f"no runs in {folder.absolute()}: speciate run bin_packing starts one")
        return 0
    rows = [_row(each) for each in found.runs]
    head = ("run", "recipe", "best", "seed", "evals", "time", "state")
    if rows:
        terminal.answer(*table(head, rows, range(2, 6)))
    for each in found.unreadable:
        terminal.say(f"unreadable: {each.what}", f"do:         {each.do}")
    return 0


def _row(s: Summary) -> tuple[str, ...]:
    from speciate.store.views import StateName

    why = ending(s.state)
    said = {StateName.RUNNING: "running", StateName.INTERRUPTED: why, StateName.PAUSED: why}
    state = said.get(s.state.name) or f"{s.state.name.value}: {ending(s.state)}"
    best = score(s.metric, s.best.score if s.best else None)
    seed = score(s.metric, s.seed.score if s.seed else None)
    return s.run, s.recipe or "–", best, seed, f"{s.evals:,}", span(s.seconds), state
