"""Over the problems of a comparison: interquartile means, probabilities of improvement, performance profiles.

After Agarwal et al. 2021. Only whole blocks count: problems that can be normalised and on which every entrant has
finished some cell, and of their cells the seeds that every entrant has finished on all of them. What is left out is
named, with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from speciate.core.rng import stream

from .plan import Plan
from .report import Aggregate, Average, Improvement, Profile
from .statistics import (
    FEWEST,
    Array,
    Interval,
    improvement,
    improvement_interval,
    interquartile_mean,
    profile,
    stratified_interval,
)
from .tables import STREAM, Found

LEVELS = 50


def aggregate_of(plan: Plan, problems: Sequence[Found], resamples: int) -> tuple[Aggregate | None, dict[str, str]]:
    """The aggregate, None where no problem or no seed is left for it; and by problem why it was left out."""
    left_out = {each.subject.name: why for each in problems if (why := _why_not(each))}
    whole = [each for each in problems if each.subject.name not in left_out]
    seeds = [seed for seed in plan.seeds if all(seed in of for each in whole for of in each.by.values())]
    if not whole or not seeds:
        return None, left_out
    scores = {each.name: _scores(whole, each.name, seeds) for each in plan.entrants}
    levels = _levels(scores)
    return (
        Aggregate(
            problems=tuple([each.subject.name for each in whole]),
            seeds=tuple(seeds),
            left_out=left_out,
            averages=tuple([_average(name, each, resamples) for name, each in scores.items()]),
            improvements=_improvements(scores, resamples),
            levels=tuple(levels),
            profiles=tuple([Profile(name, tuple(profile(each, levels).tolist())) for name, each in scores.items()]),
        ),
        left_out,
    )


def _why_not(found: Found) -> str | None:
    published = found.subject.published
    if published is None:
        return "it has no published value to normalise by"
    lacking = [name for name, of in found.by.items() if not of]
    if lacking:
        return f"{', '.join(lacking)} finished no cell there"
    if found.zero is not None and found.one is not None and found.one <= found.zero:
        return f"its seed program is as good as the published {published.value:.10g} already"
    return None


def _scores(problems: Sequence[Found], recipe: str, seeds: Sequence[int]) -> Array:
    """Normalised, shape (seeds, problems)."""
    rows = [[each.normalised(each.by[recipe][seed].best or 0.0) for each in problems] for seed in seeds]
    return np.array(rows, float)


def _average(name: str, scores: Array, resamples: int) -> Average:
    interval = None
    if len(scores) >= FEWEST:
        interval = stratified_interval(scores, stream(0, STREAM, "mean", name), resamples=resamples)
    return Average(name, interquartile_mean(scores), interval)


def _improvements(scores: Mapping[str, Array], resamples: int) -> tuple[Improvement, ...]:
    """Every ordered pair: each pair is drawn once, and its other side is what is left of 1."""
    found = {}
    for one, two in combinations(scores, 2):
        chance, interval = improvement(scores[one], scores[two]), None
        if len(scores[one]) >= FEWEST:
            rng = stream(0, STREAM, "improvement", one, two)
            interval = improvement_interval(scores[one], scores[two], rng, resamples)
        found[one, two] = Improvement(one, two, chance, interval)
        other = None if interval is None else Interval(1 - interval.high, 1 - interval.low)
        found[two, one] = Improvement(two, one, 1 - chance, other)
    return tuple([found[one, two] for one in scores for two in scores if one != two])


def _levels(scores: Mapping[str, Array]) -> list[float]:
    """From 0, or what is worse, to 1, or what is better."""
    low = min(0.0, *(float(each.min()) for each in scores.values()))
    high = max(1.0, *(float(each.max()) for each in scores.values()))
    return [float(each) for each in np.linspace(low, high, LEVELS + 1)]
