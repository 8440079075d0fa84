"""The operators that apply to a problem, as the arms of one mixture: the same for every recipe, so that what differs
between two recipes is the method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from speciate.core.errors import UsageError
from speciate.core.problem import Problem
from speciate.core.protocols import Bandit, Context, Proposer, View
from speciate.core.values import Failed, Note, Outcome, Placed, Plan, Proposal, Rejected
from speciate.selection.parents import ByIsland

# By name, or in a row and then named after their classes. An attribute `parents` says how many one wants (default 1).
Arms: TypeAlias = Mapping[str, Proposer] | Sequence[Proposer]


def operators(problem: Problem, selector: ByIsland, bandit: Bandit, given: Arms | None = None) -> Mixture:
    """The mixture of the given arms, or of all that apply to the problem's genomes.

    Raises:
        UsageError: where no operator applies.
    """
    arms = _named(given) if given is not None else _available(problem)
    if not arms:
        kinds = ", ".join(sorted({seed.kind for seed in problem.seeds})) or "none"
        raise UsageError(
            f"no operator applies to problem {problem.name} (kinds of seed: {kinds})",
            "give the recipe proposers of your own",
        )
    return Mixture(arms, bandit, selector)


def _named(given: Arms) -> dict[str, Proposer]:
    if isinstance(given, Mapping):
        return dict(given)
    arms: dict[str, Proposer] = {}
    for each in given:
        name, count = type(each).__name__.lower(), 2
        while name in arms:
            name, count = f"{type(each).__name__.lower()}_{count}", count + 1
        arms[name] = each
    return arms


def _available(problem: Problem) -> dict[str, Proposer]:
    if not any(seed.files for seed in problem.seeds):
        return {}
    # Imported when a run is made: listing recipes needs none of it.
    from speciate.proposers import syntax

    return dict(syntax.operators(problem.language.calls))


class Mixture:
    """Selector and proposer in one: a bandit draws the operator, a selector the parents it wants, all in one plan.

    An operator is paid what its child is better than the best of its parents, and nothing for a child that is worse,
    fails, or is a duplicate (credit by fitness improvement: Thierens 2005). The parents' fitness travels in the plan's
    data, so that no table of all candidates is needed.
    """

    def __init__(self, arms: Mapping[str, Proposer], bandit: Bandit, selector: ByIsland) -> None:
        self.arms = dict(arms)
        self.bandit = bandit
        self.selector = selector
        self._names = tuple(self.arms)

    def select(self, view: View, rng: np.random.Generator) -> Plan | None:
        chances = np.cumsum(self.bandit.chances(self._names))
        drawn = int(np.searchsorted(chances, rng.random() * chances[-1], side="right"))
        name = self._names[min(drawn, len(self._names) - 1)]
        plan = self.selector.plan(view, rng, getattr(self.arms[name], "parents", 1))
        if plan is None:
            return None
        return replace(plan, operator=name, data={"fitness": max(map(view.fitness, plan.parents))})

    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        return await self.arms[context.plan.operator].propose(context)

    def observe(self, outcome: Outcome) -> None:
        if outcome.plan.operator not in self.arms:
            return
        if isinstance(outcome, Placed):
            fitness = outcome.evaluation.fitness
            gain = 0.0 if fitness is None else fitness - outcome.plan.data["fitness"]
            self.bandit.reward(outcome.plan.operator, max(gain, 0.0))
        elif isinstance(outcome, Rejected | Failed):
            self.bandit.reward(outcome.plan.operator, 0.0)
