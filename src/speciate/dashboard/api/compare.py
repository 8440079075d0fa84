"""Runs of one problem side by side: best so far by group, the final table, and what the data cannot tell.

Unlike `speciate compare`, whose plan fixes beforehand what is run, this looks at runs that happen to be there: they may
have ended at different points, still go on, or share no seeds. So the table is taken where the shortest run stands,
unless a cut is asked for, and every such thing is told in a sentence.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from statistics import median

import numpy as np

from speciate.compare.curves import Axis, Curve, band
from speciate.compare.statistics import Interval, holm, improvement, median_interval, paired
from speciate.core.errors import UsageError
from speciate.core.rng import stream
from speciate.core.values import JSON
from speciate.store.queries import Run
from speciate.store.views import Metric, plain

from .doubts import doubts, left_out, unscored
from .entries import Entry, differing, others, read
from .field import Field, Wanted, field_of
from .routing import Asked, Document

STREAM = "dashboard.compare"
FEWEST_FOR_BAND = 5
POINTS = 120  # of a median
STEPS = 300  # of one run's line; of more the best are kept
DRAWS = 10_000  # of runs, in all resamples of one band


def compare(runs: Sequence[Run], asked: Asked) -> Document:
    """Of at least one run. Raises UsageError for runs of different problems, with the difference, and for words of the
    query that mean nothing."""
    if not runs:
        raise UsageError("no run was named", "give runs=NAME,NAME")
    wanted = Wanted.of(asked)
    apart = others(runs)
    if apart and not wanted.alike:
        raise UsageError(f"{next(iter(apart.values()))}: their scores cannot be compared", "choose runs of one problem")
    entries = read([each for each in runs if each.name not in apart], wanted.axis, wanted.groups)
    scored = [each for each in entries if each.curve.best]
    body: dict[str, JSON] = {
        "problem": entries[0].summary.problem,
        "metric": plain(entries[0].metric),
        "x": wanted.axis.value,
        "ends": _ends(entries),
        "runs": [_run(each) for each in entries],
        "settings": differing(entries),
        "warnings": [*left_out(apart), *unscored(entries)],
    }
    if not scored:
        none: dict[str, JSON] = {"groups": [], "table": [], "pairs": [], "edf": None}
        return Document("compare", {**body, **none, "cut": None, "target": None, "reference": None})
    field = field_of(scored, wanted)
    pairs = _pairs(field)
    return Document(
        "compare",
        {
            **body,
            "cut": field.cut,
            "target": field.target,
            "reference": field.reference,
            "groups": [_group(field, name) for name in field.groups],
            "table": [_row(field, name, pairs) for name in field.groups],
            "pairs": list(pairs.values()),
            "edf": _edf(field),
            "warnings": [*body["warnings"], *doubts(field, pairs)],
        },
    )


def _ends(entries: Sequence[Entry]) -> dict[str, float | None]:
    """By axis how far the longest run went; None where nothing was spent on it."""
    evals = max(each.summary.evals for each in entries)
    usd = max(each.summary.cost.usd for each in entries)
    return {"evals": evals or None, "usd": usd or None, "seconds": max(each.summary.seconds for each in entries)}


def _run(entry: Entry) -> dict[str, JSON]:
    summary = entry.summary
    return {
        "run": entry.run,
        "group": entry.group,
        "seed": summary.random_seed,
        "state": summary.state.name.value,
        "best": None if summary.best is None else summary.best.score,
        "best_id": None if summary.best is None else summary.best.id,
        "evals": summary.evals,
        "end": entry.curve.end,
    }


# Lines


def _group(field: Field, name: str) -> dict[str, JSON]:
    entries = field.groups[name]
    end = max(each.curve.end for each in entries)
    points = _points(field.wanted.axis, end)
    seeds = len(entries)
    resamples = max(200, min(1_000, DRAWS // seeds))
    rng = stream(0, STREAM, name, field.wanted.axis.value)
    middle, intervals = band([each.curve for each in entries], points, field.floor, rng, resamples)
    few = seeds < FEWEST_FOR_BAND
    bands = [[x, *_turned(field.metric, each)] for x, each in zip(points, intervals, strict=True)]
    return {
        "name": name,
        "runs": [each.run for each in entries],
        "seeds": [each.summary.random_seed for each in entries],
        "end": end,
        "whole": min(each.curve.end for each in entries),
        "median": [[x, field.metric.user(float(y))] for x, y in zip(points, middle, strict=True)],
        "band": None if few else bands,
        "why_no_band": f"{_seeds(seeds)} too few for an interval" if few else None,
        "lines": {each.run: _line(each.curve, field.metric) for each in entries},
    }


def _points(axis: Axis, end: float) -> list[float]:
    if axis is Axis.EVALS:
        return [float(each) for each in np.unique(np.rint(np.linspace(min(1.0, end), end, POINTS)))]
    return [float(each) for each in np.linspace(0, end, POINTS)]


def _line(curve: Curve, metric: Metric) -> list[list[float | None]]:
    """Its steps, and its end."""
    steps = list(zip(curve.spent, curve.best, strict=True))
    if len(steps) > STEPS:
        every = -(-len(steps) // STEPS)
        steps = steps[:-1:every] + steps[-1:]
    if steps[-1][0] < curve.end:
        steps.append((curve.end, steps[-1][1]))
    return [[x, metric.user(y)] for x, y in steps]


def _turned(metric: Metric, interval: Interval) -> tuple[float, float]:
    low, high = sorted((metric.user(interval.low) or 0.0, metric.user(interval.high) or 0.0))
    return low, high


# The table


def _row(field: Field, name: str, pairs: Mapping[tuple[str, str], Mapping[str, JSON]]) -> dict[str, JSON]:
    bests = [field.best(each) for each in field.groups[name]]
    interval = median_interval(bests)
    low, high = (None, None) if interval is None else _turned(field.metric, interval)
    pair = pairs.get((name, field.reference), {})
    return {
        "recipe": name,
        "runs": len(bests),
        "best": field.metric.user(median(bests)),
        "low": low,
        "high": high,
        "to_target": _reach(field, name),
        "p": pair.get("corrected"),
        "effect": pair.get("improvement"),
        "wins": pair.get("wins"),
        "of": pair.get("of"),
    }


def _reach(field: Field, name: str) -> dict[str, JSON] | None:
    """What was spent until the target was reached; a run that never did counts as later than any."""
    if field.target is None:
        return None
    goal = field.metric.engine(field.target)
    took = [each.curve.reaches(goal) for each in field.groups[name]]
    middle = median(math.inf if each is None else each for each in took)
    reached = sum(each is not None for each in took)
    return {"reached": reached, "of": len(took), "median": middle if math.isfinite(middle) else None}


def _pairs(field: Field) -> dict[tuple[str, str], dict[str, JSON]]:
    """Every pair once, except that the reference is always `theirs`."""
    names = [(two, one) if one == field.reference else (one, two) for one, two in combinations(field.groups, 2)]
    leads = {pair: _leads(field, *pair) for pair in names}
    chances = {pair: paired(of, np.zeros(len(of))) for pair, of in leads.items()}
    corrected = holm(chances)
    return {pair: _pair(field, pair, leads[pair], chances[pair], corrected[pair]) for pair in names}


def _leads(field: Field, ours: str, theirs: str) -> list[float]:
    """By how much ours is better on each seed that both have; of several runs with a seed the first goes with the
    first, and so on."""
    one, two = _by_seed(field, ours), _by_seed(field, theirs)
    return [one[seed] - two[seed] for seed in one if seed in two]


def _by_seed(field: Field, name: str) -> dict[tuple[int | None, int], float]:
    found: dict[tuple[int | None, int], float] = {}
    for each in field.groups[name]:
        seed, again = each.summary.random_seed, 0
        while (seed, again) in found:
            again += 1
        found[seed, again] = field.best(each)
    return found


def _pair(
    field: Field, pair: tuple[str, str], leads: Sequence[float], p: float | None, corrected: float | None
) -> dict[str, JSON]:
    ours, theirs = (np.array([[field.best(each)] for each in field.groups[name]]) for name in pair)
    interval = median_interval(leads)
    low, high = (None, None) if interval is None else _turned(field.metric, interval)
    return {
        "ours": pair[0],
        "theirs": pair[1],
        "of": len(leads),
        "lead": field.metric.user(median(leads)) if leads else None,
        "low": low,
        "high": high,
        "wins": sum(each > 0 for each in leads),
        "ties": sum(each == 0 for each in leads),
        "losses": sum(each < 0 for each in leads),
        "p": p,
        "corrected": corrected,
        "improvement": improvement(ours, theirs),
    }


def _edf(field: Field) -> dict[str, JSON]:
    """`scores`: for each group the share of its runs that are at least this good at the cut, best first. `reached`: the
    share that had reached the target by then, None without a target."""
    scores, reached = {}, {}
    for name, of in field.groups.items():
        ordered = sorted((field.best(each) for each in of), reverse=True)
        scores[name] = [[field.metric.user(score), (at + 1) / len(of)] for at, score in enumerate(ordered)]
        if field.target is not None:
            goal = field.metric.engine(field.target)
            took = sorted(x for each in of if (x := each.curve.reaches(goal)) is not None)
            reached[name] = [[x, (at + 1) / len(of)] for at, x in enumerate(took)]
    return {"scores": scores, "reached": reached if field.target is not None else None}


def _seeds(count: int) -> str:
    return "1 seed is" if count == 1 else f"{count} seeds are"
