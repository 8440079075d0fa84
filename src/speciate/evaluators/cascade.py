"""Stages from cheap to dear: a candidate that falls short of one costs no more (AlphaEvolve's evaluation cascade,
Novikov et al. 2025)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from speciate.core.problem import Objective, Stage
from speciate.core.protocols import Evaluator
from speciate.core.values import Candidate, Cost, Evaluation, Request, Status


class Cascade:
    """Evaluates at each stage in turn; the last one's evaluation counts, the cost is that of all.

    A candidate whose first objective is under a stage's threshold (engine's direction) ends as `Status.FILTERED` with
    the reason. A request that names a stage (one of these, or the sealed one) is handed on as it is. A request's own
    threshold is meant for the last stage's score: the stages before are not told it.
    """

    def __init__(self, inner: Evaluator, stages: Sequence[Stage], objective: Objective) -> None:
        if not stages:
            raise ValueError("a cascade of no stages: give it one at least, or use the evaluator itself")
        self.inner = inner
        self.stages = tuple(stages)
        self.objective = objective

    async def evaluate(self, candidate: Candidate, request: Request, others: Sequence[Candidate]) -> Evaluation:
        if request.stage:
            return await self.inner.evaluate(candidate, request, others)
        cost = Cost()
        for stage in self.stages:
            threshold = request.threshold if stage is self.stages[-1] else None
            asked = replace(request, stage=stage.name, threshold=threshold)
            evaluation = await self.inner.evaluate(candidate, asked, others)
            cost += evaluation.cost
            if not evaluation.ok:
                break
            score = evaluation.fitness
            if stage.threshold is not None and (score is None or score < stage.threshold):
                evaluation = self._filtered(stage, evaluation)
                break
        return replace(evaluation, cost=cost)

    def _filtered(self, stage: Stage, evaluation: Evaluation) -> Evaluation:
        sign, name, score = self.objective.direction.sign, self.objective.name, evaluation.fitness
        user = f"{sign * score:g}" if score is not None else "no score"
        reason = f"stage {stage.name}: {name} {user}, and {sign * (stage.threshold or 0.0):g} is needed to go on"
        shown = dict(evaluation.shown) if score is None else {**evaluation.shown, f"{name}_{stage.name}": sign * score}
        feedback = f"{reason}. {evaluation.feedback}".strip()
        return replace(evaluation, status=Status.FILTERED, scores={}, feedback=feedback, shown=shown)
