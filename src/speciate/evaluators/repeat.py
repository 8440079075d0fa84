"""The mean over several seeds, for an evaluator whose score is noisy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import fsum
from statistics import stdev

from speciate.core.protocols import Evaluator
from speciate.core.values import Candidate, Cost, Evaluation, Request, digest_of

from .cascade import total


class Repeat:
    """Evaluates `times` times, each with a seed of its own derived from the request's, and takes the means.

    `shown` gains `NAME_spread`, the standard deviation of each objective over the repetitions. The first evaluation
    that is not ok ends it and is the answer. Raises ValueError for fewer than one repetition.
    """

    def __init__(self, inner: Evaluator, times: int) -> None:
        if times < 1:
            raise ValueError(f"repeated {times} times: it must be 1 or more")
        self.inner = inner
        self.times = times

    async def evaluate(self, candidate: Candidate, request: Request, others: Sequence[Candidate]) -> Evaluation:
        done: list[Evaluation] = []
        cost = Cost()
        for number in range(self.times):
            seed = int(digest_of(str(request.seed), "repeat", str(number)), 16) >> 65  # 63 bits
            evaluation = await self.inner.evaluate(candidate, replace(request, seed=seed), others)
            cost = total(cost, evaluation.cost)
            if not evaluation.ok:
                return replace(evaluation, cost=cost)
            done.append(evaluation)
        scores = [each.scores for each in done]
        shown = _means([each.shown for each in done])
        if self.times > 1:
            shown |= {f"{name}_spread": stdev(each[name] for each in scores) for name in _common(scores)}
        return replace(
            done[0],
            scores=_means(scores),
            cases=tuple([fsum(column) / len(done) for column in zip(*(each.cases for each in done), strict=False)]),
            measures=_means([each.measures for each in done]),
            shown=shown,
            cost=cost,
        )


def _common(tables: Sequence[Mapping[str, float]]) -> list[str]:
    return [name for name in tables[0] if all(name in table for table in tables)]


def _means(tables: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: fsum(table[name] for table in tables) / len(tables) for name in _common(tables)}
