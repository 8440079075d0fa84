"""Where a search begins: with variants of the seeds."""

from __future__ import annotations

import numpy as np

from speciate.core.protocols import Adopts, Selector, View
from speciate.core.values import REFLECT, SEED, UNCHOSEN, Id, Outcome, Placed, Plan, Started

from .inspired import planned
from .learning import Learner, listener
from .parents import has


class Founding(Learner):
    """Of the first `count` plans those of one parent have a seed for it, one of those that are in the population, all
    alike; plans of several parents, and all that come after, are another selector's. It is how a population is made
    from one program.

    Args:
        inner: plans after that; it is told what is observed.
        count: plans begun, of however many parents and whatever comes of them.

    Raises:
        ValueError: for a negative count.
    """

    def __init__(self, inner: Selector[View], count: int) -> None:
        if count < 0:
            raise ValueError(f"{count} plans of seeds: it must be 0 or more")
        self.inner = inner
        self.count = count
        self._inner = listener(inner)
        self._begun = 0
        self._seeds: list[Id] = []

    def select(self, view: View, rng: np.random.Generator) -> Plan | None:
        return self._founder(view, rng, 1) or self.inner.select(view, rng)

    def plan(self, view: View, rng: np.random.Generator, parents: int) -> Plan | None:
        """Raises TypeError where the inner selector does not plan for a number of parents."""
        return self._founder(view, rng, parents) or planned(self.inner, view, rng, parents)

    def adopt(self, plan: Plan, fitness: float | None) -> Plan:
        return self.inner.adopt(plan, fitness) if isinstance(self.inner, Adopts) else plan

    def learn(self, outcome: Outcome) -> None:
        if isinstance(outcome, Placed) and outcome.plan.kind == SEED and outcome.evaluation.ok:
            self._seeds.append(outcome.candidate.id)
        elif isinstance(outcome, Started) and outcome.plan.kind not in (*UNCHOSEN, REFLECT):
            self._begun += 1
        if self._inner is not None:
            self._inner.observe(outcome)

    def _founder(self, view: View, rng: np.random.Generator, parents: int) -> Plan | None:
        """None once there are enough, and for plans of several parents: a seed alone cannot be crossed."""
        if self._begun >= self.count or parents > 1:
            return None
        homes = [(id, index) for id in self._seeds for index, part in enumerate(view.parts) if has(part, id)]
        if not homes:
            return None
        id, island = homes[int(rng.integers(len(homes)))]
        return Plan(parents=(id,), island=island)
