"""Best-so-far curves: how good the best candidate was after so much had been spent, by any of four measures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from speciate.core.budget import Spent
from speciate.core.events import Called, Evaluated, Event, Probed, Turn
from speciate.core.values import SEALED

from .statistics import Array, Interval


class Axis(StrEnum):
    """What is spent. Evaluations count whatever came of them; seconds are the run's active ones, cpu those that its
    evaluations used; tokens and dollars are those of all calls on record."""

    EVALS = "evals"
    SECONDS = "seconds"
    CPU = "cpu"
    TOKENS = "tokens"
    USD = "usd"


@dataclass(frozen=True)
class Curve:
    """Steps: from `spent[i]` on the best was `best[i]`, higher is better; before the first step there was none.
    `end` is what the whole run spent."""

    spent: Sequence[float]
    best: Sequence[float]
    end: float

    def at(self, spent: float) -> float:
        """The best by then, -inf where there was none yet."""
        reached = int(np.searchsorted(np.asarray(self.spent, float), spent, side="right"))
        return float(self.best[reached - 1]) if reached else -math.inf

    def heights(self, points: Sequence[float], worst: float) -> Array:
        """The best by each point; `worst` where there was none yet, and for what is worse still."""
        reached = np.searchsorted(np.asarray(self.spent, float), np.asarray(points, float), side="right")
        steps = np.maximum(np.array([worst, *self.best], float), worst)
        return np.asarray(steps[reached], float)

    def reaches(self, value: float) -> float | None:
        """What had been spent when the best was this good, None where it never was."""
        return next((x for x, y in zip(self.spent, self.best, strict=True) if y >= value), None)

    def area(self, upto: float, worst: float) -> float:
        """The mean of the best over what was spent, from 0 to `upto`; `worst` counts before the first step, and for
        what is worse still. A curve that ends before goes on as it ended."""
        if upto <= 0:
            return self.at(0)
        edges = [0.0, *(x for x in self.spent if 0 < x < upto), upto]
        levels = [max(worst, self.at(low)) for low in edges[:-1]]
        return sum(level * (high - low) for level, low, high in zip(levels, edges, edges[1:], strict=False)) / upto


@dataclass
class _Steps:
    spent: list[float] = field(default_factory=list)
    best: list[float] = field(default_factory=list)

    def step(self, spent: float, best: float) -> None:
        if self.spent and self.spent[-1] == spent:
            self.best[-1] = best
        else:
            self.spent.append(spent)
            self.best.append(best)


def curves(turns: Iterable[Turn]) -> Mapping[Axis, Curve]:
    """Of a run's log, in the fitness of its first objective. The sealed stage is no part of the search, so neither its
    scores nor its evaluations count."""
    spent, steps, best = Spent(), {axis: _Steps() for axis in Axis}, -math.inf
    for turn in turns:
        spent.seconds = turn.at
        for event in turn.events:
            score = _count(event, spent)
            if score is not None and score > best:
                best = score
                for axis in Axis:
                    steps[axis].step(float(getattr(spent, axis)), best)
    return {axis: Curve(steps[axis].spent, steps[axis].best, float(getattr(spent, axis))) for axis in Axis}


def _count(event: Event, spent: Spent) -> float | None:
    """Add what an event spent; the score that it brought, if any."""
    match event:
        case Evaluated(request=request, evaluation=evaluation):
            if request.stage == SEALED:
                return None
            spent.evaluated(evaluation)
            return evaluation.fitness if evaluation.ok else None
        case Probed(evaluation=evaluation):
            spent.evaluated(evaluation)
        case Called(cost=cost):
            spent.charge(cost)
    return None


def band(
    of_seeds: Sequence[Curve],
    points: Sequence[float],
    worst: float,
    rng: np.random.Generator,
    resamples: int = 1_000,
    confidence: float = 0.95,
) -> tuple[Array, list[Interval]]:
    """The median best over seeds at each point, and its percentile bootstrap over whole seeds, pointwise."""
    heights = np.array([each.heights(points, worst) for each in of_seeds])
    drawn = rng.integers(len(of_seeds), size=(resamples, len(of_seeds)))
    medians = np.median(heights[drawn], axis=1)
    low, high = np.quantile(medians, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    middle: Array = np.median(heights, axis=0)
    return middle, [Interval(float(a), float(b)) for a, b in zip(low, high, strict=True)]
