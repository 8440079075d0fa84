"""`speciate pin`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from speciate.core.verbs import PINNED_EVERY, Verb

from .asking import answer, ask, candidate
from .options import PLAIN, Output, RunName, RunsFolder
from .terminal import Terminal


def pin(
    ref: Annotated[str, Parameter(help="412, best, bin_packing-1:412; or the run, and then the candidate")],
    more: Annotated[str | None, Parameter(show=False)] = None,
    /,
    *,
    run: RunName = None,
    runs: RunsFolder = None,
    output: Output = PLAIN,
) -> int:
    """speciate pin best
      speciate pin bin_packing-1:412

    Make a candidate the first parent of one ticket in four, even when the population has let it go. Several pins take
    turns; a ban outweighs a pin."""
    path, id, before = candidate((ref, more), run, runs)
    asked = ask(path, Verb.PIN, {"id": id})
    said = f"parent of one ticket in {PINNED_EVERY}, whatever the population keeps · speciate unpin {before.run}:{id}"
    return answer(asked, before, output, Terminal.of(output.color), f"candidate {id} pinned", said)
