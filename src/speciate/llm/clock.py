"""Time as a value, so that what waits can be tested without waiting."""

from __future__ import annotations

from typing import Protocol

import anyio


class Clock(Protocol):
    """`now` is in seconds from any fixed instant and never goes back."""

    def now(self) -> float: ...
    async def sleep(self, seconds: float) -> None: ...


class RealClock:
    """The event loop's."""

    def now(self) -> float:
        return anyio.current_time()

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)
