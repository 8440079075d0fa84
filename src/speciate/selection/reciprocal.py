"""Parents as EoH and CoEvo draw them, and the seeds where a search starts anew."""

from __future__ import annotations

import numpy as np

from speciate.core.protocols import View
from speciate.core.values import Id, Plan

from .parents import ByIsland, drawn


class ReciprocalRank(ByIsland):
    """The chance of the member of rank r, 1 the best, of N is proportional to 1 / (r + N) (EoH: Liu et al. 2024; CoEvo:
    Guo, Zhang & Lin 2024), so the best is drawn not quite twice as often as the worst. Ranks reach as far as
    `view.top`."""

    def pick(self, part: View, rng: np.random.Generator) -> Id:
        top = part.top
        return top[drawn(1.0 / (np.arange(1, len(top) + 1) + len(top)), rng)]


class Seeds:
    """Plans without a parent, one of the first `seeds` candidates beside them as an inspiration: the frame in which a
    program is written anew. Any island with members takes it, all alike.

    Raises:
        ValueError: for no seeds.
    """

    def __init__(self, seeds: int = 1) -> None:
        if seeds < 1:
            raise ValueError(f"one of the first {seeds} candidates: it must be 1 or more")
        self.seeds = seeds

    def select(self, view: View, rng: np.random.Generator) -> Plan | None:
        return self.plan(view, rng, 0)

    def plan(self, view: View, rng: np.random.Generator, parents: int) -> Plan | None:
        """None while nothing has a score."""
        inhabited = [index for index, part in enumerate(view.parts) if len(part)]
        if not inhabited:
            return None
        island = inhabited[int(rng.integers(len(inhabited)))]
        return Plan(inspirations=(1 + int(rng.integers(self.seeds)),), island=island)
