"""`speciate lineage`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from speciate.store.words import UNKNOWN, clock, counted, number, safe, score

from .options import OUTPUT, PLAIN, Output, RunName, RunsFolder, runs_folder
from .terminal import Terminal, emit

if TYPE_CHECKING:
    from speciate.store.lineage import Descendants, Lineage, Relative
    from speciate.store.views import Metric

SHOWN = 50  # descendants
EDIT = 60  # characters of what an operator says it did


def lineage(
    ref: Annotated[str | None, Parameter(name="id", help="412, best~1, bin_packing-1:412; default best")] = None,
    /,
    *,
    children: Annotated[bool, Parameter(group=OUTPUT, help="what came of it instead")] = False,
    count: Annotated[int, Parameter(name="-n", group=OUTPUT, help=f"that many descendants; default {SHOWN}")] = SHOWN,
    run: RunName = None,
    runs: RunsFolder = None,
    output: Output = PLAIN,
) -> int:
    """speciate lineage
      speciate lineage 412 --children

    How a candidate came about: every step from the seed, who made it, what it scored and what that gained. With
    --children: all that came of it."""
    from speciate.store.lineage import descendants
    from speciate.store.lineage import lineage as lineage_of
    from speciate.store.queries import Run

    from .finding import split

    terminal = Terminal.of(output.color)
    path, wanted = split(ref, run, runs_folder(runs))
    with Run(path) as opened:
        id = opened.resolve(wanted or "best")
        if children:
            found = descendants(opened, id, max(count, 0))
            kind, body, lines = "descendants", found.as_json(), _tree(found)
        else:
            steps = lineage_of(opened, id)
            kind, body, lines = "lineage", steps.as_json(), _path(steps, terminal)
    if output.json:
        emit(kind, body)
    else:
        terminal.answer(*lines)
    return 0


def _path(found: Lineage, terminal: Terminal) -> list[str]:
    from .table import table

    last = found.path[-1]
    steps = len(found.path) - 1
    how = f"{counted(steps, 'step')} from the seed" if found.path[0].operator == "seed" else counted(steps, "step")
    more = f", {counted(found.children, 'child', 'children')}: --children lists them" if found.children else ""
    head = f"{found.run}   candidate {last.id}   {_score(found.metric, last)}   {how}{more}"
    rows = [
        (
            str(each.id),
            each.operator,
            _score(found.metric, each),
            _gain(found.metric, each),
            clock(each.at),
            _edit(each),
        )
        for each in found.path
    ]
    lines = table(("id", "made by", "score", "gain", "at", "edit"), rows, (0, 2, 3, 4))
    return [head, lines[0], *lines[1:-1], terminal.paint(lines[-1], "bold")]


def _tree(found: Descendants) -> list[str]:
    if not found.total:
        return [f"{found.run}   candidate {found.id} has no children"]
    best = found.best
    words = "none has a score"
    if best is not None:
        words = f"best {_score(found.metric, best)}, candidate {best.id}, {counted(best.depth, 'step')} on"
    lines = [f"{found.run}   candidate {found.id} has {counted(found.total, 'descendant')}   {words}"]
    for each in found.relatives:
        with_ = f" with {' and '.join(map(str, each.others))}" if each.others else ""
        gain = f"  {_gain(found.metric, each)}" if each.gain is not None else ""
        made = f"{each.operator}{with_}"
        lines.append(f"{'  ' * min(each.depth, 20)}{each.id} {made}  {_score(found.metric, each)}{gain}")
    left = found.total - len(found.relatives)
    return [*lines, f"… {left:,} more: -n {found.total}"] if left else lines


def _score(metric: Metric, each: Relative) -> str:
    return each.status if each.score is None else score(metric, each.score)


def _gain(metric: Metric, each: Relative) -> str:
    """With its sign: what is better has a plus, whichever way the metric goes."""
    if each.gain is None:
        return "" if each.parent is None else UNKNOWN
    return ("+" if each.gain > 0 else "") + number(metric, each.gain)


def _edit(each: Relative) -> str:
    text = safe(each.edit).replace("\n", " ")
    text = text if len(text) <= EDIT else text[: EDIT - 1] + "…"
    return f"{text}, with {' and '.join(map(str, each.others))}".removeprefix(", ") if each.others else text
