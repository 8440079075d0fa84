"""Candidates that failed, to be mended."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from speciate.core.protocols import View
from speciate.core.values import EVERYWHERE, FITNESS, Id, Outcome, Placed, Plan, Started, Status

from .learning import Learner


@dataclass(slots=True)
class _Failed:
    island: int
    before: float | None  # the fitness of the best of its own parents
    tries: int = 0


class Mending(Learner):
    """Plans the fix of a candidate that failed lately (crashed, ran out of time, no valid answer), the newest first: it
    is the only parent, and its evaluation says the error. An arm for `proposers.llm.Fix`; None while there is nothing
    to mend, so that a mixture draws another arm. With a weight of 0 beside others it is what happens while no other
    arm has a parent: ShinkaEvolve's mode for a population without a correct program.

    The plan's `data["fitness"]` is that of the failed candidate's own best parent, so that what mends it is paid for
    what the search has gained by it.

    Args:
        keep: how many of the last failures may still be mended.
        tries: plans for each of them.
        operator: the arm's name, by which its own plans are known.

    Raises:
        ValueError: for numbers below 1.
    """

    def __init__(self, keep: int = 10, *, tries: int = 1, operator: str = "fix") -> None:
        if min(keep, tries) < 1:
            raise ValueError(f"{tries} tries for each of {keep} failures: each must be 1 or more")
        self.keep = keep
        self.tries = tries
        self.operator = operator
        self._failed: OrderedDict[Id, _Failed] = OrderedDict()  # the newest last

    def select(self, view: View, rng: np.random.Generator) -> Plan | None:
        if not self._failed:
            return None
        id = next(reversed(self._failed))
        found = self._failed[id]
        island = found.island
        if island == EVERYWHERE:
            island = int(rng.integers(len(view.parts)))
        data = {} if found.before is None else {FITNESS: found.before}
        return Plan(parents=(id,), operator=self.operator, island=island, data=data)

    def learn(self, outcome: Outcome) -> None:
        if isinstance(outcome, Placed):
            status, candidate = outcome.evaluation.status, outcome.candidate
            if status in (Status.OK, Status.FILTERED):
                self._failed.pop(candidate.id, None)  # evaluated again
            elif candidate.id not in self._failed and candidate.genome.files:
                before = (outcome.plan.data or {}).get(FITNESS)
                self._failed[candidate.id] = _Failed(candidate.island, before)
                if len(self._failed) > self.keep:
                    self._failed.popitem(last=False)
        elif isinstance(outcome, Started) and outcome.plan.operator == self.operator:
            for id in outcome.plan.parents:
                if id in self._failed:
                    self._failed[id].tries += 1
                    if self._failed[id].tries >= self.tries:
                        del self._failed[id]
