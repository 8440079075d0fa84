"""`speciate diff`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from speciate.core.errors import UsageError
from speciate.core.values import JSON

from .options import PLAIN, Output, RunName, RunsFolder, runs_folder
from .terminal import Terminal, emit
from .words import counted, safe, score

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
    changed, better, worse = lines_changed(old.files, new.files), *cases_changed(old, new)
    if output.json:
        emit("diff", _body(old, new, changed, better, worse))
        return 0
    other = f"{old.run}:" if old.run != new.run else ""
    terminal.answer(f"--- {other}{_title(old)}   +++ {_title(new)} {new.row.operator}")
    for line in unified(old.files, new.files):
        style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
        terminal.answer(terminal.paint(safe(line), style) if style else safe(line))
    compared = min(len(old.cases), len(new.cases))
    cases = f" · {better} of {counted(compared, 'case')} better, {worse} worse" if compared else ""
    terminal.answer(f"{counted(changed, 'line')} changed{cases}")
    return 0


def _title(detail: Detail) -> str:
    row = detail.row
    return f"{row.id} {score(detail.metric, row.score) if row.score is not None else row.status}"


def _body(old: Detail, new: Detail, changed: int, better: int, worse: int) -> dict[str, JSON]:
    return {
        "run": new.run,
        "from": {"run": old.run, "id": old.row.id, "score": old.row.score, "status": old.row.status},
        "to": {"id": new.row.id, "score": new.row.score, "status": new.row.status, "operator": new.row.operator},
        "diff": list(unified(old.files, new.files)),
        "lines": changed,
        "cases": {"compared": min(len(old.cases), len(new.cases)), "better": better, "worse": worse},
    }


def unified(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """The hunks of every file, without the two lines of a header; a file's name where there are several."""
    import difflib

    lines: list[str] = []
    names = list(dict.fromkeys((*old, *new)))
    for name in names:
        pair = old.get(name, "").splitlines(), new.get(name, "").splitlines()
        hunks = list(difflib.unified_diff(*pair, n=2, lineterm=""))[2:]
        if hunks and len(names) > 1:
            lines.append(f"@@ {name} @@")
        lines += hunks
    return lines


def lines_changed(old: Mapping[str, str], new: Mapping[str, str]) -> int:
    """A line replaced by another counts once."""
    import difflib

    total = 0
    for name in {*old, *new}:
        matcher = difflib.SequenceMatcher(None, old.get(name, "").splitlines(), new.get(name, "").splitlines(), False)
        for tag, low, high, start, end in matcher.get_opcodes():
            total += max(high - low, end - start) if tag != "equal" else 0
    return total


def cases_changed(old: Detail, new: Detail) -> tuple[int, int]:
    """How many cases got better, how many worse."""
    sign = new.metric.direction.sign
    moves = [sign * (after - before) for before, after in zip(old.cases, new.cases, strict=False)]
    return sum(each > 0 for each in moves), sum(each < 0 for each in moves)
