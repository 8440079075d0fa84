"""Which arm (operator, model) to try next, by what each has paid. `chances` is pure; only `reward` learns."""

from __future__ import annotations

import math
from collections.abc import Sequence

HUGE = 1e300  # a difference of two finite scores may overflow


class UniformBandit:
    """All arms alike, whatever they pay: the baseline."""

    def chances(self, arms: Sequence[str]) -> Sequence[float]:
        """Shape (len(arms),), summing to 1."""
        return [1.0 / len(arms) for _ in arms]

    def reward(self, arm: str, value: float) -> None:
        """Learns nothing."""


class Adaptive:
    """Probability matching with a floor (Goldberg 1990; for operators of an EA: Thierens 2005) on payments that are
    averaged with a discount (Garivier & Moulines 2011).

    An arm's chance is `floor / n + (1 - floor) * q / sum(q)`, where q is what it pays per try, recent tries counting
    more. Scale-free: a payment counts in units of the recent geometric mean of payments above 0, and as at most `cap`
    of them, so that one huge early gain does not rule for ever, and gains that shrink as the search advances count.
    What was never tried, or long ago, is thought to pay what an average arm does.

    Args:
        floor: the share of all tries that is spread evenly, whatever has paid.
        memory: over how many payments the discount reaches.
        prior: how many tries' worth the average arm's payment weighs.
        cap: the most that one payment counts for, in those units.

    Raises:
        ValueError: for a floor outside 0 to 1, a memory below 1, a prior or cap not above 0.
    """

    def __init__(self, *, floor: float = 0.25, memory: float = 1000.0, prior: float = 5.0, cap: float = 4.0) -> None:
        if not 0 <= floor <= 1:
            raise ValueError(f"a floor of {floor}: it is a share, 0 to 1")
        if memory < 1 or prior <= 0 or cap <= 0:
            raise ValueError(f"memory {memory} must be 1 or more; prior {prior} and cap {cap} above 0")
        self.floor = floor
        self.memory = memory
        self.prior = prior
        self.cap = cap
        self._tries: dict[str, float] = {}  # discounted numbers of tries, by arm in order of first reward
        self._paid: dict[str, float] = {}  # discounted sums of payments, in units
        self._unit = 0.0  # running mean of the logarithms of payments above 0
        self._seen = 0.0  # discounted number of those

    def chances(self, arms: Sequence[str]) -> Sequence[float]:
        """Shape (len(arms),), summing to 1; each at least `floor / len(arms)`."""
        share = 1.0 / len(arms)
        tries = sum(self._tries.get(arm, 0.0) for arm in arms)
        paid = sum(self._paid.get(arm, 0.0) for arm in arms)
        if paid <= 0.0 or tries <= 0.0:
            return [share for _ in arms]
        average = paid / tries
        worth = [
            (self._paid.get(arm, 0.0) + self.prior * average) / (self._tries.get(arm, 0.0) + self.prior) for arm in arms
        ]
        total = sum(worth)
        return [self.floor * share + (1 - self.floor) * each / total for each in worth]

    def reward(self, arm: str, value: float) -> None:
        """`value` is what a try of this arm paid, in any unit; what is not above 0 counts as nothing."""
        keep = 1.0 - 1.0 / self.memory
        for other in self._tries:
            self._tries[other] *= keep
            self._paid[other] *= keep
        counted = 0.0
        if value > 0.0:
            self._seen = self._seen * keep + 1.0
            size = math.log(min(value, HUGE))
            self._unit += (size - self._unit) / self._seen
            counted = math.exp(min(size - self._unit, math.log(self.cap)))
        self._tries[arm] = self._tries.get(arm, 0.0) + 1.0
        self._paid[arm] = self._paid.get(arm, 0.0) + counted
