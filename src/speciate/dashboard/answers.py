"""How an answer goes out: in pieces that wait for whoever reads them, and compressed where that is worth it.

Nobody makes the server hold more than a piece of a stream; whoever takes nothing for a while is hung up on
(`server.Patient`).
"""

from __future__ import annotations

import gzip
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from urllib.parse import quote

import anyio
from anyio import CapacityLimiter, to_thread
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from speciate.core.errors import SpeciateError
from speciate.store.documents import document, error_body

JSON_TYPE = "application/json"
PIECE = 64 * 1024  # bytes that are handed over at once
WORTH = 1024  # bytes from which on compressing pays
LEVEL = 3  # of gzip: for tables of numbers the higher ones take three times as long for a tenth less

Fields = Mapping[str, str]


class Sent(Response):
    """A whole answer. `packed` is the body compressed."""

    def __init__(
        self,
        body: bytes,
        media: str = JSON_TYPE,
        status: int = 200,
        fields: Fields | None = None,
        packed: bytes | None = None,
    ) -> None:
        super().__init__(status_code=status)
        self._body, self._media, self._fields, self._packed = body, media, fields or {}, packed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, fields = self._body, dict(self._fields)
        if self._packed is not None:
            fields["vary"] = "accept-encoding"
            if "gzip" in Headers(scope=scope).get("accept-encoding", ""):
                body = self._packed
                fields["content-encoding"] = "gzip"
        await begin(send, self.status_code, {**fields, "content-type": self._media, "content-length": str(len(body))})
        if scope["method"] != "HEAD":
            whole = memoryview(body)
            for start in range(0, len(body), PIECE):
                await hand_over(send, bytes(whole[start : start + PIECE]))
        await hand_over(send, b"", more=False)


class Streamed:
    """An answer that is made while it is sent, in worker threads. `held` is what it needs open until its end."""

    def __init__(
        self,
        parts: Iterable[bytes],
        media: str,
        fields: Fields,
        limiter: CapacityLimiter,
        held: AbstractAsyncContextManager[object],
    ) -> None:
        self._parts, self._media, self._fields = iter(parts), media, fields
        self._limiter, self._held = limiter, held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def pieces() -> None:
            while piece := await to_thread.run_sync(_some, self._parts, limiter=self._limiter):
                await hand_over(send, piece)
            await hand_over(send, b"", more=False)

        async with self._held:
            await begin(send, 200, {**self._fields, "content-type": self._media})
            await while_there(receive, pieces)


def _some(parts: Iterator[bytes]) -> bytes:
    """About a piece of what is left, b"" at the end."""
    found, length = [], 0
    for part in parts:
        found.append(part)
        length += len(part)
        if length >= PIECE:
            break
    return b"".join(found)


async def begin(send: Send, status: int, fields: Fields) -> None:
    headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def hand_over(send: Send, piece: bytes, more: bool = True) -> None:
    """Returns when there is room for another."""
    await send({"type": "http.response.body", "body": piece, "more_body": more})


async def while_there(receive: Receive, work: Callable[[], Awaitable[None]]) -> None:
    """The work, until it is done or whoever asked has gone."""
    async with anyio.create_task_group() as group:

        async def listen() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            group.cancel_scope.cancel()

        group.start_soon(listen)
        await work()
        group.cancel_scope.cancel()


def packed(body: bytes) -> bytes | None:
    """The same compressed, None where that is not worth it. Slow for what is large: done in worker threads."""
    return gzip.compress(body, LEVEL, mtime=0) if len(body) >= WORTH else None


def json_of(body: bytes, status: int = 200) -> Sent:
    """A document as an answer. Compresses, so it is called in a worker thread where the document may be large."""
    return Sent(body, status=status, packed=packed(body))


def problem(error: SpeciateError, status: int) -> Sent:
    """An error as a document, as the command line prints it."""
    fields = {"www-authenticate": "Bearer"} if status == 401 else {}
    return Sent(f"{document('error', error_body(error))}\n".encode(), status=status, fields=fields)


def saved_as(name: str) -> Fields:
    """The header that makes a browser save an answer under this name."""
    plain = "".join(each if each.isascii() and (each.isalnum() or each in "._-") else "_" for each in name)[:100]
    full = quote(name[:100].encode("utf-8", "replace"), safe="")
    return {"content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"}
