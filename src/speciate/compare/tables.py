"""One problem of a comparison, from its cells: rows, pairs, bands.

Everything is computed in the engine's terms (higher is better) and told in the user's. Random streams are named after
what they are for, so that a report is the same whenever it is made, and of whatever else it is made.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

import numpy as np

from speciate.core.rng import stream
from speciate.store.views import Metric

from .cells import Cell
from .curves import Axis, Curve, band
from .plan import Plan, Subject
from .report import MEASURED_AXES, Band, Estimate, Pair, Reach, Row, RowMeasured, Table, TableMeasured
from .statistics import FEWEST, Interval, holm, improvement, median_interval, paired

STREAM = "compare"
POINTS = 100
AXES = {"evals": Axis.EVALS, "cpu": Axis.CPU, "seconds": Axis.SECONDS, "tokens": Axis.TOKENS, "cost": Axis.USD}


@dataclass(frozen=True, slots=True)
class Found:
    """The finished cells of one problem: by entrant, by seed."""

    plan: Plan
    subject: Subject
    by: Mapping[str, Mapping[int, Cell]]

    @staticmethod
    def of(plan: Plan, subject: Subject, cells: Iterable[Cell]) -> Found:
        by: dict[str, dict[int, Cell]] = {each.name: {} for each in plan.entrants}
        for cell in cells:
            if cell.key.problem == subject.name and cell.finished and cell.best is not None:
                by[cell.key.recipe][cell.key.seed] = cell
        return Found(plan, subject, by)

    @property
    def cells(self) -> list[Cell]:
        return [cell for of in self.by.values() for cell in of.values()]

    @property
    def metric(self) -> Metric:
        return self.subject.metric

    @property
    def initials(self) -> list[float]:
        return [cell.initial for cell in self.cells if cell.initial is not None]

    @property
    def zero(self) -> float | None:
        """The seed program's score: one number for all cells, also where it is noisy."""
        return median(self.initials) if self.initials else None

    @property
    def one(self) -> float | None:
        """The published value."""
        published = self.subject.published
        return None if published is None else self.metric.engine(published.value)

    def normalised(self, score: float) -> float | None:
        """None where there is no published value, or none that is better than the seed program's."""
        zero, one = self.zero, self.one
        return None if zero is None or one is None or one <= zero else (score - zero) / (one - zero)


def axis_of(plan: Plan) -> Axis:
    """What the budget limits: of several the first in this order."""
    return next((axis for name, axis in AXES.items() if plan.budget.get(name) is not None), Axis.EVALS)


def table_of(found: Found, resamples: int) -> Table:
    """`resamples` is how often cells are drawn anew for each band."""
    plan, subject, metric = found.plan, found.subject, found.metric
    bands = {axis: _bands(found, axis, resamples) for axis in Axis}
    return Table(
        problem=subject.name,
        digest=subject.digest,
        metric=metric,
        published=subject.published,
        target=subject.target,
        initial=metric.user(found.zero),
        axis=axis_of(plan),
        rows=tuple([_row(found, each.name) for each in plan.entrants]),
        pairs=_pairs(found),
        bands={axis.value: each for axis, each in bands.items() if each and axis not in MEASURED_AXES},
        measured=TableMeasured({axis.value: each for axis, each in bands.items() if each and axis in MEASURED_AXES}),
    )


def estimate(values: Sequence[float], metric: Metric | None = None) -> Estimate | None:
    """Of scores in the engine's terms, told in the metric's."""
    if not values:
        return None
    return Estimate(_told(metric, median(values)), _turned(metric, median_interval(values)), len(values))


def _told(metric: Metric | None, value: float) -> float:
    return value if metric is None else metric.direction.sign * value + 0.0


def _turned(metric: Metric | None, interval: Interval | None) -> Interval | None:
    if interval is None:
        return None
    low, high = sorted((_told(metric, interval.low), _told(metric, interval.high)))
    return Interval(low, high)


def _row(found: Found, recipe: str) -> Row:
    cells, metric, axis = list(found.by[recipe].values()), found.metric, axis_of(found.plan)
    best = [each.best for each in cells if each.best is not None]
    upto = _upto(found, axis)
    areas = [each.curves[axis].area(upto, _floor(found)) for each in cells if axis in each.curves]
    evals = sum(each.evals for each in cells)
    normalised = [value for each in best if (value := found.normalised(each)) is not None]
    return Row(
        recipe=recipe,
        finished=len(cells),
        planned=len(found.plan.seeds),
        best=estimate(best, metric),
        held_out=estimate([each.held_out for each in cells if each.held_out is not None], metric),
        area=estimate([each for each in areas if math.isfinite(each)], metric),
        reach=_reach(found, cells),
        normalised=estimate(normalised),
        evals=evals,
        duplicates=sum(each.duplicates for each in cells),
        failed=1 - sum(each.counts.get("ok", 0) for each in cells) / evals if evals else None,
        tokens=sum(each.tokens for each in cells),
        usd=sum(each.usd for each in cells),
        unpriced=sum(each.unpriced for each in cells),
        measured=RowMeasured(median(each.seconds for each in cells), median(each.cpu for each in cells))
        if cells
        else RowMeasured(),
    )


