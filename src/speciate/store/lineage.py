"""Where a candidate comes from, and what came of it: the path from a seed, and the tree of its descendants."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from speciate.core.values import JSON, Id

from .queries import Reading, Run
from .rows import CandidateRow, parents_of
from .views import Metric, View

_CHILDREN = "SELECT child FROM children WHERE parent = ? AND child > ? ORDER BY child"


@dataclass(frozen=True, slots=True)
class Relative(View):
    """A candidate among its relatives. `gain` is how much better it is than the `parent` beside which it stands (below
    0: worse), in the metric's unit, None where one of the two has no score. `others` are its further parents, `edit`
    what the operator says it did, `depth` how many steps from where the question began."""

    id: Id
    status: str
    operator: str
    score: float | None
    gain: float | None
    parent: Id | None
    others: tuple[Id, ...]
    edit: str
    at: float
    depth: int


@dataclass(frozen=True, slots=True)
class Lineage(View):
    """The `path` leads from a seed to the candidate `id`, each by its better parent (the first of equals)."""

    run: str
    metric: Metric
    id: Id
    path: tuple[Relative, ...]
    children: int


@dataclass(frozen=True, slots=True)
class Descendants(View):
    """Everything that came of the candidate `id`, each once, at its nearest, a parent before its children. `relatives`
    holds at most as many as were asked for, `total` counts all; `best` is the best of all that have a score."""

    run: str
    metric: Metric
    id: Id
    relatives: tuple[Relative, ...]
    total: int
    best: Relative | None


def lineage(run: Run, id: Id) -> Lineage:
    """Raises UsageError if there is no candidate of this number."""
    steps = [step.id for step in run.candidate(id).path]
    with run.reading() as reading:
        path, before = [], None
        for depth, each in enumerate(steps):
            row = _row(reading, each)
            path.append(_relative(reading, row, before, depth))
            before = row
        children = reading.db.execute("SELECT count(*) FROM children WHERE parent = ?", (id,)).fetchone()[0]
        return Lineage(run.name, reading.metric, id, tuple(path), children)


def descendants(run: Run, id: Id, limit: int = 100) -> Descendants:
    """Raises UsageError if there is no candidate of this number."""
    root = run.candidate(id).row.id
    with run.reading() as reading:
        found: dict[Id, tuple[Id, int]] = {}  # to its nearest ancestor on the way, and how far from the root
        queue = deque([(root, 0)])
        while queue:
            parent, depth = queue.popleft()
            for (child,) in reading.db.execute(_CHILDREN, (parent, parent)):
                if child not in found and child != root:
                    found[child] = (parent, depth + 1)
                    queue.append((child, depth + 1))
        order = _as_tree(root, found)
        shown = tuple(_beside(reading, each, found[each]) for each in order[:limit])
        return Descendants(run.name, reading.metric, root, shown, len(found), _best(reading, found))


def _as_tree(root: Id, found: dict[Id, tuple[Id, int]]) -> list[Id]:
    """Depth first, so that children stand under their parent; siblings by number."""
    under: dict[Id, list[Id]] = {}
    for child, (parent, _) in found.items():
        under.setdefault(parent, []).append(child)
    order: list[Id] = []
    stack = sorted(under.get(root, ()), reverse=True)
    while stack:
        order.append(each := stack.pop())
        stack += sorted(under.get(each, ()), reverse=True)
    return order


def _best(reading: Reading, found: dict[Id, tuple[Id, int]]) -> Relative | None:
    for id, score in reading.db.execute("SELECT id, score FROM candidates WHERE status = 'ok' ORDER BY score DESC, id"):
        if id in found and score is not None:
            return _beside(reading, id, found[id])
    return None


def _beside(reading: Reading, id: Id, place: tuple[Id, int]) -> Relative:
    return _relative(reading, _row(reading, id), _row(reading, place[0]), place[1])


def _row(reading: Reading, id: Id) -> CandidateRow:
    row = reading.log.row(id)
    assert row is not None, f"candidate {id} is in the table of children, so it is a candidate"
    return row


def _relative(reading: Reading, row: CandidateRow, parent: CandidateRow | None, depth: int) -> Relative:
    known = parent is not None and parent.score is not None and row.score is not None
    gain = (row.score or 0.0) - (parent.score or 0.0) if known and parent is not None else None
    beside = None if parent is None else parent.id
    return Relative(
        id=row.id,
        status=row.status,
        operator=row.operator,
        score=reading.metric.user(row.score),
        gain=gain,
        parent=beside,
        others=tuple(each for each in parents_of(row.parents) if each != beside),
        edit=edit_of(reading.log.proposed(row).get("notes")),
        at=row.at,
        depth=depth,
    )


def edit_of(notes: JSON) -> str:
    """What the operator noted of its edit, "" if nothing."""
    edit = notes.get("edit") if isinstance(notes, dict) else None
    return edit if isinstance(edit, str) else ""
