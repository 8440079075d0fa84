"""Why candidates came to nothing: those that failed and those that were rejected, grouped by cause.

Those of one status, one cause (`core.causes`) and one line are a group. Costs as much as there are failures, not as the
run is long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from speciate.core.causes import cause_of, parts
from speciate.core.values import EMPTY, Id

from .fold import REJECTED, CandidateRow
from .queries import Reading, Run
from .schema import CANDIDATE_COLUMNS
from .views import View

EXAMPLES = 50  # members that an opened group names

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
    `operators` is who made how many. `members` are the latest, newest first, where the group was opened."""

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


@dataclass(frozen=True, slots=True)
class Failures(View):
    """`of` counts all candidates; `failed` and `rejected` are candidates; `empty` are tickets whose proposer gave up
    and answers that gave nothing in tickets that went on, with how many by the first words of their reason: there is no
    candidate to show for them."""

    run: str
    of: int
    failed: int
    rejected: int
    seconds: float
    causes: tuple[Cause, ...]
    empty: int
    empties: Mapping[str, int] = field(default_factory=lambda: EMPTY)


@dataclass(slots=True)
class _Group:
    status: str
    cause: str
    line: str
    rows: list[tuple[CandidateRow, str]] = field(default_factory=list)


def failures(run: Run, opened: int | str | None = None) -> Failures:
    """`opened`: the group to list in full, by its number or by words of its cause (then the first that has them).
    An unknown one opens none."""
    summary = run.summary()
    with run.reading() as reading:
        groups: dict[tuple[str, str, str], _Group] = {}
        for row, said in _said(reading):
            cause, line = cause_of(said)
            key = (row.status, cause, line)
            groups.setdefault(key, _Group(*key)).rows.append((row, said))
    ordered = sorted(groups.values(), key=lambda each: (each.status == REJECTED, -len(each.rows), each.rows[0][0].id))
    causes = [_cause(number, each) for number, each in enumerate(ordered, 1)]
    chosen = find(causes, opened)
    if chosen is not None:
        causes[chosen.number - 1] = _cause(chosen.number, ordered[chosen.number - 1], EXAMPLES)
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


def _said(reading: Reading) -> Iterator[tuple[CandidateRow, str]]:
    for values in reading.db.execute(_FAILED):
        row = CandidateRow(*values)
        if row.status == REJECTED:
            yield row, row.reason or ""
        else:
            evaluated = reading.log.evaluated(row)
            said = "" if evaluated is None else str(evaluated["evaluation"].get("feedback", ""))
            yield row, said or row.status


def _cause(number: int, group: _Group, members: int = 0) -> Cause:
    first, last = group.rows[0][0], group.rows[-1][0]
    operators: dict[str, int] = {}
    for row, _ in group.rows:
        operators[row.operator] = operators.get(row.operator, 0) + 1
    prices = [row.usd for row, _ in group.rows]
    shown = group.rows[::-1][:members]
    texts = {parts(said)[0] for _, said in group.rows}
    return Cause(
        number=number,
        status=group.status,
        cause=texts.pop() if len(texts) == 1 else group.cause,
        line=group.line,
        count=len(group.rows),
        first=first.id,
        last=last.id,
        first_at=first.at,
        last_at=last.at,
        seconds=sum(row.seconds or 0.0 for row, _ in group.rows),
        usd=None if None in prices and group.status != REJECTED else sum(price or 0.0 for price in prices),
        example=last.id,
        said=group.rows[-1][1],
        operators=dict(sorted(operators.items(), key=lambda each: -each[1])),
        members=tuple(Failure(row.id, row.operator, row.at, row.seconds, said) for row, said in shown),
    )
