"""`speciate diff`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from speciate.core.errors import UsageError
from speciate.store.words import counted, safe, score

from .options import PLAIN, Output, RunName, RunsFolder, runs_folder
from .terminal import Terminal, emit

if TYPE_CHECKING:
    from speciate.store.views import Detail


def diff(
    ref: Annotated[str, Parameter(name="a", help="412, best, seed, best~3 or bin_packing-1:412")] = "best",
    against: Annotated[str | None, Parameter(name="b", help="what it is compared with; default its parent")] = None,
    /,
    *,
    run: RunName = None,
    runs: RunsFolder = None,
    output: Output = PLAIN,
) -> int:
    """speciate diff best
      speciate diff best seed

    What changed in a candidate, against its parent or any other: the lines, and the cases that got better or worse."""
    from speciate.store.differing import difference
    from speciate.store.queries import Run

    from .finding import split

    terminal = Terminal.of(output.color)
    folder = runs_folder(runs)
    path, wanted = split(ref, run, folder)
    with Run(path) as opened:
        new = opened.candidate(opened.resolve(wanted or "best"))
        if against is None and not new.row.parents:
            raise UsageError(f"candidate {new.row.id} has no parent", f"speciate diff best {new.row.id}")
        elsewhere = against is not None and ":" in against
        old = None if elsewhere else opened.candidate(opened.resolve(against or str(new.row.parents[0])))
    if old is None:  # another run's: bin_packing-1:412
        there, other = split(against, None, folder)
        with Run(there) as opened:
            old = opened.candidate(opened.resolve(other or "best"))
    found = difference(old, new)
    if output.json:
        emit("diff", found)
        return 0
    other = f"{old.run}:" if old.run != new.run else ""
    terminal.answer(f"--- {other}{_title(old)}   +++ {_title(new)} {new.row.operator}")
    for line in found["diff"]:
        style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
        terminal.answer(terminal.paint(safe(line), style) if style else safe(line))
    cases = found["cases"]
    compared = f" · {cases['better']} of {counted(cases['compared'], 'case')} better, {cases['worse']} worse"
    terminal.answer(f"{counted(found['lines'], 'line')} changed{compared if cases['compared'] else ''}")
    return 0


def _title(detail: Detail) -> str:
    row = detail.row
    return f"{row.id} {score(detail.metric, row.score) if row.score is not None else row.status}"
