"""ShinkaEvolve's bandit over models: upper confidence bounds on gains that are counted exponentially, blended with
cheapness."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from speciate.core.values import Cost

from .bandits import HUGE
from .costs import Bills

LEAST = 1e-7  # of a discounted number of tries, and of a cost


@dataclass(slots=True)
class _Arm:
    started: int = 0
    ended: int = 0
    tries: float = 0.0  # ended, discounted
    paid: float = -math.inf  # the logarithm of the discounted sum of payments

    @property
    def count(self) -> int:
        return max(self.started, self.ended)

    @property
    def mean(self) -> float:
        return self.paid - math.log(max(self.tries, LEAST))


class AsymmetricUCB:
    """UCB1 (Auer et al. 2002) on exponential gains (ShinkaEvolve: Lange, Imajuku & Cetin 2025, and its code): only
    what a try is better than the best known start counts, and one large gain far more than many small ones.

        payment  = exp(r / unit) - 1                  r: the reward, nothing below 0; a failure pays 0, the worst
        worth    = discounted mean payment / largest payment, itself discounted but never below the largest mean
        bound    = worth + exploration * sqrt(2 ln t / n)   n: tries, those under way too; t: of all arms asked about
        cheap    = reference / max(mean cost - cost_exploration * range * sqrt(2 ln t / charges), 1e-7)
        score    = (1 - cost_weight) * bound + cost_weight * (cheap / cheapest) ** cost_power

    The arm of the highest score gets 1 - epsilon, the others share epsilon; while an arm was never tried, those share
    all. Payments are summed as logarithms, so any finite gain is taken. `reference` is the median of the arms' mean
    costs, `range` the largest charge less the smallest. r is in the unit of the score, and by the formula this is not
    scale-free: where gains are large numbers set `unit` to a large one (where they are small against it, a payment is
    in proportion to the gain and the unit does not matter).

    Costs are compared in money; as soon as one of the arms has a price that is unknown, in tokens instead, and where
    nothing was used they have no say. An arm whose bill is still to come is taken as one of the reference's cost.
    The authors' code takes both as costing nothing. Its decay f, besides, takes a sum S to f S / (1 + (1 - f) S), which
    caps it at f / (1 - f); here a sum is multiplied by `decay`. For small gains the two are the same.

    Raises:
        ValueError: for a share (`epsilon`, `cost_weight`) outside 0 to 1, a decay that is not above 0 or is above 1, a
            unit or power not above 0, or a negative exploration.
    """

    def __init__(
        self,
        *,
        exploration: float = 1.0,
        epsilon: float = 0.2,
        decay: float = 0.95,
        unit: float = 1.0,
        cost_weight: float = 0.5,
        cost_exploration: float = 0.1,
        cost_power: float = 1.0,
    ) -> None:
        if not (0 <= epsilon <= 1 and 0 <= cost_weight <= 1):
            raise ValueError(f"epsilon {epsilon} and cost_weight {cost_weight} are shares, 0 to 1")
        if not (0 < decay <= 1 and unit > 0 and cost_power > 0):
            raise ValueError(f"decay {decay} is above 0 and at most 1, unit {unit} and cost_power {cost_power} above 0")
        if not (exploration >= 0 and cost_exploration >= 0):
            raise ValueError(f"exploration {exploration} and {cost_exploration} may not be negative")
        self.exploration = exploration
        self.epsilon = epsilon
        self.decay = decay
        self.unit = unit
        self.cost_weight = cost_weight
        self.cost_exploration = cost_exploration
        self.cost_power = cost_power
        self._arms: dict[str, _Arm] = {}
        self._bills = Bills()
        self._largest = -math.inf  # the logarithm of the largest payment, discounted

    def chances(self, arms: Sequence[str]) -> Sequence[float]:
        """Shape (len(arms),), summing to 1."""
        known = [self._arms.get(arm, _Arm()) for arm in arms]
        unseen = [not each.count for each in known]
        if any(unseen):
            return [each / sum(unseen) for each in unseen]
        scores = self.scores(arms)
        best = [each == max(scores) for each in scores]
        winners, losers = sum(best), len(arms) - sum(best)
        if not losers:
            return [1.0 / winners] * winners
        return [(1 - self.epsilon) / winners if wins else self.epsilon / losers for wins in best]

    def scores(self, arms: Sequence[str]) -> list[float]:
        """Shape (len(arms),), of arms that were all tried: what they are chosen by. Raises KeyError for others."""
        known = [self._arms[arm] for arm in arms]
        spread = 2 * math.log(max(sum(each.count for each in known), 2))
        bounds = [self._worth(each) + self.exploration * math.sqrt(spread / each.count) for each in known]
        cheap = self._cheapness(arms, spread)
        if cheap is None:
            return bounds
        k = self.cost_weight
        return [(1 - k) * bound + k * each**self.cost_power for bound, each in zip(bounds, cheap, strict=True)]

    def started(self, arm: str) -> None:
        self._arm(arm).started += 1

    def reward(self, arm: str, value: float) -> None:
        """`value` is what a try of this arm gained, in the unit of the score; what is not above 0 is a failure."""
        tried = self._arm(arm)
        tried.ended += 1
        tried.tries += 1.0
        gain = min(value / self.unit, HUGE)
        if gain > 0:
            payment = _log_expm1(gain)
            tried.paid = _log_add(tried.paid, payment)
            self._largest = max(self._largest, payment)
        for each in self._arms.values():
            each.tries *= self.decay
            each.paid += math.log(self.decay)
        highest = max(each.mean for each in self._arms.values())
        self._largest = max(self._largest + math.log(self.decay), highest)

    def charge(self, arm: str, cost: Cost) -> None:
        """What a try has cost; a price of None is unknown."""
        self._bills.charge(arm, cost)

    def _arm(self, arm: str) -> _Arm:
        return self._arms.setdefault(arm, _Arm())

    def _worth(self, arm: _Arm) -> float:
        return 0.0 if arm.paid == -math.inf else math.exp(min(arm.mean - self._largest, 0.0))

    def _cheapness(self, arms: Sequence[str], spread: float) -> list[float] | None:
        """In shares of the cheapest's, or None where costs have no say."""
        bills = self._bills.of(arms)
        if bills is None or not self.cost_weight:
            return None
        charged = [each for each in bills if each.count]
        reference = max(median(each.total / each.count for each in charged), LEAST)
        width = max(each.most for each in charged) - min(each.least for each in charged)
        cheap = []
        for each in bills:
            mean = reference if each.mean is None else each.mean
            bonus = self.cost_exploration * width * math.sqrt(spread / max(each.count, 1))
            cheap.append(reference / max(mean - bonus, LEAST))
        return [each / max(cheap) for each in cheap]


def _log_expm1(x: float) -> float:
    """log(exp(x) - 1) for x above 0."""
    return x if x > 50 else math.log(math.expm1(x))


def _log_add(a: float, b: float) -> float:
    """log(exp(a) + exp(b)), b finite."""
    high, low = max(a, b), min(a, b)
    return high + math.log1p(math.exp(low - high))
