"""Islands of which the worse half is given up now and then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from speciate.core.values import JSON, Candidate, Evaluation, Placement, Request

from .islands import Islands, IslandsView, Part


class Resets:
    """Islands of which the worse half dies at intervals: each is emptied, and settled anew by the best member of one
    of the others, drawn uniformly (FunSearch: Romera-Paredes et al. 2024, Methods, *Programs database*). Half of an odd
    number is rounded down, so one island is never reset. Worse is whose best is worse; ties are broken by chance.

    The paper resets every four hours. By default valid newcomers are counted, over all islands, so that a run does not
    depend on how fast it was; `seconds` takes active seconds instead (in ordered mode time is the number of candidates
    placed, so there they are that many). A reset comes just before the newcomer with which it is due. A child that was
    under way when its island died is born on the new one.

    Args:
        islands: the islands, which may exchange members besides (the paper's do not: `every` 0).
        make: a fresh, empty island of the same kind.
        every: valid newcomers between two resets; 0 is never.
        seconds: active seconds between two resets, in place of `every`.

    `Placement.changes["resets"]` lists which island was emptied, how many members it lost, and who settled it from
    where.

    Raises:
        ValueError: for a negative `every`, or seconds not above 0.
    """

    def __init__(
        self, islands: Islands, make: Callable[[], Part], *, every: int = 1000, seconds: float | None = None
    ) -> None:
        if every < 0 or (seconds is not None and not seconds > 0):
            raise ValueError(
                f"a reset every {every} newcomers or {seconds} seconds: none may be negative, nor 0 seconds"
            )
        self.islands = islands
        self.make = make
        self.every = every
        self.seconds = seconds
        self._since = 0  # the last reset, in newcomers
        self._last: float | None = None  # when it was; before the first, when the first newcomer came

    def admits(self, candidate: Candidate) -> str | None:
        return self.islands.admits(candidate)

    def add(
        self, candidate: Candidate, request: Request, evaluation: Evaluation, at: float, rng: np.random.Generator
    ) -> Placement:
        resets: list[dict[str, JSON]] = []
        if evaluation.ok and not self.islands.holds(candidate.id):
            if self._due(at):
                self._since, self._last = 0, at
                resets = self._reset(rng)
            self._since += 1
        placed = self.islands.add(candidate, request, evaluation, at, rng)
        return replace(placed, changes={**(placed.changes or {}), "resets": resets}) if resets else placed

    def view(self) -> IslandsView:
        return self.islands.view()

    def _due(self, at: float) -> bool:
        if self._last is None:
            self._last = at
        if self.seconds is not None:
            return at - self._last >= self.seconds
        return 0 < self.every <= self._since

    def _reset(self, rng: np.random.Generator) -> list[dict[str, JSON]]:
        views = self.view().parts
        worth = [-np.inf if view.best is None else view.fitness(view.best) for view in views]
        chance = rng.permutation(len(views)).tolist()
        order = sorted(range(len(views)), key=lambda island: (worth[island], chance[island]))
        half = len(order) // 2
        survivors = sorted(island for island in order[half:] if len(views[island]))
        log: list[dict[str, JSON]] = []
        for island in sorted(order[:half]) if survivors else ():
            home = survivors[int(rng.integers(len(survivors)))]
            founder = views[home].best
            assert founder is not None, "an island with members has a best"
            fresh = self.make()
            fresh.settle(self.islands.parts[home].member(founder))
            self.islands.put(island, fresh)
            log.append({"island": island, "lost": len(views[island]), "founder": founder, "from": home})
        return log
