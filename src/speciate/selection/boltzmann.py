"""Boltzmann selection, over clusters where a population has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from speciate.core.protocols import View
from speciate.core.values import Id, Plan

from .parents import ByIsland, drawn, drawn_island, median

INITIAL, PERIOD = 0.1, 30_000


@runtime_checkable
class Clustered(Protocol):
    """What the view of a population shows besides (`populations.Clusters`) that keeps together what behaves alike."""

    @property
    def arrivals(self) -> int:
        """How many candidates have ever come to stay."""
        ...

    def scores(self) -> Sequence[float]:
        """The fitness of each cluster's members."""
        ...

    def cluster(self, index: int) -> Sequence[Id]:
        """Who is in it: one at least."""
        ...

    def length(self, id: Id) -> int: ...


class Boltzmann(ByIsland):
    """FunSearch's choice of what to show (Romera-Paredes et al. 2024, Methods, *Programs database*): a cluster by the
    softmax of its score at a temperature that falls and starts again, a program of it by the softmax of its
    shortness, `parents` times with replacement, in ascending order of score.

        T = initial * (1 - (n mod period) / period)              n: arrivals on that island
        p(cluster) ~ exp(score / T)
        p(program) ~ exp(-(length - shortest) / (longest + 1e-6))

    Islands are drawn uniformly. There are no more parents than clusters. A view without clusters is taken as one of
    clusters of one each, over its `top`, and n as the number of its members.

    The paper's scores are as the problem has them, so its initial 0.1 fits a problem whose scores differ by some
    tenths, and no other. By default they are therefore measured from the best in units of what the best is above the
    median (above the worst, where more than half are as good as the best): nothing changes when all scores are
    shifted or multiplied. `normalised` False is the paper's form.

    Args:
        initial: T at the start of a period; without unit, or in that of the score where it is not normalised.
        period: arrivals from one start to the next.

    Raises:
        ValueError: for a temperature not above 0 or a period below 1.
    """

    def __init__(
        self, initial: float = INITIAL, period: int = PERIOD, *, normalised: bool = True, parents: int = 2
    ) -> None:
        super().__init__(parents=parents)
        if not initial > 0 or period < 1:
            raise ValueError(f"temperature {initial} must be above 0, period {period} 1 or more")
        self.initial = initial
        self.period = period
        self.normalised = normalised

    def temperature(self, arrivals: int) -> float:
        return self.initial * (1 - arrivals % self.period / self.period)

    def plan(self, view: View, rng: np.random.Generator, parents: int) -> Plan | None:
        parts = view.parts
        island = drawn_island(parts, rng)
        if island is None:
            return None
        part = parts[island]
        scores = _scores(part)
        weights = self._weights(part, scores)
        at = sorted((drawn(weights, rng) for _ in range(min(parents, len(scores)))), key=lambda each: scores[each])
        return Plan(parents=tuple(_shortish(part, each, rng) for each in at), island=island)

    def pick(self, part: View, rng: np.random.Generator) -> Id:
        return _shortish(part, drawn(self._weights(part, _scores(part)), rng), rng)

    def _weights(self, part: View, scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        arrivals = part.arrivals if isinstance(part, Clustered) else len(part)
        with np.errstate(over="ignore"):
            below = below_best(scores) if self.normalised else scores - np.max(scores)
            return np.asarray(np.exp(below / self.temperature(arrivals)))


def below_best(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How far each is below the best, in units of what the median is below it (the worst, where the median is not
    below): 0 for the best, negative for the rest, all 0 where all are equal. Shape as given."""
    below = scores / 2 - np.max(scores) / 2  # halved, so that no difference of finite scores overflows
    unit = -median(below) or -float(np.min(below))
    with np.errstate(over="ignore"):
        return np.asarray(below / unit) if unit else below


def shortness(lengths: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The weights of a cluster's programs by their lengths, not normalised; in whatever unit lengths are."""
    return np.asarray(np.exp(-(lengths - np.min(lengths)) / (np.max(lengths) + 1e-6)))


def _scores(part: View) -> npt.NDArray[np.float64]:
    return np.array(part.scores() if isinstance(part, Clustered) else [part.fitness(id) for id in part.top])


def _shortish(part: View, at: int, rng: np.random.Generator) -> Id:
    if not isinstance(part, Clustered):
        return part.top[at]
    cluster = part.cluster(at)
    if len(cluster) == 1:
        return cluster[0]
    return cluster[drawn(shortness(np.array([float(part.length(id)) for id in cluster])), rng)]
