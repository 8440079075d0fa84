"""Failures in a row: when a run that only fails is worth stopping, and what its candidates failed of.

Fifty failures in a row say that something is broken where few fail, and nothing where nine of ten do. So a row counts
as a fault only if it is as long as asked and could hardly be chance, given the share that failed before it.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from dataclasses import dataclass, field

from .causes import cause_of
from .values import Evaluation, Status

CHANCE = 1e-9  # a row that is more likely than this, at the share of failures before it, is no fault
KEPT = 50  # reasons of the row that are remembered
LONGEST = 100  # characters of a cause


@dataclass(slots=True)
class Row:
    """Evaluations in a row that failed, up to the last one. `before` were made before it, `failed` of them failed."""

    length: int = 0
    before: int = 0
    failed: int = 0
    reasons: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT))

    def count(self, evaluation: Evaluation) -> None:
        """A candidate that a stage filtered did run: it ends the row."""
        if evaluation.status not in (Status.OK, Status.FILTERED):
            self.length += 1
            self.reasons.append(evaluation.feedback)
            return
        self.before += self.length + 1
        self.failed += self.length
        self.clear()

    def clear(self) -> None:
        self.length = 0
        self.reasons.clear()

    def reached(self, least: int) -> bool:
        """Whether the row is a fault. The share is Laplace's: (failed + 1) of (before + 2)."""
        if self.length < max(least, 1):
            return False
        share = (self.failed + 1) / (self.before + 2)
        return self.length * math.log(share) <= math.log(CHANCE)

    def __str__(self) -> str:
        """ "the last 50 candidates all failed: 48 × ModuleNotFoundError: No module named 'numba'"."""
        causes = Counter(cause_of(reason)[0] for reason in self.reasons).most_common(2)
        said = ", ".join(f"{number} × {_short(cause)}" for cause, number in causes)
        return f"the last {self.length} candidates all failed: {said}"


def _short(cause: str) -> str:
    return cause if len(cause) <= LONGEST else cause[: LONGEST - 1] + "…"
