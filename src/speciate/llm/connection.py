"""One connection to a server, on a socket of its own, plain or TLS.

The streams of AnyIO guard against two readers, yield at every send, and carry TLS in Python: here one call at a time
has a connection, and a round trip takes a wait for the answer and nothing else.
"""

from __future__ import annotations

import os
import select
import socket
import ssl
import sys
from itertools import zip_longest
from typing import Any

import anyio

CHUNK = 2**16  # bytes asked for at once
STAGGER = 0.25  # seconds before the next address of a host is tried beside the one before (RFC 8305)

Address = tuple[Any, ...]  # as a socket of its family takes it
Found = tuple[int, Address]


class Connection:
    """For one task at a time. What waits raises OSError (`ssl.SSLError` is one) where the connection breaks; after
    that, and after a cancellation, only `close` is left."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._poll = None
        if sys.platform != "win32":  # no poll there; a connection that was closed shows on the next use
            self._poll = select.poll()
            self._poll.register(connected, select.POLLIN)

    async def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Go on in TLS, with whoever proves to be this host."""
        self._socket = secured = context.wrap_socket(self._socket, server_hostname=host, do_handshake_on_connect=False)
        while True:
            try:
                return secured.do_handshake()
            except ssl.SSLWantReadError:
                await anyio.wait_readable(secured)
            except ssl.SSLWantWriteError:
                await anyio.wait_writable(secured)

    async def send(self, data: bytes) -> None:
        """All of it. Yields only where the system does not take it at once."""
        left = memoryview(data)
        while left:
            try:
                left = left[self._socket.send(left) :]
            except ssl.SSLWantReadError:
                await anyio.wait_readable(self._socket)
            except (BlockingIOError, ssl.SSLWantWriteError):
                await anyio.wait_writable(self._socket)

    async def receive(self) -> bytes:
        """What comes next, one byte at least. Raises EOFError at the end."""
        if not (isinstance(self._socket, ssl.SSLSocket) and self._socket.pending()):
            await anyio.wait_readable(self._socket)
        while True:
            try:
                data = self._socket.recv(CHUNK)
            except (BlockingIOError, ssl.SSLWantReadError):  # half a record of TLS, or one without data
                await anyio.wait_readable(self._socket)
            except ssl.SSLWantWriteError:
                await anyio.wait_writable(self._socket)
            else:
                if not data:
                    raise EOFError
                return data

    def stands(self) -> bool:
        """False where there is something to read though nothing was asked: the end, as a rule."""
        return self._poll is None or not self._poll.poll(0)

    def close(self) -> None:
        """At once, without a word to the other side."""
        self._socket.close()


async def connect(host: str, port: int) -> Connection:
    """To the first address of the host that answers (Happy Eyeballs, RFC 8305). Raises OSError where none does, with
    what the first of them said."""
    made: list[socket.socket] = []
    failed: list[OSError] = []

    async def attempt(found: Found, ended: anyio.Event) -> None:
        try:
            made.append(await _connected(*found))
            group.cancel_scope.cancel()
        except OSError as error:
            failed.append(error)
        finally:
            ended.set()

    addresses = await _addresses(host, port)
    try:
        async with anyio.create_task_group() as group:
            for found in addresses:
                ended = anyio.Event()
                group.start_soon(attempt, found, ended)
                with anyio.move_on_after(STAGGER):
                    await ended.wait()
    except BaseException:
        for each in made:
            each.close()
        raise
    for each in made[1:]:  # in the same moment
        each.close()
    if not made:
        raise failed[0]
    return Connection(made[0])


async def _addresses(host: str, port: int) -> list[Found]:
    """In the system's order, families in turn: where one of them leads nowhere, the next address is of the other."""
    found: list[Found]
    try:  # numbers, of which nobody need be asked
        numeric = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        found = [(each[0], each[4]) for each in numeric]
    except (socket.gaierror, UnicodeError):
        named = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        found = [(each[0], each[4]) for each in named]
    families = [[each for each in found if each[0] == family] for family in dict.fromkeys(each[0] for each in found)]
    return [each for turn in zip_longest(*families) for each in turn if each is not None]


async def _connected(family: int, address: Address) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            made.connect(address)
        except BlockingIOError:
            await anyio.wait_writable(made)
            if code := made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise OSError(code, os.strerror(code)) from None
    except BaseException:
        made.close()
        raise
    return made
