"""Upper confidence bounds on what arms paid on average, with a share of draws at random."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .bandits import HUGE


@dataclass(slots=True)
class _Arm:
    tries: int = 0
    mean: float = 0.0


class UCB1:
    """UCB1 (Auer, Cesa-Bianchi & Fischer 2002), as ShinkaEvolve draws its prompts (Lange, Imajuku & Cetin 2025):

        score = mean payment / largest mean payment + exploration * sqrt(2 ln t / n)

    n: tries of the arm; t: of all arms asked about. The arm of the highest score gets 1 - epsilon and, like all, its
    part of epsilon; while an arm was never tried, those share all. Means are measured by the largest of the arms asked
    about, so nothing changes when all payments are multiplied; a payment below 0 counts as 0.

    Raises:
        ValueError: for an epsilon outside 0 to 1, or a negative exploration.
    """

    def __init__(self, *, exploration: float = 1.0, epsilon: float = 0.1) -> None:
        if not (0 <= epsilon <= 1 and exploration >= 0):
            raise ValueError(f"epsilon {epsilon} is a share, 0 to 1, and exploration {exploration} not negative")
        self.exploration = exploration
        self.epsilon = epsilon
        self._arms: dict[str, _Arm] = {}

    def chances(self, arms: Sequence[str]) -> Sequence[float]:
        """Shape (len(arms),), summing to 1."""
        unseen = [arm not in self._arms for arm in arms]
        if any(unseen):
            return [each / sum(unseen) for each in unseen]
        scores = self.scores(arms)
        best = [each == max(scores) for each in scores]
        return [(1 - self.epsilon) * wins / sum(best) + self.epsilon / len(arms) for wins in best]

    def scores(self, arms: Sequence[str]) -> list[float]:
        """Shape (len(arms),), of arms that were all tried. Raises KeyError for others."""
        known = [self._arms[arm] for arm in arms]
        largest = max(each.mean for each in known) or 1.0
        spread = 2 * math.log(sum(each.tries for each in known))
        return [each.mean / largest + self.exploration * math.sqrt(spread / each.tries) for each in known]

    def reward(self, arm: str, value: float) -> None:
        tried = self._arms.setdefault(arm, _Arm())
        tried.tries += 1
        tried.mean += (min(max(value, 0.0), HUGE) - tried.mean) / tried.tries
