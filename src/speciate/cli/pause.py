"""`speciate pause`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from speciate.core.verbs import Verb
from speciate.store.words import counted

from .asking import alive, answer, ask, chosen
from .options import PLAIN, Output, RunName, RunsFolder
from .terminal import Terminal


def pause(
    name: Annotated[str | None, Parameter(help="which run; default the newest")] = None,
    /,
    *,
    run: RunName = None,
    runs: RunsFolder = None,
    output: Output = PLAIN,
) -> int:
    """speciate pause
      speciate pause bin_packing-1

    What is in flight finishes, nothing new is begun, and the clock of --max-time stands still, until speciate resume.
    The engine stays: Ctrl-C where it runs, or speciate stop, ends it."""
    path, before = chosen(name, run, runs)
    alive(before, "pause")
    asked = ask(path, Verb.PAUSE, {})
    flight = f"{counted(before.in_flight.tickets, 'ticket')} in flight will finish"
    terminal = Terminal.of(output.color)
    return answer(asked, before, output, terminal, "paused", flight, f"speciate resume {before.run}")
