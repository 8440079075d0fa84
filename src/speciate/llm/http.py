"""HTTP/1.1 (RFC 9112) to one server, over connections that are kept: what a thousand calls at once need, and no more.

General clients cost more than all the rest of an engine: with 1,000 calls of 10 s under way, 7.8 ms of CPU per call
(httpx2 2.16) and 12 ms (pydantic-ai 2.68 over openai 3.54), against 0.4 ms for this whole room, on one core of two
(`benchmarks/clients.py`).
"""

from __future__ import annotations

import os
import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import anyio

from speciate.core.errors import UsageError

from .connection import Connection, connect

MOST_HEAD = 64 * 1024
MOST_BODY = 64 * 1024 * 1024
CONNECTING = 20.0  # seconds
MOST_IDLE = 55.0  # seconds: many a proxy on the way forgets a connection after a minute

_STATUS = re.compile(r"[1-9][0-9]{2}(?![0-9])")
_FIELD = re.compile(r"\r\n([^:\r\n]+):([^\r\n]*)")


class Broken(Exception):
    """No connection, or one that ended too soon. `sent`: the request had gone out whole."""

    def __init__(self, what: str, sent: bool) -> None:
        super().__init__(what)
        self.sent = sent


class Garbled(Exception):
    """What came back is no HTTP."""


