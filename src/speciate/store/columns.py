"""All candidates of a run as columns, for pictures of the whole: names once, numbers in lists, the new ones alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from json import loads
from typing import TypeAlias

from speciate.core.problem import Direction
from speciate.core.values import JSON, Id

from .journal import seq_of
from .queries import Reading, Run
from .rows import parents_of

MOST = 200_000  # rows that are told at once; of more, every so manieth
CHUNK = 500  # ids in one statement

Stored: TypeAlias = tuple[JSON, ...]

_NAMES = (
    "id", "parents", "score", "status", "operator", "island", "at", "evals", "seconds", "usd", "proposed", "evaluated",
    "place", "measures", "scores",
)  # fmt: skip
_COLUMNS = ", ".join(f"candidates.{name}" for name in _NAMES)
_ALL = f"SELECT {_COLUMNS}, authors.model FROM candidates LEFT JOIN authors USING (id)"
_SAMPLE = (
    f"WITH RECURSIVE sample (id) AS (SELECT ? UNION ALL SELECT id + ? FROM sample WHERE id + ? <= ?) "
    f"{_ALL} JOIN sample ON candidates.id = sample.id"
)
# Each asked for by itself: of both at once SQLite looks at every row.
BOUNDS = "SELECT (SELECT min(id) FROM candidates), (SELECT max(id) FROM candidates)"
_BEST_PATH = "SELECT id FROM gains"


def nodes(run: Run, after: int = 0, most: int = MOST) -> dict[str, JSON]:
    """The body of a document of the kind "run.nodes": every candidate, or with `after` (a sequence number) those that
    were proposed, evaluated or placed by a later event. Of more than `most` every k-th and those that made a new best;
    "thinned" is then k. Where there are several objectives, "scores" has the columns of all. `seq` is the last event
    that it tells of: ask after it next."""
    objectives = list((run.problem() or {}).get("objectives") or ())
    with run.reading() as reading:
        seq = seq_of(reading)
        step = 1
        if after <= 0:
            first, last = reading.db.execute(BOUNDS).fetchone()
            step = 1 if last is None else -(-(last - first + 1) // max(most, 1))
            rows = _every(reading, step, first, last) if step > 1 else _query(reading, f"{_ALL} ORDER BY id")
        else:
            rows = _of(reading, sorted(changed(reading, after)))
        body = {"run": run.name, "seq": max(seq, after), "after": after, **columns(reading, rows, objectives)}
    return {**body, "thinned": step} if step > 1 else body


def changed(reading: Reading, after: int) -> set[Id]:
    """The candidates that the events above this sequence number are about. Costs as much as there are such events."""
    found: set[Id] = set()
    for first, _, bodies in reading.log.bodies(_begin(reading, after)):
        for seq, event in enumerate(bodies, first):
            if seq <= after:
                continue
            kind = event["kind"]
            if kind == "proposed":
                found.add(event["candidate"]["id"])
            elif kind in ("evaluated", "placed"):
                found.add(event["candidate"])
    return found


def _begin(reading: Reading, after: int) -> int:
    """Before the turn that holds the next event."""
    first = reading.db.execute("SELECT max(first) FROM turns WHERE first <= ?", (after + 1,)).fetchone()[0]
    return max(0, (first or 1) - 1)


def _query(reading: Reading, statement: str, values: Sequence[object] = ()) -> list[Stored]:
    return reading.db.execute(statement, values).fetchall()


def _every(reading: Reading, step: int, first: Id, last: Id) -> list[Stored]:
    sample = _query(reading, _SAMPLE, (first, step, step, last))
    there = {row[0] for row in sample}
    bests = [id for (id,) in reading.db.execute(_BEST_PATH) if id not in there]
    return sorted(sample + _of(reading, bests))


def _of(reading: Reading, ids: Sequence[Id]) -> list[Stored]:
    rows: list[Stored] = []
    for at in range(0, len(ids), CHUNK):
        part = ids[at : at + CHUNK]
        rows += _query(reading, f"{_ALL} WHERE id IN ({','.join('?' * len(part))}) ORDER BY id", part)
    return rows


def _named(column: Sequence[str | None]) -> tuple[list[str], list[int | None]]:
    """The names in a column, and which of them stands where."""
    names = [name for name in dict.fromkeys(column) if name is not None]
    numbers: dict[str | None, int | None] = {None: None, **{name: at for at, name in enumerate(names)}}
    return names, [numbers[name] for name in column]


def columns(reading: Reading, rows: Sequence[Stored], objectives: Sequence[JSON] = ()) -> dict[str, JSON]:
    """The rows, sorted by number, as columns. What is unknown is None."""
    cols = dict(zip((*_NAMES, "model"), zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(_NAMES, ())
    ids = list(cols["id"])
    whole = bool(ids) and ids[-1] - ids[0] + 1 == len(ids)
    sign = reading.metric.direction.sign
    operators, operator = _named(cols["operator"])
    statuses, status = _named(cols["status"])
    models, model = _named(cols.get("model", ()))
    cells = _Cells({None: None})
    parents = list(cols["parents"])
    several = [(id, each) for id, each in zip(ids, parents, strict=True) if each and "," in each]
    measures = _measures(cols["measures"], len(ids))
    found: dict[str, JSON] = {
        "parent": [None if each is None else int(each.partition(",")[0]) for each in parents],
        "others": {str(id): list(parents_of(each)[1:]) for id, each in several},
        "score": [None if each is None else _short(sign * each + 0.0) for each in cols["score"]],
        "status": status,
        "operator": operator,
        "model": model,
        "island": list(cols["island"]),
        "at": [round(each, 3) for each in cols["at"]],
        "evals": list(cols["evals"]),
        "seconds": [None if each is None else round(each, 4) for each in cols["seconds"]],
        "usd": [None if each is None else _short(each) for each in cols["usd"]],
        "seq": list(cols["proposed"]),
        "done": list(cols["evaluated"]),
        "cell": [cells[each] for each in cols["place"]],
        "measures": measures,
    }
    if len(objectives) > 1:
        found["scores"] = _scores(cols["scores"], objectives, found["score"])
    return {
        "operators": operators,
        "statuses": statuses,
        "models": models,
        "measures": list(measures),
        "objectives": list(objectives),
        "columns": found if whole else {"id": ids, **found},
        "ids_contiguous_from": ids[0] if whole else None,
    }


def _short(number: float) -> float:
    """Nine digits: more than a screen tells apart, at half the length."""
    return float(f"{number:.9g}")


class _Cells(dict[str | None, str | None]):
    """The cell of a place, "3,7"; None where it is in none. There are few places, so each is read once."""

    def __missing__(self, place: str | None) -> str | None:
        self[place] = found = cell_of(loads(place or "null"))
        return found


def cell_of(place: JSON) -> str | None:
    """The cell that a place names, as it stands in an address: "3,7"."""
    cell = place.get("cell") if isinstance(place, Mapping) else None
    return ",".join(map(str, cell)) if isinstance(cell, list) and cell else None


def _scores(
    stored: Iterable[str | None], objectives: Sequence[JSON], first: Sequence[float | None]
) -> dict[str, list[float | None]]:
    """By objective, in the user's numbers. A candidate with one score has only the first kept."""
    names = [(each["name"], Direction(each["direction"]).sign) for each in objectives]
    found: dict[str, list[float | None]] = {name: [] for name, _ in names}
    for each, score in zip(stored, first, strict=True):
        said = loads(each) if each else {}
        for name, sign in names:
            found[name].append(_short(sign * said[name] + 0.0) if said.get(name) is not None else None)
        if not each:
            found[names[0][0]][-1] = score
    return found


def _measures(stored: Iterable[str | None], count: int) -> dict[str, list[float | None]]:
    """Read at one go: to begin anew for each row would take most of the time."""
    found: dict[str, list[float | None]] = {}
    for at, each in enumerate(loads(f"[{','.join([each or 'null' for each in stored])}]")):
        if each:
            for name, value in each.items():
                if name not in found:
                    found[name] = [None] * count
                found[name][at] = float(f"{value:.6g}")
    return found
