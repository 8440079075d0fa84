"""`speciate stop`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from speciate.core.verbs import Verb

from .asking import alive, answer, ask, chosen
from .options import PLAIN, Output, RunName, RunsFolder
from .terminal import Terminal


def stop(
    name: Annotated[str | None, Parameter(help="which run; default the newest")] = None,
    /,
    *,
    run: RunName = None,
    runs: RunsFolder = None,
    output: Output = PLAIN,
) -> int:
    """speciate stop
      speciate stop bin_packing-1

    End the run as its Ctrl-C does: running evaluations finish, at most 10 s, and speciate resume goes on. The command
    that runs it exits with 130."""
    path, before = chosen(name, run, runs)
    alive(before, "stop")
    asked = ask(path, Verb.STOP, {})
    more = "running evaluations finish, at most 10 s", f"speciate resume {before.run}"
    return answer(asked, before, output, Terminal.of(output.color), "stopping", *more)
