"""A comparison's report as lines for the terminal: a table a problem, the aggregate, what the data cannot tell."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from speciate.store.words import UNKNOWN, better, counted, number, percent, score, took

from .table import table

if TYPE_CHECKING:
    from speciate.compare.plan import Plan
    from speciate.compare.report import Aggregate, Estimate, Pair, Report, Row, Table
    from speciate.compare.statistics import Interval
    from speciate.store.views import Metric


def lines_of(report: Report, plan: Plan, limits: str) -> Iterator[str]:
    """All of it. `limits` is a cell's budget in words."""
    yield _states(report)
    for each in report.tables:
        yield from ("", *_problem(each, report, limits))
    if report.aggregate is not None and len(plan.entrants) > 1 and len(plan.problems) > 1:
        yield from ("", *_aggregate(report.aggregate))
    yield from ("", *_made(report))
    doubts = [*report.caveats, *report.measured.caveats]
    if doubts:
        yield from (f"{'but' if at == 0 else '':<9}{each.says}" for at, each in enumerate(doubts))


def _made(report: Report) -> Iterator[str]:
    """With what, and how again."""
    spent = report.measured
    for machine in spent.machines[:1]:
        versions = [f"{name} {machine[name]}" for name in ("speciate", "python", "numpy") if name in machine]
        cpu = f"{took(spent.cpu)} of CPU in evaluations"
        yield f"made     {', '.join(versions)} · {machine.get('system', UNKNOWN)}, {machine.get('cores')} cores · {cpu}"
    yield f"again    {shlex.join(spent.plan['command'])}"


def _states(report: Report) -> str:
    done = report.states["finished"]
    words = {"failed": "failed", "unfinished": "not finished", "waiting": "not begun"}
    rest = [f"{report.states[state]} {said}" for state, said in words.items() if report.states[state]]
    return f"{report.name}: {done:,} of {len(report.cells):,} cells" + "".join(f" · {each}" for each in rest)


def _problem(of: Table, report: Report, limits: str) -> list[str]:
    metric = of.metric
    unit = f" in {metric.unit}" if metric.unit else ""
    head = [f"{of.problem}", f"{metric.name}{unit}, {better(metric)}"]
    seeds = max((row.finished for row in of.rows), default=0)
    head += [f"median of {counted(seeds, 'seed')} after {limits}"]
    tests = max((pair.tests for pair in of.pairs), default=0)
    if tests:
        head += [f"p: paired Wilcoxon{f', Holm over {tests} pairs' if tests > 1 else ''}"]
    scale = [f"seed program {score(metric, of.initial)}"]
    if of.published is not None:
        scale += [f"published {score(metric, of.published.value)} ({of.published.name.replace('_', ' ')})"]
    return [" · ".join(head), " · ".join(scale), *_rows(of, report.reference)]


def _rows(of: Table, reference: str) -> list[str]:
    names = ["recipe", "best", "95 % interval"]
    if any(row.held_out is not None for row in of.rows):
        names.append("held out")
    if of.target is not None:
        names.append(f"evaluations to {_short(of.metric, of.target)}")
    against = len(of.rows) > 1
    names += [f"vs {reference}", "p", "wins"] if against else []
    rows = []
    for row in of.rows:
        cells = {
            "recipe": row.recipe if row.finished == row.planned else f"{row.recipe} ({row.finished} of {row.planned})",
            "best": _median(of.metric, row.best),
            "95 % interval": _interval(of.metric, row.best.interval if row.best else None),
            "held out": _median(of.metric, row.held_out),
            f"evaluations to {_short(of.metric, of.target)}": _reach(row),
            **_against(of, row, reference),
        }
        rows.append([cells[name] for name in names])
    return table(names, rows, range(1, len(names)))


def _against(of: Table, row: Row, reference: str) -> dict[str, str]:
    pair = of.pair(row.recipe, reference) if row.recipe != reference else None
    if pair is None or not pair.of:
        return dict.fromkeys((f"vs {reference}", "p", "wins"), "")
    return {
        f"vs {reference}": UNKNOWN if pair.lead is None else _signed(of.metric, pair.lead),
        "p": _chance(pair),
        "wins": f"{pair.wins}/{pair.of}" + (f", {counted(pair.ties, 'tie')}" if pair.ties else ""),
    }


def _chance(pair: Pair) -> str:
    return UNKNOWN if pair.corrected is None else f"{pair.corrected:.2g}" if pair.corrected >= 0.001 else "< 0.001"


def _signed(metric: Metric, lead: float) -> str:
    return ("+" if lead > 0 else "") + number(metric, lead)


def _median(metric: Metric, estimate: Estimate | None) -> str:
    return UNKNOWN if estimate is None else number(metric, estimate.median)


def _interval(metric: Metric, interval: Interval | None) -> str:
    return UNKNOWN if interval is None else f"{number(metric, interval.low)} … {number(metric, interval.high)}"


def _short(metric: Metric, target: float | None) -> str:
    """A target as it was typed, no longer than the metric's scores are."""
    if target is None:
        return ""
    text = number(metric, target)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _reach(row: Row) -> str:
    if row.reach is None:
        return UNKNOWN
    median = UNKNOWN if row.reach.median is None else f"{row.reach.median:,.0f}"
    return median if row.reach.reached == row.reach.of else f"{median} ({row.reach.reached}/{row.reach.of})"


def _aggregate(of: Aggregate) -> list[str]:
    problems = counted(len(of.problems), "problem")
    head = f"over {problems} and {counted(len(of.seeds), 'seed')} · 0 is the seed program, 1 the published value"
    names = [each.recipe for each in of.averages]
    rows = []
    for each in of.averages:
        beats = [percent(of.improvement(each.recipe, two).chance) if two != each.recipe else "" for two in names]
        interval = UNKNOWN if each.interval is None else f"{_plain(each.interval.low)} … {_plain(each.interval.high)}"
        rows.append([each.recipe, _plain(each.mean), interval, *beats])
    heads = ["recipe", "interquartile mean", "95 % interval", *(f"beats {name}" for name in names)]
    return [head, *table(heads, rows, range(1, len(heads)))]


def _plain(value: float) -> str:
    return f"{value:.3f}".replace("-", "−")
