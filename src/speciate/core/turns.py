"""Turns: who may change the state next, and the one append that each turn makes.

A turn's body never awaits, so bodies never interleave. In arrival order it runs when it is asked for. In ordered
mode the open tickets take turns in a ring: the head alone may go, then it goes to the back, and a ticket that is
started joins behind it; the log then depends on what the tickets do and not on when.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import TypeVar

import anyio

from .events import CandidatePlaced, Event, Turn
from .ledger import Ledger
from .protocols import Store

T = TypeVar("T")


class Turns:
    """`fill` runs at the end of each body, within the turn; `launch` after the turn was appended. Once `stopping` says
    so nobody takes a turn in ordered mode any more, so that what was logged stays a prefix of the run that goes on."""

    def __init__(
        self,
        ledger: Ledger,
        store: Store,
        fill: Callable[[], None],
        launch: Callable[[], None],
        stopping: Callable[[], bool],
    ) -> None:
        self._ledger = ledger
        self._store = store
        self._stopping = stopping
        self._fill = fill
        self._launch = launch
        self._events: list[Event] = []
        self._waiting: dict[int, deque[anyio.Event]] = {}
        self._epoch = 0.0
        self._held: float | None = None  # since when the clock stands still
        self._next = 1

    def begin(self) -> None:
        """Set the clock of active seconds going again, behind what the ledger has folded."""
        self._epoch = time.monotonic() - self._ledger.clock
        self._next = self._ledger.seq + 1

    async def take(self, ticket: int, body: Callable[[], T]) -> T:
        """Run `body` as the next turn of this ticket; return what it returns."""
        if self._ledger.ordered:
            await self._wait(ticket)
            if self._stopping():
                await anyio.sleep_forever()  # until the run's scope is cancelled
            self._ledger.rotate(ticket)
        return self.aside(body)

    def aside(self, body: Callable[[], T]) -> T:
        """Run `body` as a turn at once, out of the order: for what only a run that was killed has need of, so that the
        order stays that of one that was not."""
        self.tick()
        result = body()
        self.close()
        return result

    def tick(self) -> None:
        now = time.monotonic() if self._held is None else self._held
        self._ledger.clock = self._ledger.spent.seconds = now - self._epoch

    def hold(self, idle: bool) -> None:
        """Let the clock of active seconds stand still while the run is `idle`, and go on afterwards."""
        if idle and self._held is None:
            self._held = time.monotonic()
        elif not idle and self._held is not None:
            self._epoch += time.monotonic() - self._held
            self._held = None

    def emit(self, event: Event) -> None:
        """Apply an event and put it into the turn that is being made."""
        self._ledger.apply(event)
        self._events.append(event)

    def record(self, event: CandidatePlaced) -> None:
        """Put an event into the turn that `Ledger.place` has applied already."""
        self._events.append(event)

    def close(self) -> None:
        self._fill()
        if self._events:
            self._store.append(Turn(self._next, self._ledger.clock, tuple(self._events)))
            self._next += len(self._events)
            self._events.clear()
        self._launch()
        if self._ledger.ordered and self._ledger.open:
            waiting = self._waiting.get(next(iter(self._ledger.open)))
            if waiting:
                waiting[0].set()

    async def _wait(self, ticket: int) -> None:
        queue = self._waiting.setdefault(ticket, deque())
        if queue or next(iter(self._ledger.open)) != ticket:
            granted = anyio.Event()
            queue.append(granted)
            await granted.wait()
            queue.popleft()
        if not queue:
            del self._waiting[ticket]
