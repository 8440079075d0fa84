"""What a new candidate's noisy score must reach, so that no time is lost on those that will not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from speciate.core.problem import Reach
from speciate.core.protocols import Adopts, Selector, View
from speciate.core.values import THRESHOLD, Outcome, Plan

from .learning import Learner, listener
from .parents import fitness_of


class Reaching(Learner):
    """Adds to another selector's plans the score that children must reach to be measured to the end (early stop by
    confidence, ShinkaEvolve: Lange, Imajuku & Cetin 2025; `evaluators.repeat.Repeat` stops): the best candidate's or
    the best of the parents', in the engine's direction, higher is better. It travels in the plan's data to the
    requests. A plan without parents that have a score, or drawn while there is no best, has none.

    Args:
        inner: chooses the parents; it is told what is observed, unless it proposes as well.
        reach: whose score.
    """

    def __init__(self, inner: Selector[View], reach: Reach = Reach.BEST) -> None:
        self.inner = inner
        self.reach = reach
        self._inner = listener(inner)

    def select(self, view: View, rng: np.random.Generator) -> Plan | None:
        plan = self.inner.select(view, rng)
        if plan is None or not plan.parents:
            return plan
        if self.reach is Reach.PARENT:
            known = [each for id in plan.parents if (each := fitness_of(view, id)) is not None]
            return _with(plan, max(known)) if known else plan
        return plan if view.best is None else _with(plan, view.fitness(view.best))

    def adopt(self, plan: Plan, fitness: float | None) -> Plan:
        """With other parents (`core.protocols.Adopts`): `fitness` is the best of theirs."""
        before = plan.data.get(THRESHOLD) if isinstance(plan.data, Mapping) else None
        if isinstance(self.inner, Adopts):
            plan = self.inner.adopt(plan, fitness)
        threshold = fitness if self.reach is Reach.PARENT else before
        data = {key: value for key, value in (plan.data or {}).items() if key != THRESHOLD}
        plan = replace(plan, data=data)
        return plan if threshold is None else _with(plan, threshold)

    def learn(self, outcome: Outcome) -> None:
        if self._inner is not None:
            self._inner.observe(outcome)


def _with(plan: Plan, threshold: float) -> Plan:
    return plan.with_data({THRESHOLD: float(threshold)})
