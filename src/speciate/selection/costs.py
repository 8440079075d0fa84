"""What the arms of a bandit were charged, in one unit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from speciate.core.values import Cost


@dataclass(slots=True)
class Bill:
    """Charges of one arm in one unit: how many, their sum, the smallest and the largest."""

    count: int = 0
    total: float = 0.0
    least: float = math.inf
    most: float = 0.0

    def add(self, amount: float) -> None:
        self.count += 1
        self.total += amount
        self.least = min(self.least, amount)
        self.most = max(self.most, amount)

    @property
    def mean(self) -> float | None:
        """None before the first charge, which is not to be taken for 0."""
        return self.total / self.count if self.count else None


@dataclass(slots=True)
class _Account:
    usd: Bill = field(default_factory=Bill)
    tokens: Bill = field(default_factory=Bill)
    unpriced: bool = False


class Bills:
    """Every arm's charges. They are compared in money; as soon as one of the arms has a price that is unknown, in
    tokens instead, so that unknown is never nothing."""

    def __init__(self) -> None:
        self._accounts: dict[str, _Account] = {}

    def charge(self, arm: str, cost: Cost) -> None:
        """A price of None, negative or not finite is unknown."""
        account = self._accounts.setdefault(arm, _Account())
        account.tokens.add(float(cost.tokens))
        if cost.usd is None or not 0 <= cost.usd < math.inf:
            account.unpriced = True
        else:
            account.usd.add(cost.usd)

    def of(self, arms: Sequence[str]) -> list[Bill] | None:
        """Shape (len(arms),), all in one unit; None where these arms have used nothing."""
        accounts = [self._accounts.get(arm, _Account()) for arm in arms]
        priced = not any(each.unpriced for each in accounts)
        bills = [each.usd if priced else each.tokens for each in accounts]
        return bills if any(each.most for each in bills) else None
