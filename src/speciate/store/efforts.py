"""What each move was worth: by operator, by model, or by both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from .kept.moves import NONE, MoveRow, quantile, read_moves
from .queries import Run
from .views import Move, Summary, View

CUT, EMPTY, THROTTLED = "truncated", "empty", "throttled"  # names of what goes wrong with an answer
PATCHES = ("edit ", "no code", "child does not parse")  # how reasons begin why an answer could not be applied


class By(StrEnum):
    OPERATOR = "operator"
    MODEL = "model"
    PAIR = "pair"


@dataclass(frozen=True, slots=True)
class Effort(View):
    """`share` is of all tries; `gain` by how much it moved the run's best in total, in the metric's unit; `usd` what
    its calls and evaluations cost, None where no price is known; `p50` and `p95` are latencies of its calls in seconds,
    19 % exact. What follows counts: answers throttled on the way, cut and empty, edits that could not be applied,
    proposals rejected, tickets and answers that brought no candidate. None: not known, or no model was asked."""

    name: str
    tries: int
    share: float
    improved: int
    gain: float
    gain_per_try: float | None
    gain_per_usd: float | None
    calls: int | None
    usd: float | None
    tokens: int | None
    p50: float | None
    p95: float | None
    throttled: int | None
    cut: int | None
    empty: int | None
    patch_failures: int | None
    rejected: int
    failed: int


@dataclass(frozen=True, slots=True)
class Efforts(View):
    """`priced`: whether anything had a price. `why` says what is not told, "" where all is."""

    run: str
    by: By
    rows: tuple[Effort, ...]
    priced: bool
    why: str = ""


def efforts(run: Run, by: By = By.OPERATOR) -> Efforts:
    """Most tried first."""
    with run.reading() as reading:
        older, found = reading.older, read_moves(reading.db)
    if older:
        return _older(run, by, run.summary())
    groups: dict[str, MoveRow] = {}
    for (operator, model), row in found.items():
        if by is By.MODEL and model == NONE:
            continue
        pair = f"{operator} · {model}" if model != NONE else operator
        name = {By.OPERATOR: operator, By.MODEL: model, By.PAIR: pair}[by]
        _add(groups.setdefault(name or "–", MoveRow()), row)
    tries = sum(each.tries for each in groups.values())
    rows = sorted((_effort(name, each, tries) for name, each in groups.items()), key=_order)
    priced = any(each.usd for each in groups.values())
    why = "no model was asked" if by is By.MODEL and not rows else ""
    return Efforts(run.name, by, tuple(rows), priced, why)


def _order(each: Effort) -> tuple[int, str]:
    return -each.tries, each.name


def _add(total: MoveRow, row: MoveRow) -> None:
    for name in ("tries", "improved", "gain", "rejected", "failed", "calls", "usd", "unpriced", "tokens"):
        setattr(total, name, getattr(total, name) + getattr(row, name))
    for number, times in row.latencies.items():
        total.latencies[number] = total.latencies.get(number, 0) + times
    for mine, its in ((total.faults, row.faults), (total.reasons, row.reasons)):
        for kind, times in its.items():
            mine[kind] = mine.get(kind, 0) + times


def _effort(name: str, row: MoveRow, tries: int) -> Effort:
    asked = row.calls > 0
    usd = None if row.unpriced and not row.usd else row.usd
    return Effort(
        name=name,
        tries=row.tries,
        share=row.tries / tries if tries else 0.0,
        improved=row.improved,
        gain=row.gain,
        gain_per_try=row.gain / row.tries if row.tries else None,
        gain_per_usd=row.gain / usd if usd else None,
        calls=row.calls,
        usd=usd,
        tokens=row.tokens,
        p50=quantile(row.latencies, 0.5),
        p95=quantile(row.latencies, 0.95),
        throttled=row.faults.get(THROTTLED, 0) if asked else None,
        cut=row.faults.get(CUT, 0) if asked else None,
        empty=row.faults.get(EMPTY, 0) if asked else None,
        patch_failures=_starting(row.reasons, PATCHES) if asked else None,
        rejected=row.rejected,
        failed=row.failed,
    )


def _starting(counts: Mapping[str, int], heads: tuple[str, ...]) -> int:
    return sum(times for kind, times in counts.items() if kind.startswith(heads))


def _older(run: Run, by: By, summary: Summary) -> Efforts:
    """Of a file whose tables tell less: operators without their money, models without their tries."""
    rows = [] if by is By.MODEL else [_told(each) for each in summary.moves]
    why = f"an older version wrote this run: money and models by move are told once speciate resume {run.name} went on"
    return Efforts(run.name, by, tuple(rows), summary.cost.usd > 0, why)


def _told(move: Move) -> Effort:
    """Without what the run's summary does not have."""
    row = MoveRow(move.tries, move.improved, move.gain, move.rejected, move.failed)
    effort = _effort(move.operator, row, 1)
    return replace(effort, share=move.share, calls=None, usd=None, tokens=None)
