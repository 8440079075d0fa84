"""The mean over several seeds, for an evaluator whose score is noisy: as often as it takes to know it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import fsum, pi, sqrt, tan
from statistics import NormalDist, stdev

from speciate.core.problem import Repeats, Stopping
from speciate.core.protocols import Evaluator
from speciate.core.values import SEALED, Candidate, Cost, Evaluation, Request, digest_of

CONFIDENCE = 0.95
CUTOFF, INTERVAL = 0.05, 0.90  # of ShinkaEvolve: a chance, and the confidence of an interval
ALIKE = 1e-10  # a standard error below this share of the scores' size is rounding


class Repeat:
    """Evaluates with a seed of its own each time, derived from the request's, and takes the means.

    At least `repeats.times`; on to `repeats.most` while the mean of the first objective is not known to within
    `repeats.within`: while half of Student's 95 % confidence interval is wider. With `repeats.cautious` each score is
    the lower end of its interval (higher is better here), so that of two means the surer one wins.

    A request's `threshold` ends it sooner: as soon as the mean of the first objective will not reach it, by the rule
    `repeats.stop` (or HYBRID), the mean of what there is is the score. (ShinkaEvolve also stops as soon as it surely
    does; here a good candidate is measured to the end, since its score decides who comes after.)

    `shown` gains `NAME_spread`, the standard deviation of each objective over the repetitions, and `repeats`, how many
    there were. The first evaluation that is not ok ends it and is the answer.
    """

    def __init__(self, inner: Evaluator, repeats: Repeats) -> None:
        self.inner = inner
        self.repeats = repeats

    async def evaluate(self, candidate: Candidate, request: Request, others: Sequence[Candidate]) -> Evaluation:
        done: list[Evaluation] = []
        cost = Cost()
        while not self._enough(done) and not self._hopeless(done, request.threshold):
            seed = int(digest_of(str(request.seed), "repeat", str(len(done))), 16) >> 65  # 63 bits
            evaluation = await self.inner.evaluate(candidate, replace(request, seed=seed), others)
            cost += evaluation.cost
            if not evaluation.ok:
                return replace(evaluation, cost=cost)
            done.append(evaluation)
        scores = [each.scores for each in done]
        means = _means(scores)
        shown = _means([each.shown for each in done])
        if len(done) > 1:
            shown |= {f"{name}_spread": stdev(each[name] for each in scores) for name in means}
            shown["repeats"] = len(done)
        if self.repeats.cautious and len(done) > 1 and request.stage != SEALED:
            means = {name: mean - half_width([each[name] for each in scores]) for name, mean in means.items()}
        return replace(
            done[0],
            scores=means,
            cases=tuple([fsum(column) / len(done) for column in zip(*(each.cases for each in done), strict=False)]),
            measures=_means([each.measures for each in done]),
            shown=shown,
            cost=cost,
        )

    def _enough(self, done: Sequence[Evaluation]) -> bool:
        repeats = self.repeats
        if len(done) < repeats.times:
            return False
        if repeats.within is None or len(done) >= (repeats.most or repeats.times):
            return True
        name = next(iter(done[0].scores), None)
        return name is None or (len(done) > 1 and half_width([each.scores[name] for each in done]) <= repeats.within)

    def _hopeless(self, done: Sequence[Evaluation], threshold: float | None) -> bool:
        name = next(iter(done[0].scores), None) if done else None
        if threshold is None or name is None:
            return False
        return falls_short([each.scores[name] for each in done], threshold, self.repeats.stop or Stopping.HYBRID)


def falls_short(values: Sequence[float], threshold: float, rule: Stopping) -> bool:
    """Whether the mean that these values are draws from will not reach the threshold, higher being better. Values that
    are all alike are thought to be without noise."""
    count = len(values)
    if count < (2 if rule is Stopping.BAYESIAN else 3):
        return False
    mean, error = fsum(values) / count, stdev(values) / sqrt(count)
    if error <= ALIKE * max(map(abs, values)):
        return mean < threshold
    bayesian = NormalDist(mean, error).cdf(threshold) > 1 - CUTOFF
    interval = mean + student(count - 1, INTERVAL) * error < threshold
    return (rule is not Stopping.CI and bayesian) or (rule is not Stopping.BAYESIAN and interval)


def half_width(values: Sequence[float]) -> float:
    """Half of Student's confidence interval of the mean of two or more values."""
    return student(len(values) - 1) * stdev(values) / sqrt(len(values))


def student(freedom: int, confidence: float = CONFIDENCE) -> float:
    """The two-sided quantile of Student's t: exact for 1 and 2 degrees of freedom, beyond them by Fisher's expansion
    around the normal quantile (Abramowitz & Stegun 1964, 26.7.5), which is within 1 %."""
    if freedom == 1:
        return tan(pi * confidence / 2)
    if freedom == 2:
        return confidence * sqrt(2 / (1 - confidence**2))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return fsum(term / freedom**power for power, term in enumerate(terms))


def _common(tables: Sequence[Mapping[str, float]]) -> list[str]:
    return [name for name in tables[0] if all(name in table for table in tables)]


def _means(tables: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: fsum(table[name] for table in tables) / len(tables) for name in _common(tables)}
