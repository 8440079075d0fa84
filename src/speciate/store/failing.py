"""Why candidates came to nothing: those that failed and those that were rejected, grouped by cause.

Those of one status, one cause (`core.causes`) and one line are a group. Costs as much as there are groups: they are
kept at commit (`kept.causes`), but for a file of an older format that nobody went on with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from speciate.core.values import EMPTY, Id

from .kept.causes import CauseRow, Causes, read_causes
from .queries import Reading, Run
from .rows import REJECTED, CandidateRow
from .schema import CANDIDATE_COLUMNS
from .views import ModelUse, View

EXAMPLES = 50  # members that an opened group names
STRETCHES = 24  # of a trend

_ENDS = "SELECT (SELECT min(id) FROM failed WHERE cause = ?1), (SELECT max(id) FROM failed WHERE cause = ?1)"
_LATEST = "SELECT id FROM failed WHERE cause = ? ORDER BY id DESC LIMIT ?"
_FAILED = f"SELECT {CANDIDATE_COLUMNS} FROM candidates WHERE status NOT IN ('ok', 'waiting') ORDER BY id"


@dataclass(frozen=True, slots=True)
class Failure(View):
    """One candidate: what was said of it, word for word."""

    id: Id
    operator: str
    at: float
    seconds: float | None
    said: str


@dataclass(frozen=True, slots=True)
class Cause(View):
    """A group. `number` counts from 1, failed before rejected, the most frequent first; `status` as in `views.Row`;
    `cause` has N for the numbers that vary; `line` is of the program, "" where none is known. `seconds` and `usd` are
    what its evaluations took. `first` and `last` are candidates, `first_at` and `last_at` when they were proposed.
    `operators` is who made how many. `members` are the latest, newest first, where the group was opened. `trend` counts
    by equal stretches of the run's candidates, as exactly as it was counted."""

    number: int
    status: str
    cause: str
    line: str
    count: int
    first: Id
    last: Id
    first_at: float
    last_at: float
    seconds: float
    usd: float | None
    example: Id
    said: str
    operators: Mapping[str, int]
    members: tuple[Failure, ...] = ()
    trend: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Failures(View):
    """`of` counts all candidates; `failed` and `rejected` are candidates; `empty` are tickets whose proposer gave up
    and answers that gave nothing in tickets that went on, with how many by the first words of their reason: there is no
    candidate to show for them. `model` counts what went wrong with answers of models, by name ("throttled", "truncated"
    ...), None where none was asked."""

    run: str
    of: int
    failed: int
    rejected: int
    seconds: float
    causes: tuple[Cause, ...]
    empty: int
    empties: Mapping[str, int] = field(default_factory=lambda: EMPTY)
    model: Mapping[str, int] | None = None


def failures(run: Run, opened: int | str | None = None) -> Failures:
    """`opened`: the group to list in full, by its number or by words of its cause (then the first that has them).
    An unknown one opens none."""
    summary = run.summary()
    with run.reading() as reading:
        if reading.older:
            _count(reading)
        groups = [(each, *_ends(reading, each)) for each in read_causes(reading.db) if each.count > 0]
        groups.sort(key=lambda group: (group[0].status == REJECTED, -group[0].count, group[1].id))
        last = run.last_id()
        causes = [_cause(reading, number, group, last) for number, group in enumerate(groups, 1)]
        chosen = find(causes, opened)
        if chosen is not None:
            members = _members(reading, groups[chosen.number - 1][0])
            causes[chosen.number - 1] = replace(chosen, members=members)
    rejected = sum(each.count for each in causes if each.status == REJECTED)
    return Failures(
        run=run.name,
        of=summary.candidates,
        failed=sum(each.count for each in causes) - rejected,
        rejected=rejected,
        seconds=sum(each.seconds for each in causes),
        causes=tuple(causes),
        empty=summary.skipped.failed,
        empties=dict(sorted(summary.skipped.failures.items(), key=lambda each: -each[1])),
        model=_model(summary.models),
    )


def find(causes: Sequence[Cause], wanted: int | str | None) -> Cause | None:
    """The group of this number, or the first whose cause, example or status has these words in any case."""
    if wanted is None:
        return None
    if isinstance(wanted, int):
        return next((each for each in causes if each.number == wanted), None)
    words = wanted.casefold()
    texts = [(each, f"{each.cause}\n{each.said}\n{each.status}".casefold()) for each in causes]
    return next((each for each, text in texts if words in text), None)


def _count(reading: Reading) -> None:
    """Into tables that only this connection sees."""
    if reading.db.execute("SELECT 1 FROM failed LIMIT 1").fetchone() is not None:
        return
    causes = Causes(reading.db)
    for values in reading.db.execute(_FAILED).fetchall():
        row = CandidateRow(*values)
        causes.failed(row, _said(reading, row))
    causes.flush()


def _ends(reading: Reading, group: CauseRow) -> tuple[CandidateRow, CandidateRow]:
    first, last = (reading.log.row(id) for id in reading.db.execute(_ENDS, (group.n,)).fetchone())
    if first is None or last is None:
        raise LookupError(f"cause {group.n} counts candidates that there are not")
    return first, last


def _said(reading: Reading, row: CandidateRow) -> str:
    """What was said of a candidate, word for word."""
    if row.status == REJECTED:
        return row.reason or ""
    evaluated = reading.log.evaluated(row)
    return ("" if evaluated is None else str(evaluated["evaluation"].get("feedback", ""))) or row.status


def _members(reading: Reading, group: CauseRow) -> tuple[Failure, ...]:
    rows = [reading.log.row(id) for (id,) in reading.db.execute(_LATEST, (group.n, EXAMPLES)).fetchall()]
    return tuple(
        Failure(row.id, row.operator, row.at, row.seconds, _said(reading, row)) for row in rows if row is not None
    )


def _cause(
    reading: Reading, number: int, group: tuple[CauseRow, CandidateRow, CandidateRow], newest: Id | None
) -> Cause:
    counted, first, last = group
    return Cause(
        number=number,
        status=counted.status,
        cause=counted.cause if counted.said is None else counted.said,
        line=counted.line,
        count=counted.count,
        first=first.id,
        last=last.id,
        first_at=first.at,
        last_at=last.at,
        seconds=counted.seconds,
        usd=None if counted.unpriced and counted.status != REJECTED else counted.usd,
        example=last.id,
        said=_said(reading, last),
        operators=dict(sorted(((k, v) for k, v in counted.operators.items() if v > 0), key=lambda each: -each[1])),
        trend=_trend(counted, newest or 0),
    )


def _trend(counted: CauseRow, newest: Id) -> tuple[int, ...]:
    """The stretches that were counted, as STRETCHES equal ones from the first candidate to the newest."""
    found = [0] * STRETCHES
    for at, times in enumerate(counted.trend):
        middle = min((at + 0.5) * counted.width, newest + 0.5)
        found[min(int(middle * STRETCHES / (newest + 1)), STRETCHES - 1)] += times
    return tuple(found)


def _model(models: Sequence[ModelUse]) -> dict[str, int] | None:
    if not models:
        return None
    found: dict[str, int] = {}
    for each in models:
        for name, times in each.faults.items():
            found[name] = found.get(name, 0) + times
    return dict(sorted(found.items(), key=lambda each: -each[1]))
