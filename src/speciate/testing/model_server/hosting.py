"""Where a server runs: in the running event loop, or in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from speciate.core.errors import UsageError

from .server import Server
from .settings import Settings


@asynccontextmanager
async def serve(settings: Settings | None = None) -> AsyncIterator[Server]:
    """A server in the running event loop (asyncio's)."""
    server = Server(settings)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@contextmanager
def running(settings: Settings | None = None) -> Iterator[Server]:
    """A server in a thread of its own, for tests that are synchronous or run on another event loop."""
    server = Server(settings)
    started, over = threading.Event(), asyncio.Event()
    failed: list[UsageError] = []
    loop = asyncio.new_event_loop()

    async def main() -> None:
        try:
            await server.start()
        except UsageError as error:
            failed.append(error)
            return
        finally:
            started.set()
        await over.wait()
        await server.stop()

    thread = threading.Thread(target=loop.run_until_complete, args=(main(),), name="model-server", daemon=True)
    thread.start()
    started.wait()
    try:
        if failed:
            raise failed[0]
        yield server
    finally:
        if not failed:
            loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()
