"""HTTP/1.1 on one connection: requests are read one after another, bodies by length or in chunks, the connection kept.

Our own, on `asyncio.Protocol`: a thousand connections cost a thousand small objects, and a request tens of
microseconds (RFC 9112).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias

MOST_HEAD = 2**16  # bytes of a request line with its headers
MOST_BODY = 2**26
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
Headers: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """`headers` by lower-case name; `arrival` and `start` are when its first and its last byte came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    arrival: float
    start: float


class Unreadable(Exception):
    """The bytes are no request; answered with this status, and the connection ends."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Head:
    method: str
    path: str
    headers: dict[str, str]
    length: int  # -1: in chunks
    keep: bool


class Connection(asyncio.Protocol):
    """One client. `serve` is called with each request and answers with `reply`, `cut` or `drop`, now or `later`;
    `gone`, if set, is called where the client ends the connection before."""

    def __init__(
        self,
        serve: Callable[[Connection, Request], None],
        refuse: Callable[[Unreadable], bytes],
        clock: Callable[[], float],
        open: set[Connection],
    ) -> None:
        self.gone: Callable[[], None] | None = None
        self._serve = serve
        self._refuse = refuse
        self._clock = clock
        self._open = open
        self._buffer = bytearray()
        self._chunks = bytearray()
        self._head: _Head | None = None
        self._arrival: float | None = None
        self._busy = False
        self._keep = True
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._open.discard(self)
        self._settle()
        gone, self.gone = self.gone, None
        if gone is not None:
            gone()

    def data_received(self, data: bytes) -> None:
        if self._arrival is None:
            self._arrival = self._clock()
        self._buffer += data
        self._advance()

    def later(self, delay: float, then: Callable[[], None]) -> None:
        """Calls `then` after so many seconds, unless the client is gone by then."""
        self._timer = asyncio.get_running_loop().call_later(max(delay, 0.0), then)

    def reply(self, status: int, body: bytes, kind: str = "application/json", headers: Headers = ()) -> None:
        """Sends the whole reply and goes on to the next request."""
        self._settle()
        self._transport.write(self._framed(status, len(body), kind, headers) + body)
        if not self._keep:
            self._transport.close()
            return
        self._busy = False
        if self._buffer:
            self._arrival = self._clock()
            asyncio.get_running_loop().call_soon(self._advance)  # not from here: the caller is not done yet

    def cut(self, status: int, body: bytes) -> None:
        """Sends the first half of a reply and ends the connection."""
        self._settle()
        self._transport.write(self._framed(status, len(body), "application/json", ()) + body[: len(body) // 2])
        self._transport.close()

    def drop(self) -> None:
        """Ends the connection without a word."""
        self._settle()
        self._transport.abort()

    def _settle(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _framed(self, status: int, length: int, kind: str, headers: Headers) -> bytes:
        lines = [f"HTTP/1.1 {status} {_PHRASES.get(status, '')}", f"content-type: {kind}", f"content-length: {length}"]
        lines += [f"{name}: {value}" for name, value in headers]
        if not self._keep:
            lines.append("connection: close")
        return "\r\n".join((*lines, "", "")).encode("latin-1")

    def _advance(self) -> None:
        if self._busy or self._transport.is_closing():
            return
        try:
            request = self._read()
        except Unreadable as unreadable:
            self._keep = False
            self.reply(unreadable.status, self._refuse(unreadable))
            return
        if request is not None:
            self._busy = True
            self._serve(self, request)

    def _read(self) -> Request | None:
        """The next request, or None while bytes of it are missing. Raises Unreadable."""
        if self._head is None:
            self._head = self._read_head()
            if self._head is None:
                return None
        head = self._head
        body = self._read_chunks() if head.length < 0 else self._read_length(head.length)
        if body is None:
            return None
        now = self._clock()
        arrival = now if self._arrival is None else self._arrival
        self._head, self._arrival, self._keep = None, None, head.keep
        return Request(head.method, head.path, head.headers, body, arrival, now)

    def _read_head(self) -> _Head | None:
        buffer = self._buffer
        while buffer[:2] == b"\r\n":  # tolerated before a request
            del buffer[:2]
        end = buffer.find(b"\r\n\r\n")
        if end > MOST_HEAD or (end < 0 and len(buffer) > MOST_HEAD):
            raise Unreadable(431, f"the headers are longer than {MOST_HEAD} bytes")
        if end < 0:
            return None
        head = _parsed(buffer[:end].decode("latin-1"))
        del buffer[: end + 4]
        if head.headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return head

    def _read_length(self, length: int) -> bytes | None:
        if len(self._buffer) < length:
            return None
        body = bytes(self._buffer[:length])
        del self._buffer[:length]
        return body

    def _read_chunks(self) -> bytes | None:
        buffer = self._buffer
        while (end := buffer.find(b"\r\n")) >= 0:
            try:
                size = int(bytes(buffer[:end]).partition(b";")[0], 16)
            except ValueError:
                raise Unreadable(400, f"a chunk of {bytes(buffer[:end])[:40]!r} bytes") from None
            if size < 0 or size + len(self._chunks) > MOST_BODY:
                raise Unreadable(413, f"the body is longer than {MOST_BODY} bytes")
            if size == 0:
                closing = buffer.find(b"\r\n\r\n", end)  # trailers, if any, end with an empty line
                if closing < 0:
                    return None
                del buffer[: closing + 4]
                body = bytes(self._chunks)
                self._chunks.clear()
                return body
            if len(buffer) < end + 2 + size + 2:
                return None
            self._chunks += buffer[end + 2 : end + 2 + size]
            del buffer[: end + 2 + size + 2]
        return None


def _parsed(text: str) -> _Head:
    first, *lines = text.split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise Unreadable(400, f"{first[:80]!r} is no request line")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise Unreadable(400, f"{line[:80]!r} is no header")
        headers[name.lower()] = value.strip()
    keep = headers.get("connection", "").lower()
    return _Head(
        method=words[0],
        path=words[1].partition("?")[0],
        headers=headers,
        length=_length(headers),
        keep="close" not in keep if words[2] != "HTTP/1.0" else "keep-alive" in keep,
    )


def _length(headers: dict[str, str]) -> int:
    coding = headers.get("transfer-encoding", "").lower()
    if coding:
        if coding != "chunked":
            raise Unreadable(501, f"transfer-encoding {coding[:40]!r}")
        return -1
    said = headers.get("content-length", "0")
    if not said.isdecimal():
        raise Unreadable(400, f"content-length {said[:40]!r}")
    if int(said) > MOST_BODY:
        raise Unreadable(413, f"the body is longer than {MOST_BODY} bytes")
    return int(said)