@dataclass(frozen=True, slots=True)
class Response:
    """`headers` have names in small letters; of a repeated one the last counts."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Http:
    """One server by its base URL. Raises ValueError for a URL that is none of http or https."""

    def __init__(self, base: str, headers: Mapping[str, str]) -> None:
        parts = urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{base!r} is no http or https URL")
        self._tls = parts.scheme == "https"
        self._host = parts.hostname
        self._port = parts.port or (443 if self._tls else 80)
        self._path = parts.path.rstrip("/")
        fixed = {"Host": parts.netloc.rpartition("@")[2], "Accept": "application/json", **headers}
        self._fixed = "".join(f"{name}: {value}\r\n" for name, value in fixed.items())
        self._idle: list[tuple[Connection, float]] = []  # the last used is taken first
        self._context: ssl.SSLContext | None = None
        self._proxy = _proxy(self._host) if self._tls else None

    def __repr__(self) -> str:
        return f"Http({self._host}:{self._port})"  # the headers hold a key

    async def get(self, path: str) -> Response:
        return await self._ask(f"GET {self._path}{path} HTTP/1.1\r\n{self._fixed}\r\n".encode("latin-1"))

    async def post(self, path: str, body: bytes) -> Response:
        """Send JSON. Raises Broken and Garbled; there is no second attempt and no deadline: both are the caller's."""
        head = (
            f"POST {self._path}{path} HTTP/1.1\r\n{self._fixed}"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return await self._ask(head.encode("latin-1") + body)

    async def close(self) -> None:
        while self._idle:
            self._idle.pop()[0].close()

    async def _ask(self, request: bytes) -> Response:
        connection = self._kept() or await self._connect()
        sent = keep = False
        try:
            await connection.send(request)
            sent = True
            response, keep = await _Reader(connection).response()
        except (EOFError, OSError) as lost:
            raise Broken(f"the connection to {self._host}:{self._port} broke{_why(lost)}", sent) from lost
        finally:
            if keep:
                self._idle.append((connection, time.monotonic()))
            else:  # cancelled, broken, or the server wants no more on it
                connection.close()
        return response

    def _kept(self) -> Connection | None:
        """A connection that still stands."""
        while self._idle:
            connection, since = self._idle.pop()
            if time.monotonic() - since < MOST_IDLE and connection.stands():
                return connection
            connection.close()
        return None

    async def _connect(self) -> Connection:
        try:
            with anyio.fail_after(CONNECTING):
                return await self._reach()
        except TimeoutError as late:
            raise Broken(f"no connection to {self._host}:{self._port} within {CONNECTING:g} s", False) from late
        except ssl.SSLCertVerificationError as refused:
            raise Broken(f"the certificate of {self._host} is refused: {refused.verify_message}", False) from refused
        except (OSError, EOFError) as lost:
            raise Broken(f"no connection to {self._host}:{self._port}{_why(lost)}", False) from lost

    async def _reach(self) -> Connection:
        connection = await connect(*(self._proxy or (self._host, self._port)))
        if not self._tls:
            return connection
        if self._context is None:
            self._context = ssl.create_default_context()
        try:
            if self._proxy is not None:
                await self._tunnel(connection, *self._proxy)
            await connection.secure(self._context, self._host)
        except BaseException:
            connection.close()
            raise
        return connection

    async def _tunnel(self, connection: Connection, host: str, port: int) -> None:
        """Through the proxy that the environment names for https."""
        target = f"[{self._host}]:{self._port}" if ":" in self._host else f"{self._host}:{self._port}"
        await connection.send(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode("latin-1"))
        status, _, _ = await _Reader(connection).head()
        if status // 100 != 2:
            raise OSError(f"the proxy {host}:{port} answered {status}")


def _proxy(host: str) -> tuple[str, int] | None:
    """Raises UsageError for one that is no URL."""
    named = getproxies().get("https") or getproxies().get("all")
    if not named or proxy_bypass(host):
        return None
    try:
        parts = urlsplit(named if "://" in named else f"http://{named}")
        port = parts.port
    except ValueError as error:  # said without the URL, which may hold a password
        what = f"the proxy for https that the environment names is no URL: {error}"
        raise UsageError(what, "correct https_proxy, or unset it") from None
    return (parts.hostname, port or 80) if parts.hostname and parts.scheme == "http" else None


def _why(error: BaseException) -> str:
    """The innermost cause, which names what the system said."""
    while True:
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        elif error.__cause__ is not None and not getattr(error, "strerror", None):
            error = error.__cause__
        else:
            break
    said = str(error)
    if isinstance(error, OSError) and error.errno:
        # asyncio has words of its own for errors of the system; names that are not found have theirs, below 0
        said = (
            os.strerror(error.errno)
            if error.errno > 0 and not isinstance(error, ssl.SSLError)
            else error.strerror or said
        )
    return f": {said}" if said else ""


class _Reader:
    """Reads one response. Keeps what came too early: a connection with such a rest is not used again."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._buffer = bytearray()

    async def response(self) -> tuple[Response, bool]:
        """The response, and whether its connection may be used again."""
        status, keep, headers = await self.head()
        while status // 100 == 1:  # "continue" and early hints come before the response
            status, keep, headers = await self.head()
        if status in (204, 304):
            body = b""
        elif "chunked" in headers.get("transfer-encoding", "").lower():
            body = await self._chunks()
        elif (length := headers.get("content-length")) is not None:
            body = await self._exactly(_number(length, 10))
        else:
            body, keep = await self._rest(), False
        return Response(status, headers, body), keep and not self._buffer

    async def head(self) -> tuple[int, bool, dict[str, str]]:
        """Status, whether the connection stays open, and the headers."""
        raw = (await self._until(b"\r\n\r\n")).decode("latin-1")
        first = raw.partition("\r\n")[0]
        version, _, rest = first.partition(" ")
        if version not in ("HTTP/1.1", "HTTP/1.0") or _STATUS.match(rest) is None:
            raise Garbled(f"{first[:60]!r} is no answer in HTTP/1.1")
        headers = {name.strip().lower(): value.strip() for name, value in _FIELD.findall(raw)}
        said = headers.get("connection", "").lower()
        keep = "close" not in said and (version == "HTTP/1.1" or "keep-alive" in said)
        return int(rest[:3]), keep, headers

    async def _chunks(self) -> bytes:
        body = bytearray()
        while size := _number((await self._until(b"\r\n")).partition(b";")[0].decode("latin-1"), 16):
            if len(body) + size > MOST_BODY:
                raise Garbled(f"a body of more than {MOST_BODY} bytes")
            body += await self._exactly(size)
            if await self._exactly(2) != b"\r\n":
                raise Garbled("a chunk that does not end where it said")
        while await self._until(b"\r\n"):  # trailers
            pass
        return bytes(body)

    async def _until(self, end: bytes) -> bytes:
        start = 0
        while (found := self._buffer.find(end, start)) < 0:
            if len(self._buffer) > MOST_HEAD:
                raise Garbled(f"a head of more than {MOST_HEAD} bytes")
            start = max(0, len(self._buffer) - len(end) + 1)
            self._buffer += await self._connection.receive()
        taken = bytes(self._buffer[:found])
        del self._buffer[: found + len(end)]
        return taken

    async def _exactly(self, size: int) -> bytes:
        if size > MOST_BODY:
            raise Garbled(f"a body of more than {MOST_BODY} bytes")
        while len(self._buffer) < size:
            self._buffer += await self._connection.receive()
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    async def _rest(self) -> bytes:
        """To the end of the connection."""
        try:
            while len(self._buffer) <= MOST_BODY:
                self._buffer += await self._connection.receive()
        except EOFError:
            taken = bytes(self._buffer)
            self._buffer.clear()
            return taken
        raise Garbled(f"a body of more than {MOST_BODY} bytes")


def _number(text: str, base: int) -> int:
    digits = text.strip()
    try:
        if not digits or not digits.isalnum():
            raise ValueError(digits)
        return int(digits, base)
    except ValueError:
        raise Garbled(f"{text[:20]!r} is no length") from None