def _upto(found: Found, axis: Axis) -> float:
    """The end of the budget's axis: the limit itself, else what the longest cell spent."""
    limit = next(
        (found.plan.budget[name] for name, each in AXES.items() if each is axis and name in found.plan.budget), None
    )
    ends = [each.curves[axis].end for each in found.cells if axis in each.curves]
    return float(limit) if limit else max(ends, default=0.0)


def _floor(found: Found) -> float:
    """What counts before a cell's first score: the seed program's, where it is noisy the worst of them."""
    return min(found.initials, default=-math.inf)


def _reach(found: Found, cells: Sequence[Cell]) -> Reach | None:
    target = found.subject.target
    if target is None or not cells:
        return None
    goal = found.metric.engine(target)
    took = [each.curves[Axis.EVALS].reaches(goal) for each in cells if Axis.EVALS in each.curves]
    late = sorted(math.inf if each is None else each for each in took)
    middle = median(late) if late else math.inf
    return Reach(target, sum(each is not None for each in took), len(took), middle if math.isfinite(middle) else None)


def _pairs(found: Found) -> tuple[Pair, ...]:
    names = [each.name for each in found.plan.entrants]
    reference = found.plan.reference
    pairs = [(two, one) if one == reference else (one, two) for one, two in combinations(names, 2)]
    leads = {pair: _leads(found, *pair) for pair in pairs}
    tested = [pair for pair in pairs if not found.plan.against or reference in pair]
    chances = {pair: paired(leads[pair], np.zeros(len(leads[pair]))) for pair in tested}
    corrected = holm(chances)
    tests = sum(p is not None for p in chances.values())
    return tuple([_pair(found, pair, leads[pair], (chances.get(pair), corrected.get(pair), tests)) for pair in pairs])


def _leads(found: Found, ours: str, theirs: str) -> list[float]:
    """By how much ours is better, on each seed that both have finished."""
    one, two = found.by[ours], found.by[theirs]
    return [
        float(one[seed].best or 0.0) - float(two[seed].best or 0.0)
        for seed in found.plan.seeds
        if seed in one and seed in two
    ]


def _pair(
    found: Found, pair: tuple[str, str], leads: Sequence[float], test: tuple[float | None, float | None, int]
) -> Pair:
    ours, theirs = ([[each.best] for each in found.by[name].values()] for name in pair)
    lead = estimate(leads, found.metric)
    return Pair(
        *pair,
        of=len(leads),
        lead=lead.median if lead else None,
        interval=lead.interval if lead else None,
        wins=sum(each > 0 for each in leads),
        ties=sum(each == 0 for each in leads),
        losses=sum(each < 0 for each in leads),
        p=test[0],
        corrected=test[1],
        tests=test[2],
        improvement=improvement(np.array(ours, float), np.array(theirs, float)) if ours and theirs else None,
    )


def _bands(found: Found, axis: Axis, resamples: int) -> tuple[Band, ...]:
    """None at all where nothing was spent on this axis."""
    lines = {name: [cell.curves[axis] for cell in of.values() if axis in cell.curves] for name, of in found.by.items()}
    end = max((curve.end for each in lines.values() for curve in each), default=0.0)
    if end <= 0:
        return ()
    points = _points(axis, max(end, _upto(found, axis)) if axis is axis_of(found.plan) else end)
    stem = STREAM, "band", found.subject.name
    return tuple(
        [
            _band(found, name, each, points, (stream(0, *stem, name, axis), resamples))
            for name, each in lines.items()
            if each
        ]
    )


def _points(axis: Axis, end: float) -> list[float]:
    if axis is Axis.EVALS:
        return [float(each) for each in np.unique(np.rint(np.linspace(1, end, POINTS + 1)))]
    return [float(each) for each in np.linspace(0, end, POINTS + 1)]


def _band(
    found: Found, name: str, curves: Sequence[Curve], points: Sequence[float], draws: tuple[np.random.Generator, int]
) -> Band:
    middle, intervals = band(curves, points, _floor(found), *draws)
    turned = [_turned(found.metric, each) or each for each in intervals]
    enough = len(curves) >= FEWEST
    return Band(
        name,
        tuple(points),
        tuple([_told(found.metric, float(each)) for each in middle]),
        tuple([each.low for each in turned]) if enough else None,
        tuple([each.high for each in turned]) if enough else None,
        min(curve.end for curve in curves),
    )
