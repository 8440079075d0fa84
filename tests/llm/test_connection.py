"""A connection of one's own: what the system takes in parts, which address is reached, and how an end shows."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream

from speciate.llm import connection
from speciate.llm.connection import Address, Connection, Found, connect

LARGE = bytes(range(256)) * 40_000  # more than the buffers of two sockets hold
BACKENDS = "asyncio", "trio"
HERE = socket.AF_INET, "127.0.0.1"


@asynccontextmanager
async def echoing() -> AsyncIterator[int]:
    """A server that says what it heard, once it has heard as much as `LARGE`, and hangs up; its port."""

    async def serve(stream: SocketStream) -> None:
        async with stream:
            heard = b""
            while len(heard) < len(LARGE):
                heard += await stream.receive()
            await stream.send(heard)

    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, serve)
        yield listener.extra(SocketAttribute.local_port)
        group.cancel_scope.cancel()


async def heard(made: Connection) -> bytes:
    whole = bytearray()
    while True:
        try:
            whole += await made.receive()
        except EOFError:
            return bytes(whole)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_larger_than_a_buffer_goes_out_and_comes_back_whole(backend: str) -> None:
    async def main() -> tuple[bytes, bool]:
        async with echoing() as port:
            made = await connect("127.0.0.1", port)
            stood = made.stands()
            await made.send(LARGE)
            whole = await heard(made)
            assert not made.stands()
            made.close()
            return whole, stood

    whole, stood = anyio.run(main, backend=backend)
    assert stood
    assert whole == LARGE


def found(monkeypatch: pytest.MonkeyPatch, *ports: int) -> None:
    """Let every name stand for these ports of this machine."""

    async def addresses(host: str, port: int) -> list[Found]:
        return [(HERE[0], (HERE[1], each)) for each in ports]

    monkeypatch.setattr(connection, "_addresses", addresses)


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_address_that_refuses_is_passed_over(monkeypatch: pytest.MonkeyPatch, backend: str) -> None:
    async def main() -> bytes:
        async with echoing() as port:
            found(monkeypatch, closed_port(), port)
            made = await connect("name", 80)
            await made.send(LARGE)
            whole = await heard(made)
            made.close()
            return whole

    assert anyio.run(main, backend=backend) == LARGE


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_address_that_is_silent_does_not_hold_up_the_next(monkeypatch: pytest.MonkeyPatch, backend: str) -> None:
    reach = connection._connected
    tried: list[int] = []

    async def connected(family: int, address: Address) -> socket.socket:
        tried.append(address[1])
        if address[1] == 1:
            await anyio.sleep_forever()
        return await reach(family, address)

    async def main() -> int:
        async with echoing() as port:
            found(monkeypatch, 1, port)
            (await connect("name", 80)).close()
            return port

    monkeypatch.setattr(connection, "_connected", connected)
    monkeypatch.setattr(connection, "STAGGER", 0.0)
    port = anyio.run(main, backend=backend)
    assert tried == [1, port]


@pytest.mark.parametrize("backend", BACKENDS)
def test_where_none_answers_the_first_is_believed(monkeypatch: pytest.MonkeyPatch, backend: str) -> None:
    async def main() -> None:
        found(monkeypatch, closed_port(), closed_port())
        with pytest.raises(ConnectionRefusedError):
            await connect("name", 80)

    anyio.run(main, backend=backend)


def test_families_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    six, four = socket.AF_INET6, socket.AF_INET
    said = [(six, "::1"), (six, "::2"), (six, "::3"), (four, "1.1.1.1"), (four, "1.1.1.2")]

    async def getaddrinfo(host: str, port: int, **_: object) -> Sequence[tuple[object, ...]]:
        return [(family, socket.SOCK_STREAM, 6, "", (address, port)) for family, address in said]

    monkeypatch.setattr(anyio, "getaddrinfo", getaddrinfo)
    order = [address for _, (address, _) in anyio.run(connection._addresses, "name", 80)]
    assert order == ["::1", "1.1.1.1", "::2", "1.1.1.2", "::3"]


@pytest.mark.parametrize(("host", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)])
def test_numbers_are_not_looked_up(monkeypatch: pytest.MonkeyPatch, host: str, family: int) -> None:
    monkeypatch.setattr(anyio, "getaddrinfo", None)
    [(found, address)] = anyio.run(connection._addresses, host, 80)
    assert (found, address[:2]) == (family, (host, 80))


@pytest.mark.parametrize("host", ["no..name", "x" * 70])
def test_a_name_that_is_none(host: str) -> None:
    with pytest.raises(OSError, match=r"."):
        anyio.run(connect, host, 80)
