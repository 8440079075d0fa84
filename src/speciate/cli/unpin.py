"""`speciate unpin`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from speciate.core.verbs import Verb

from .asking import answer, ask, candidate
from .options import PLAIN, Output, RunName, RunsFolder
from .terminal import Terminal


def unpin(
    ref: Annotated[str, Parameter(help="412, best, bin_packing-1:412; or the run, and then the candidate")],
    more: Annotated[str | None, Parameter(show=False)] = None,
    /,
    *,
    run: RunName = None,
    runs: RunsFolder = None,
    output: Output = PLAIN,
) -> int:
    """speciate unpin 412
      speciate unpin bin_packing-1:412

    Take a pin back."""
    path, id, before = candidate((ref, more), run, runs)
    asked = ask(path, Verb.UNPIN, {"id": id})
    said = "the recipe alone chooses"
    return answer(asked, before, output, Terminal.of(output.color), f"candidate {id} unpinned", said)
