"""`speciate unban`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from speciate.core.verbs import Verb

from .asking import answer, ask, candidate
from .options import PLAIN, Output, RunName, RunsFolder
from .terminal import Terminal


def unban(
    ref: Annotated[str, Parameter(help="412, best, bin_packing-1:412; or the run, and then the candidate")],
    more: Annotated[str | None, Parameter(show=False)] = None,
    /,
    *,
    run: RunName = None,
    runs: RunsFolder = None,
    output: Output = PLAIN,
) -> int:
    """speciate unban 412
      speciate unban bin_packing-1:412

    Take a ban back."""
    path, id, before = candidate((ref, more), run, runs)
    asked = ask(path, Verb.UNBAN, {"id": id})
    said = "it may be a parent again"
    return answer(asked, before, output, Terminal.of(output.color), f"candidate {id} unbanned", said)
