"""How the best went up over evaluations, money or time, and where the candidates lie around it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from speciate.core.values import EVERYWHERE, JSON, Id

from .columns import BOUNDS
from .journal import seq_of
from .queries import Reading, Run

POINTS = 2000  # dots that a picture has room for


class Axis(StrEnum):
    EVALS = "evals"
    USD = "usd"
    SECONDS = "seconds"  # active ones


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the axis, both ends included; None: to the end."""

    low: float | None = None
    high: float | None = None

    def __contains__(self, x: float | None) -> bool:
        return x is not None and (self.low is None or x >= self.low) and (self.high is None or x <= self.high)


def curve(run: Run, axis: Axis = Axis.EVALS, points: int = POINTS, span: Span = Span()) -> dict[str, JSON]:
    """The body of a document of the kind "run.curve". "steps" are the gains, every one; "dots" are candidates, thinned
    to about `points` evenly over their numbers; "islands" are the steps of the best of each. Costs as much as it
    shows, not as the run is long."""
    gains = run.gains()
    with run.reading() as reading:
        seq = seq_of(reading)
        money = _Money(reading) if axis is Axis.USD else None
        steps = []
        for each in gains:
            x = {Axis.EVALS: each.evals, Axis.SECONDS: each.at}.get(axis) if money is None else money.at(each.seq)
            if x in span:
                steps.append({"x": x, "score": each.after, "id": each.id, "operator": each.operator, "seq": each.seq})
        islands = _islands(reading, axis, money, span)
        statuses: dict[str, int] = {}
        dots: dict[str, list[JSON]] = {"ids": [], "x": [], "score": [], "status": []}
        for id, status, score, evals, at, evaluated in _sample(reading, axis, points, span):
            x = evals if axis is Axis.EVALS else at if money is None else money.at(evaluated)
            if x in span:
                dots["ids"].append(id)
                dots["x"].append(x)
                dots["score"].append(reading.metric.user(score))
                dots["status"].append(statuses.setdefault(status, len(statuses)))
    return {
        "run": run.name,
        "x": axis.value,
        "steps": steps,
        "dots": dots,
        "statuses": list(statuses),
        "islands": islands,
        "seq": seq,
    }


def _islands(reading: Reading, axis: Axis, money: _Money | None, span: Span) -> dict[str, list[list[float | None]]]:
    """The steps of the best of each island, [x, score]; a score of None where it was emptied."""
    found: dict[str, list[list[float | None]]] = {}
    for island, score, at, evals, seq in reading.db.execute(_RISES):
        x = money.at(seq) if money is not None else evals if axis is Axis.EVALS else at
        if x in span and island != EVERYWHERE:
            found.setdefault(str(island), []).append([x, reading.metric.user(score)])
    return found


_RISES = "SELECT island, score, at, evals, seq FROM rises ORDER BY n"
_SAMPLE = """WITH RECURSIVE sample (id) AS (SELECT ? UNION ALL SELECT id + ? FROM sample WHERE id + ? <= ?)
SELECT candidates.id, status, score, evals, at, evaluated FROM candidates JOIN sample ON candidates.id = sample.id
WHERE evaluated IS NOT NULL"""
_X = {Axis.EVALS: "evals", Axis.SECONDS: "at", Axis.USD: "evaluated"}


def _sample(reading: Reading, axis: Axis, points: int, span: Span) -> list[tuple[JSON, ...]]:
    first, last = reading.db.execute(BOUNDS).fetchone()
    if last is None or points < 1:
        return []
    if axis is not Axis.USD:
        first, last = _narrowed(reading, _X[axis], (first, last), span)
    step = max(1, -(-(last - first + 1) // points))
    return reading.db.execute(_SAMPLE, (first, step, step, last)).fetchall()


_NEAR = "SELECT {0} FROM candidates WHERE id >= ? AND {0} IS NOT NULL ORDER BY id LIMIT 1"
SLACK = 64  # candidates that may be evaluated in another order than they were proposed in


def _narrowed(reading: Reading, column: str, bounds: tuple[Id, Id], span: Span) -> tuple[Id, Id]:
    """The numbers of the candidates that lie in the span, and a few more: both axes grow with the number, but for
    what was in flight together."""
    query = _NEAR.format(column)

    def found(x: float | None, end: Id, slack: int) -> Id:
        if x is None:
            return end
        low, high = bounds[0], bounds[1] + 1
        while low < high:
            middle = (low + high) // 2
            row = reading.db.execute(query, (middle,)).fetchone()
            if row is not None and row[0] < x:
                low = middle + 1
            else:
                high = middle
        return min(max(low + slack, bounds[0]), bounds[1])

    return found(span.low, bounds[0], -SLACK), found(span.high, bounds[1], SLACK)


_SPENT = """SELECT usd FROM marks
WHERE seq <= (SELECT last FROM turns WHERE first <= ? ORDER BY first DESC LIMIT 1) ORDER BY seq DESC LIMIT 1"""


class _Money:
    """What was spent on calls and evaluations up to an event, in $, of what has a price."""

    def __init__(self, reading: Reading) -> None:
        self._db = reading.db
        self._known = not reading.older

    def at(self, seq: int | None) -> float | None:
        if seq is None or not self._known:
            return None
        row = self._db.execute(_SPENT, (seq,)).fetchone()
        return 0.0 if row is None else round(row[0], 6)
