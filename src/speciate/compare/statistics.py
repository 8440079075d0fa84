"""Statistics that hold for few seeds and few problems.

Scores are arrays of shape (seeds, problems), normalised per problem, and higher is better. Aggregates and intervals are
those of Agarwal et al. 2021 ("Deep reinforcement learning at the edge of the statistical precipice"); the signed-rank
test is Wilcoxon's (1945), with Holm's (1979) correction for several. scipy.stats has some of this, and the tests hold
what is here against it; importing it takes longer than all else that a report needs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Values: TypeAlias = Sequence[float] | Array
Statistic: TypeAlias = Callable[[Array], float]

RESAMPLES = 2_000
CONFIDENCE = 0.95
FEWEST = 6  # seeds for a test: of five pairs the smallest p there is, two-sided, is 1/16


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


def interquartile_mean(scores: Array) -> float:
    """The mean of the middle half of all runs, whatever their problem (IQM): less noisy than the median, and outliers
    count for nothing."""
    return float(_middle_halves(np.ravel(scores)[None, :])[0])


def stratified_interval(
    scores: Array,
    rng: np.random.Generator,
    statistic: Statistic = interquartile_mean,
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
) -> Interval:
    """The percentile bootstrap of a statistic, seeds drawn anew within each problem."""
    seeds, problems = scores.shape
    drawn = rng.integers(seeds, size=(resamples, seeds, problems))
    if statistic is interquartile_mean:  # all at once: fifty times faster
        again = np.take_along_axis(scores[None], drawn, axis=1)
        return _middle(_middle_halves(again.reshape(resamples, -1)), confidence)
    return _middle([statistic(np.take_along_axis(scores, rows, axis=0)) for rows in drawn], confidence)


def improvement(ours: Array, theirs: Array) -> float:
    """P(X > Y): the chance that a run of ours beats a run of theirs on a problem drawn at random, ties half. By the
    Mann-Whitney statistic per problem (Agarwal et al. 2021, section 4.3)."""
    return float(_won(ours, theirs).mean())


def improvement_interval(
    ours: Array,
    theirs: Array,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
) -> Interval:
    """Of `improvement`, both sides drawn anew within each problem: how often each run was drawn weighs its duels."""
    one, two = (_drawn(len(each), each.shape[1], resamples, rng) for each in (ours, theirs))
    won = np.einsum("rip,ijp,rjp->r", one, _won(ours, theirs), two)
    return _middle(won / (len(ours) * len(theirs) * ours.shape[1]), confidence)


def profile(scores: Array, levels: Sequence[float]) -> Array:
    """The share of runs above each level, all problems alike (performance profile, Dolan & More 2002; Agarwal et al.
    2021, section 4.2), shape (levels,)."""
    above: Array = (np.ravel(scores)[None, :] > np.asarray(levels, float)[:, None]).mean(axis=1)
    return above


def median_interval(values: Values, confidence: float = CONFIDENCE) -> Interval | None:
    """Of the median, by order statistics: the innermost pair of ranks that holds it with at least this probability,
    whatever the distribution (Conover 1999). None where no pair does: below six values, for 95 %."""
    rank = _rank(len(values), confidence)
    if rank is None:
        return None
    ordered = np.sort(np.asarray(values, float))
    return Interval(float(ordered[rank]), float(ordered[-1 - rank]))


def paired(ours: Values, theirs: Values) -> float | None:
    """The two-sided p of Wilcoxon's signed-rank test over seeds; None below `FEWEST`, where it cannot reach 5 %.
    Equal pairs count for neither side (Pratt 1959); the null distribution is that of all swaps, exact with ties."""
    leads = np.asarray(ours, float) - np.asarray(theirs, float)
    if len(leads) < FEWEST:
        return None
    if not leads.any():
        return 1.0
    ranks = _ranks(np.abs(leads))
    weights = np.rint(2 * ranks[leads != 0]).astype(int)  # mid-ranks are halves
    observed = int(np.rint(2 * ranks[leads > 0].sum()))
    return _two_sided(weights, observed)


def holm(chances: Mapping[Any, float | None]) -> dict[Any, float | None]:
    """Each p, corrected for how many there are (Holm 1979): rejecting those at or below 0.05 keeps the chance of any
    false rejection at 5 %. None stays None and counts for nothing."""
    known = sorted((p, key) for key, p in chances.items() if p is not None)
    corrected: dict[Any, float | None] = dict.fromkeys(chances)
    worst = 0.0
    for at, (p, key) in enumerate(known):
        worst = max(worst, min(1.0, (len(known) - at) * p))
        corrected[key] = worst
    return corrected


def _won(ours: Array, theirs: Array) -> Array:
    """Every run of ours against every one of theirs: 1 won, 1/2 a tie, 0 lost, shape (ours, theirs, problems)."""
    one, two = ours[:, None, :], theirs[None, :, :]
    return np.asarray((one > two) + (one == two) / 2, float)


def _drawn(seeds: int, problems: int, resamples: int, rng: np.random.Generator) -> Array:
    """How often each run is in each resample, shape (resamples, seeds, problems)."""
    drawn = rng.integers(seeds, size=(resamples, seeds, problems))
    return np.asarray((drawn[:, :, None, :] == np.arange(seeds)[:, None]).sum(axis=1), float)


@lru_cache
def _rank(count: int, confidence: float) -> int | None:
    """The greatest rank, from 0, that holds the median with the rank that is as far from the other end."""
    ranks = range((count - 1) // 2, -1, -1)
    return next((low for low in ranks if 1 - 2 * _tail(low, count) >= confidence), None)


def _tail(most: int, count: int) -> float:
    """P(at most so many of `count` fair coins are heads)."""
    return float(sum(math.comb(count, heads) for heads in range(most + 1)) / 2**count)


def _ranks(values: Array) -> Array:
    """From 1, equal ones the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[place], float)


def _middle_halves(rows: Array) -> Array:
    """The mean of each row without a quarter of it at either end."""
    cut = rows.shape[1] // 4
    return np.asarray(np.sort(rows, axis=1)[:, cut : rows.shape[1] - cut].mean(axis=1), float)


def _two_sided(weights: NDArray[np.int_], observed: int) -> float:
    """Twice the smaller tail of the sum of `weights`, each in it or not with chance 1/2; by counting all sums."""
    total = int(weights.sum())
    ways = np.zeros(total + 1)
    ways[0] = 1.0
    for weight in weights:
        ways[weight:] = ways[weight:] + ways[: total + 1 - weight]
    ways /= ways.sum()
    tail = min(ways[: observed + 1].sum(), ways[observed:].sum())
    return float(min(1.0, 2 * tail))


def _middle(values: Values, confidence: float) -> Interval:
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high))
