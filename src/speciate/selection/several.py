"""Different parents, or none."""

from __future__ import annotations

import numpy as np

from speciate.core.protocols import Adopts, Selector, View
from speciate.core.values import Outcome, Plan

from .inspired import planned
from .learning import Learner, listener


class Several(Learner):
    """Another selector's plans of `parents` different candidates; None where it finds fewer, so that a mixture draws
    another arm while there is nobody to cross.

    Args:
        inner: chooses them; it is told what is observed.
        parents: how many.

    Raises:
        ValueError: for fewer than two.
    """

    def __init__(self, inner: Selector[View], parents: int = 2) -> None:
        if parents < 2:
            raise ValueError(f"{parents} different parents: it must be 2 or more")
        self.inner = inner
        self.parents = parents
        self._inner = listener(inner)

    def select(self, view: View, rng: np.random.Generator) -> Plan | None:
        return self.plan(view, rng, self.parents)

    def plan(self, view: View, rng: np.random.Generator, parents: int) -> Plan | None:
        """Raises TypeError where the inner selector does not plan for a number of parents."""
        plan = planned(self.inner, view, rng, parents)
        return plan if plan is not None and len(set(plan.parents)) == parents else None

    def adopt(self, plan: Plan, fitness: float | None) -> Plan:
        return self.inner.adopt(plan, fitness) if isinstance(self.inner, Adopts) else plan

    def learn(self, outcome: Outcome) -> None:
        if self._inner is not None:
            self._inner.observe(outcome)
