"""What `speciate compare` says while its cells run."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from speciate.store.words import clock, score, span

if TYPE_CHECKING:
    from speciate.compare.plan import Key

    from .cells import Crew
    from .options import Output
    from .terminal import Terminal


class Progress:
    """What is said while cells run: a line drawn in place, or one for each cell that ends."""

    def __init__(self, output: Output, terminal: Terminal, cells: int) -> None:
        self._quiet = output.quiet or output.json
        self._terminal = terminal
        self._cells = cells
        self._began = time.monotonic()
        self._shown = ""
        self._waiting: set[Key] = set()

    def __call__(self, crew: Crew, ended: Key | None) -> None:
        if self._quiet:
            return
        if not self._terminal.live:
            self._wait(crew)
            if ended is not None:
                self._terminal.say(f"{crew.done}/{self._cells}  {_ended(crew, ended)}")
            return
        line = "" if not crew.running and not crew.todo else self._line(crew)
        if line != self._shown:
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
            self._shown = line

    def _wait(self, crew: Crew) -> None:
        """Says once of each cell that another process works on it."""
        for key in [key for key, process in crew.running.items() if process is None and key not in self._waiting]:
            self._waiting.add(key)
            self._terminal.say(f"{_named(key)}: waits for the engine that works on it already")

    def _line(self, crew: Crew) -> str:
        spent = time.monotonic() - self._began
        line = f"cells {crew.done}/{self._cells} · {len(crew.running)} running · {clock(spent)}"
        if crew.asked is not None:
            return f"{line} · stopping: running evaluations finish; Ctrl-C again stops at once"
        if crew.done:
            line += f" · about {span(spent / crew.done * (self._cells - crew.done)).replace('.0 s', ' s')} left"
        return line


def _ended(crew: Crew, key: Key) -> str:
    """How a cell ended: its best, or its cause."""
    from speciate.compare.cells import Stand, path_of, read_cell, stand_of

    from .finding import summary_of

    if stand_of(crew.folder, key) is Stand.OVER:
        summary = summary_of(path_of(crew.folder, key))
        if summary.best is not None:
            return f"{_named(key)}: {score(summary.metric, summary.best.score)}"
    cell = read_cell(crew.plan, crew.folder, key)
    return f"{_named(key)}: {cell.state.value}: {cell.why}"


def _named(key: Key) -> str:
    return f"{key.problem} · {key.recipe} · seed {key.seed}"
