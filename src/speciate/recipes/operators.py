"""The operators that apply to a problem, as the arms of one mixture: the same for every recipe, so that what differs
between two recipes is the method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeAlias

import numpy as np

from speciate.core.problem import Problem
from speciate.core.protocols import Bandit, Context, Proposer, View
from speciate.core.values import Failed, Id, Note, Outcome, Placed, Plan, Proposal, Rejected
from speciate.selection.parents import ByIsland


class Operator(Proposer, Protocol):
    """A proposer that says how many parents it wants."""

    parents: int


Arms: TypeAlias = Mapping[str, Operator]


def operators(problem: Problem, selector: ByIsland, bandit: Bandit, arms: Arms | None = None) -> Mixture:
    """The mixture of these arms, or of all that apply to the problem."""
    return Mixture(arms or {}, bandit, selector)


class Mixture:
    def __init__(self, arms: Arms, bandit: Bandit, selector: ByIsland) -> None:
        self.arms = dict(arms)
        self.names = list(arms)
        self.bandit = bandit
        self.selector = selector

    def select(self, view: View, rng: np.random.Generator) -> Plan | None:
        chances = np.cumsum(self.bandit.chances(self.names))
        name = self.names[min(int(np.searchsorted(chances, rng.random(), "right")), len(self.names) - 1)]
        plan = self.selector.plan(view, rng, self.arms[name].parents)
        if plan is None:
            return None
        best = max(self._fitness(view, id) for id in plan.parents)
        return replace(plan, operator=name, data={"fitness": best})

    def _fitness(self, view: View, id: Id) -> float:
        return view.fitness(id)

    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        return await self.arms[context.plan.operator].propose(context)

    def observe(self, outcome: Outcome) -> None:
        if isinstance(outcome, Placed | Rejected | Failed) and outcome.plan.operator in self.arms:
            gain = 0.0
            if isinstance(outcome, Placed) and outcome.evaluation.fitness is not None:
                gain = max(0.0, outcome.evaluation.fitness - outcome.plan.data["fitness"])
            self.bandit.reward(outcome.plan.operator, gain)
