"""Selection that stays: on a few, each in its turn, or on one for a while."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from speciate.core.protocols import View
from speciate.core.values import UNCHOSEN, Id, Outcome, Started

from .learning import Learner
from .parents import ByIsland, has


class BeamSearch(Learner, ByIsland):
    """Beam search (Lowerre 1976; SkyDiscover, 2026, has width 5): the `width` best of the island are expanded in turn.
    Whose last expansion was started the longest ago comes first; what was never expanded comes before all, the best
    of those first. Draws nothing but the island.

    Raises:
        ValueError: for a width below 1.
    """

    def __init__(self, width: int = 5, *, parents: int = 1) -> None:
        super().__init__(parents=parents)
        if width < 1:
            raise ValueError(f"a beam of width {width}: it must be 1 or more")
        self.width = width
        self._expanded: dict[Id, int] = {}  # by which expansion, counted from 1, a member was the last time a parent
        self._count = 0

    def pick(self, part: View, rng: np.random.Generator) -> Id:
        return self._line(part)[0]

    def another(self, parts: Sequence[View], island: int, chosen: list[Id], rng: np.random.Generator) -> Id:
        line = self._line(parts[island])
        return next((id for id in line if id not in chosen), line[0])

    def _line(self, part: View) -> list[Id]:
        return sorted(part.top[: self.width], key=lambda id: self._expanded.get(id, 0))

    def learn(self, outcome: Outcome) -> None:
        if isinstance(outcome, Started) and outcome.plan.kind not in UNCHOSEN and outcome.plan.parents:
            self._count += 1
            self._expanded[outcome.plan.parents[0]] = self._count


class BestOfN(Learner, ByIsland):
    """The same parent `times` times, then the best of the island there is by then (best_of_n of SkyDiscover, 2026,
    N = 5; ShinkaEvolve, 2025, calls it beam search). A parent that was displaced is left at once. Counts starts, not
    ends, so that tickets which are under way together share their parent. Draws nothing but the island.

    Raises:
        ValueError: for `times` below 1.
    """

    def __init__(self, times: int = 5, *, parents: int = 1) -> None:
        super().__init__(parents=parents)
        if times < 1:
            raise ValueError(f"best of {times}: it must be 1 or more")
        self.times = times
        self._runs: dict[int, tuple[Id, int]] = {}  # by island: the parent, and how often in a row

    def pick(self, part: View, rng: np.random.Generator) -> Id:
        return part.top[0]

    def pick_on(self, parts: Sequence[View], island: int, rng: np.random.Generator) -> Id:
        part = parts[island]
        id, row = self._runs.get(island, (0, 0))
        return id if row % self.times and has(part, id) else part.top[0]

    def another(self, parts: Sequence[View], island: int, chosen: list[Id], rng: np.random.Generator) -> Id:
        return next((id for id in parts[island].top if id not in chosen), chosen[0])

    def learn(self, outcome: Outcome) -> None:
        plan = outcome.plan
        if isinstance(outcome, Started) and plan.kind not in UNCHOSEN and plan.parents:
            id, row = self._runs.get(plan.island, (0, 0))
            self._runs[plan.island] = (id, row + 1) if id == plan.parents[0] else (plan.parents[0], 1)
