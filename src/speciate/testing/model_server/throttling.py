"""Real limits, as providers have them: so many requests, tokens, and requests at once."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from .settings import Throttle


class Limit(StrEnum):
    """Which limit a request met; the log names it as the fault."""

    REQUESTS = "limit-rpm"
    TOKENS = "limit-tpm"
    CONCURRENCY = "limit-concurrency"


@dataclass(frozen=True, slots=True)
class Exceeded:
    limit: Limit
    seconds: float  # until it is worth coming again


class Gate:
    """Counts what was let in within the last window. What is refused costs nothing."""

    def __init__(self, throttle: Throttle) -> None:
        self._throttle = throttle
        self._starts: deque[float] = deque()
        self._spent: deque[tuple[float, int]] = deque()
        self._tokens = 0
        self._inside = 0

    def enter(self, now: float, tokens: int) -> Exceeded | None:
        """Lets a request with so many tokens of prompt in, or says why not."""
        throttle = self._throttle
        self._forget(now - throttle.window)
        if throttle.concurrency is not None and self._inside >= throttle.concurrency:
            return Exceeded(Limit.CONCURRENCY, 0.0)
        if throttle.rpm is not None and len(self._starts) >= throttle.rpm:
            return Exceeded(Limit.REQUESTS, self._starts[0] + throttle.window - now if self._starts else 0.0)
        # A prompt larger than the limit is let in alone, else it could never be answered.
        if throttle.tpm is not None and self._tokens and self._tokens + tokens > throttle.tpm:
            return Exceeded(Limit.TOKENS, self._spent[0][0] + throttle.window - now)
        self._inside += 1
        if throttle.rpm is not None:
            self._starts.append(now)
        self.spend(now, tokens)
        return None

    def spend(self, now: float, tokens: int) -> None:
        if self._throttle.tpm is not None and tokens:
            self._spent.append((now, tokens))
            self._tokens += tokens

    def leave(self) -> None:
        self._inside -= 1

    def _forget(self, before: float) -> None:
        while self._starts and self._starts[0] <= before:
            self._starts.popleft()
        while self._spent and self._spent[0][0] <= before:
            self._tokens -= self._spent.popleft()[1]
