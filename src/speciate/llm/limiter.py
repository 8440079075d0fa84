"""How many calls an endpoint may have: at once, by the minute in requests and in tokens, and after it said "enough".

How many at once is adapted by additive increase and multiplicative decrease (Chiu & Jain 1989): a throttled or failed
call takes a quarter of the window away, once per round trip; each window of good calls gives back a sixteenth of the
limit. A pause that the server asked for holds for all calls. Whoever asked first is served first.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Self

import anyio

from .clock import Clock, RealClock

MINUTE = 60.0
DECREASE, INCREASE = 0.75, 1 / 16


@dataclass(frozen=True, slots=True)
class Limits:
    """`concurrency` calls at once (the engine's open tickets bound them besides); `requests` and `tokens` a minute,
    None for no limit. Raises ValueError for a limit that lets nothing pass."""

    concurrency: int = 1024
    requests: int | None = None
    tokens: int | None = None

    def __post_init__(self) -> None:
        for name in ("concurrency", "requests", "tokens"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"a limit of {value} {name}: it must be 1 or more")


class Paused(Exception):
    """The endpoint asked for a longer pause than the call may wait. `seconds` are left of it."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"paused for {seconds:.0f} s more")
        self.seconds = seconds


class Slot:
    """One call's place, from `async with` to its end. Tell it how the call ended; a call that does not (cancelled,
    refused) changes nothing. Raises Paused as `Limiter.slot` says."""

    __slots__ = ("_limiter", "_round", "_taken", "_tokens", "_until")

    def __init__(self, limiter: Limiter, tokens: int, until: float) -> None:
        self._limiter = limiter
        self._tokens = tokens
        self._until = until
        self._round = 0
        self._taken: Taken | None = None

    async def __aenter__(self) -> Self:
        await self._limiter.turn(self._tokens, self._until)
        self._round = self._limiter.round
        self._taken = self._limiter.enter(self._tokens)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._limiter.leave()

    def used(self, tokens: int) -> None:
        """What the call took in truth, in place of what was reserved."""
        if self._taken is not None and self._limiter.tokens is not None:
            self._limiter.tokens.correct(self._taken, tokens)

    def succeeded(self) -> None:
        self._limiter.widen()

    def failed(self, pause: float | None = None) -> None:
        """`pause`: seconds that the server asked to be left alone."""
        self._limiter.narrow(self._round, pause)


class Limiter:
    """One endpoint's, shared by all that call it."""

    def __init__(self, limits: Limits = Limits(), clock: Clock | None = None) -> None:
        self.limits = limits
        self.clock = clock or RealClock()
        self.tokens = None if limits.tokens is None else Minute(limits.tokens)
        self._requests = None if limits.requests is None else Minute(limits.requests)
        self._window = float(limits.concurrency)  # never below 1
        self.round = 0  # how often the window shrank
        self._until = -math.inf  # the end of a pause
        self._queue: deque[anyio.Event] = deque()
        self._running = 0

    @property
    def window(self) -> int:
        """How many calls may be under way now."""
        return int(self._window)

    @property
    def running(self) -> int:
        return self._running

    @property
    def load(self) -> float:
        """Calls under way and waiting, as a share of the window; infinite in a pause."""
        if self._until > self.clock.now():
            return math.inf
        return (self._running + len(self._queue)) / self.window

    def slot(self, tokens: int = 0, until: float = math.inf) -> Slot:
        """A place, to be waited for by `async with`. `tokens` are reserved of the minute's; a request larger than a
        minute's counts as all of it. Raises Paused where a pause that the server asked for lasts beyond `until` (by
        the clock)."""
        return Slot(self, tokens, until)

    def enter(self, tokens: int) -> Taken | None:
        """Count a call whose turn has come; what it took of the minute's tokens, None where they are not counted."""
        self._running += 1
        if self._requests is not None:
            self._requests.take(self.clock.now(), 1)
        taken = None if self.tokens is None else self.tokens.take(self.clock.now(), tokens)
        self._wake()  # the next in the queue may fit beside
        return taken

    def leave(self) -> None:
        self._running -= 1
        self._wake()

    async def turn(self, tokens: int, until: float) -> None:
        """Returns with the caller out of the queue; no await may be between that and `enter`."""
        if not self._queue and self._running < self.window and self._wait(tokens) <= 0:
            return
        event = anyio.Event()
        self._queue.append(event)
        try:
            while True:
                if self._queue[0] is not event or self._running >= self.window:
                    await event.wait()
                elif (wait := self._wait(tokens)) > 0:
                    if self._until > max(until, self.clock.now()):
                        raise Paused(self._until - self.clock.now())
                    await self.clock.sleep(wait)
                else:
                    return
                if event.is_set():  # events of anyio fire once
                    at = self._queue.index(event)
                    event = self._queue[at] = anyio.Event()
        finally:
            first = self._queue[0] is event
            self._queue.remove(event)
            if first:
                self._wake()

    def _wait(self, tokens: int) -> float:
        now = self.clock.now()
        wait = self._until - now
        if self._requests is not None:
            wait = max(wait, self._requests.wait(now, 1))
        if self.tokens is not None:
            wait = max(wait, self.tokens.wait(now, tokens))
        return wait

    def _wake(self) -> None:
        if self._queue:
            self._queue[0].set()

    def widen(self) -> None:
        if self._window == self.limits.concurrency:
            return
        step = max(1.0, self.limits.concurrency * INCREASE)
        self._window = min(float(self.limits.concurrency), self._window + step / self._window)
        self._wake()

    def narrow(self, began: int, pause: float | None) -> None:
        """`began`: the round in which the call did. Of calls that were under way together one shrinks the window, not
        each: that they fail too is the same news."""
        if began == self.round:
            self._window = max(1.0, self._window * DECREASE)
            self.round += 1
        if pause is not None:
            self._until = max(self._until, self.clock.now() + pause)


@dataclass(slots=True)
class Taken:
    at: float
    amount: int


class Minute:
    """A limit by the minute, kept in any minute and not only on average. O(1) amortised a request."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._taken: deque[Taken] = deque()
        self._sum = 0

    def wait(self, now: float, amount: int) -> float:
        """Seconds until this amount fits; 0 or less: now."""
        self._forget(now)
        over = self._sum + min(amount, self.limit) - self.limit
        if over <= 0:
            return 0.0
        for each in self._taken:
            over -= each.amount
            if over <= 0:
                return each.at + MINUTE - now
        return 0.0

    def take(self, now: float, amount: int) -> Taken:
        taken = Taken(now, min(amount, self.limit))
        self._taken.append(taken)
        self._sum += taken.amount
        return taken

    def correct(self, taken: Taken, amount: int) -> None:
        """A reservation turned out as something else. What is older than a minute is gone already."""
        if self._taken and taken.at >= self._taken[0].at:
            self._sum += amount - taken.amount
            taken.amount = amount

    def _forget(self, now: float) -> None:
        while self._taken and self._taken[0].at + MINUTE <= now:
            self._sum -= self._taken.popleft().amount
