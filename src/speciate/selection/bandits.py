"""Which arm (operator, model) to try next, by what each has paid. `chances` is pure; only `reward` learns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from speciate.core.values import Cost

from .costs import Bills

HUGE = 1e300  # a difference of two finite scores may overflow
POINTS = 512  # at which a density is summed


class UniformBandit:
    """All arms alike, whatever they pay: the baseline."""

    def chances(self, arms: Sequence[str]) -> Sequence[float]:
        """Shape (len(arms),), summing to 1."""
        return [1.0 / len(arms) for _ in arms]

    def reward(self, arm: str, value: float) -> None:
        """Learns nothing."""


class FixedWeights:
    """Each arm by its weight, whatever it pays. An arm without one weighs as the average of those that have.

    Raises:
        ValueError: without weights, for one that is negative or not finite, or when none is above 0.
    """

    def __init__(self, weights: Mapping[str, float]) -> None:
        if not all(0.0 <= each < math.inf for each in weights.values()) or not any(weights.values()):
            raise ValueError(f"weights {dict(weights)}: none may be negative, and one at least must be above 0")
        largest = max(weights.values())
        self.weights = {arm: each / largest for arm, each in weights.items()}
        self._average = sum(self.weights.values()) / len(weights)

    def chances(self, arms: Sequence[str]) -> Sequence[float]:
        """Shape (len(arms),), summing to 1; all alike where none of these arms weighs anything."""
        weights = [self.weights.get(arm, self._average) for arm in arms]
        total = sum(weights)
        return [each / total if total else 1.0 / len(arms) for each in weights]

    def reward(self, arm: str, value: float) -> None:
        """Learns nothing."""


class Thompson:
    """Thompson sampling (Thompson 1933; Chapelle & Li 2011) of how often an arm pays at all: its chance is that of
    being the best, where each arm's rate of tries that paid has the posterior Beta(1 + paid, 1 + not paid). Scale-free:
    what counts of a payment is whether it is above 0. Computed, not drawn, so that the chances can be shown.

    Args:
        decay: of all counts at each reward, so that the old is forgotten; 1 forgets nothing.

    Raises:
        ValueError: for a decay that is not above 0 or is above 1.
    """

    def __init__(self, *, decay: float = 0.99) -> None:
        if not 0 < decay <= 1:
            raise ValueError(f"a decay of {decay}: it must be above 0 and at most 1")
        self.decay = decay
        self._counts: dict[str, tuple[float, float]] = {}  # by arm: tries that paid, and that did not

    def chances(self, arms: Sequence[str]) -> Sequence[float]:
        """Shape (len(arms),), summing to 1."""
        paid, not_paid = np.array([self._counts.get(arm, (0.0, 0.0)) for arm in arms]).T[:, :, None]
        means = (1 + paid) / (2 + paid + not_paid)
        widths = np.sqrt(means * (1 - means) / (3 + paid + not_paid))
        low = max(float(np.min(means - 9 * widths)), 0.0)
        high = min(float(np.max(means + 9 * widths)), 1.0)
        rates = low + (high - low) * (np.arange(POINTS) + 0.5) / POINTS
        logs = paid * np.log(rates) + not_paid * np.log1p(-rates)
        densities = np.exp(logs - np.max(logs, axis=1, keepdims=True))
        densities /= np.sum(densities, axis=1, keepdims=True)
        below = np.cumsum(densities, axis=1) - densities / 2  # each arm's chance to pay at a lower rate
        log_below = np.log(np.maximum(below, 1e-300))
        best = np.sum(densities * np.exp(np.sum(log_below, axis=0) - log_below), axis=1)
        return [float(each) for each in best / np.sum(best)]

    def reward(self, arm: str, value: float) -> None:
        """`value` is what a try of this arm paid, in any unit."""
        for other, (paid, not_paid) in self._counts.items():
            self._counts[other] = paid * self.decay, not_paid * self.decay
        paid, not_paid = self._counts.get(arm, (0.0, 0.0))
        self._counts[arm] = (paid + 1.0, not_paid) if value > 0 else (paid, not_paid + 1.0)


class Adaptive:
    """Probability matching with a floor (Goldberg 1990; for operators of an EA: Thierens 2005) on payments that are
    averaged with a discount (Garivier & Moulines 2011).

    An arm's chance is `floor / n + (1 - floor) * q / sum(q)`, where q is what it pays per try, recent tries counting
    more. Scale-free: a payment counts in units of the recent geometric mean of payments above 0, and as at most `cap`
    of them, so that one huge early gain does not rule for ever, and gains that shrink as the search advances count.
    What was never tried, or long ago, is thought to pay what an average arm does.

    With `thrift` what it pays is weighed against what it costs (`core.protocols.CostAware`): q is multiplied by
    1 - thrift * (its mean cost) / (the dearest's). So the dearest arm counts for a share 1 - thrift of what it pays,
    one that costs nothing for all of it, and the unit of costs does not matter; see `costs.Bills` for prices that are
    unknown. An arm that was never charged is taken as costing nothing.

    Args:
        floor: the share of all tries that is spread evenly, whatever has paid.
        memory: over how many payments the discount reaches.
        prior: how many tries' worth the average arm's payment weighs.
        cap: the most that one payment counts for, in those units.
        thrift: the share of what it pays that the dearest arm is docked.

    Raises:
        ValueError: for a floor or thrift outside 0 to 1, a memory below 1, a prior or cap not above 0.
    """

    def __init__(
        self,
        *,
        floor: float = 0.25,
        memory: float = 1000.0,
        prior: float = 5.0,
        cap: float = 4.0,
        thrift: float = 0.0,
    ) -> None:
        if not (0 <= floor <= 1 and 0 <= thrift <= 1):
            raise ValueError(f"a floor of {floor}, a thrift of {thrift}: they are shares, 0 to 1")
        if memory < 1 or prior <= 0 or cap <= 0:
            raise ValueError(f"memory {memory} must be 1 or more; prior {prior} and cap {cap} above 0")
        self.floor = floor
        self.memory = memory
        self.prior = prior
        self.cap = cap
        self.thrift = thrift
        self._bills = Bills()
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
        if self.thrift:
            worth = [each * kept for each, kept in zip(worth, self._kept(arms), strict=True)]
        total = sum(worth)
        if total <= 0.0:
            return [share for _ in arms]
        return [self.floor * share + (1 - self.floor) * each / total for each in worth]

    def started(self, arm: str) -> None:
        """A try under way says nothing yet."""

    def charge(self, arm: str, cost: Cost) -> None:
        """What a try has cost; a price of None is unknown."""
        self._bills.charge(arm, cost)

    def _kept(self, arms: Sequence[str]) -> list[float]:
        """The share of what it pays that each arm keeps."""
        bills = self._bills.of(arms)
        if bills is None:
            return [1.0 for _ in arms]
        means = [each.mean or 0.0 for each in bills]
        return [1.0 - self.thrift * each / max(means) for each in means]

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
