"""`speciate ban`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from speciate.core.verbs import Verb

from .asking import answer, ask, candidate
from .options import PLAIN, Output, RunName, RunsFolder
from .terminal import Terminal


def ban(
    ref: Annotated[str, Parameter(help="412, best, bin_packing-1:412; or the run, and then the candidate")],
    more: Annotated[str | None, Parameter(show=False)] = None,
    /,
    *,
    run: RunName = None,
    runs: RunsFolder = None,
    output: Output = PLAIN,
) -> int:
    """speciate ban 412
      speciate ban bin_packing-1:412

    Let a candidate and all that descends from it be no parents any more, those that are on their way included. They
    stay in the run, with their scores."""
    path, id, before = candidate((ref, more), run, runs)
    asked = ask(path, Verb.BAN, {"id": id})
    said = f"neither it nor what descends from it is a parent any more · speciate unban {before.run}:{id}"
    return answer(asked, before, output, Terminal.of(output.color), f"candidate {id} banned", said)
