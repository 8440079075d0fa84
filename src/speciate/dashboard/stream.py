"""The stream of a run's news, as server-sent events: the page reads it with fetch, so that no address has the token in
it, and asks anew from the number that it saw last."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from speciate.core.errors import UsageError

from .answers import begin, hand_over, while_there
from .live import Live

MEDIA = "text/event-stream"
RETRY = 1000  # ms after which a page asks again


def wanted(request: Request) -> bool:
    """Whether it is the stream that is asked for, and not a page of events."""
    return MEDIA in request.headers.get("accept", "")


def after(request: Request) -> int | None:
    """What the page has seen already. Raises UsageError for what is no number."""
    said = request.headers.get("last-event-id") or request.query_params.get("after")
    if not said:
        return None
    if not (said.isascii() and said.isdecimal() and len(said) < 19):
        raise UsageError(f"after={said[:40]}: expected a whole number", "after=0")
    return int(said)


class Stream:
    """An ASGI application: joins the run's feed for as long as somebody listens."""

    def __init__(self, live: Live, path: Path, after: int | None) -> None:
        self._live, self._after = live, after
        self._feed = live.join(path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def pieces() -> None:
            await hand_over(send, f"retry: {RETRY}\n\n".encode())
            async for message in self._feed.messages(self._after):
                await hand_over(send, message)
            await hand_over(send, b"", more=False)

        try:
            await begin(send, 200, {"content-type": MEDIA, "x-accel-buffering": "no"})
            await while_there(receive, pieces)
        finally:
            self._live.leave(self._feed)
