"""HTTP/1.1 as clients really write it, and as they should not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from speciate.testing.model_server import Means, Server, Settings, running, serve
from speciate.testing.model_server.http import MOST_BODY, MOST_HEAD

from .client import Wire, posted, request

LISTING = b"GET /v1/models HTTP/1.1\r\nhost: here\r\n\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(Settings()) as running_server:
        yield running_server


@pytest.fixture
def wire(server: Server) -> Iterator[Wire]:
    with Wire(server.url) as connection:
        yield connection


def test_a_connection_is_kept_for_the_next_request(wire: Wire) -> None:
    for number in range(3):
        wire.send(posted(request(say=f"Try {number}.")))
        response = wire.response()
        assert response.status == 200
        assert "connection" not in response.headers
        assert response.text


def test_requests_that_are_sent_at_once_are_answered_in_order(wire: Wire) -> None:
    wire.send(posted(request("text")) + LISTING + posted(request("vector")))
    assert wire.response().text.startswith("The better programs")
    assert wire.response().data["object"] == "list"
    assert wire.response().text.startswith("[")


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_body_in_chunks_is_put_together_however_it_arrives(wire: Wire, size: int) -> None:
    body = json.dumps(request()).encode()
    chunks = b"".join(b"%x;name=value\r\n%s\r\n" % (len(part), part) for part in (body[:50], body[50:]))
    data = (
        b"POST /v1/chat/completions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        + chunks
        + b"0\r\nTrailer: x\r\n\r\n"
    )
    for start in range(0, len(data), size):
        wire.send(data[start : start + size])
    assert "SEARCH" in wire.response().text
    wire.send(LISTING)  # nothing was left over
    assert wire.response().status == 200


def test_a_client_that_asks_whether_to_go_on_is_told(wire: Wire) -> None:
    head, _, body = posted(request(), "expect: 100-continue").partition(b"\r\n\r\n")
    wire.send(head + b"\r\n\r\n")
    assert wire.response().status == 100
    wire.send(body)
    assert wire.response().status == 200


@pytest.mark.parametrize(
    ("data", "keeps"),
    [
        (posted(request()), True),
        (posted(request(), "Connection: close"), False),
        (posted(request(), version="HTTP/1.0"), False),
        (posted(request(), "connection: Keep-Alive", version="HTTP/1.0"), True),
    ],
)
def test_a_connection_ends_where_the_client_says_so(wire: Wire, data: bytes, keeps: bool) -> None:
    wire.send(data)
    response = wire.response()
    assert response.status == 200
    assert ("connection" in response.headers) is not keeps
    if not keeps:
        assert wire.ended
        return
    wire.send(LISTING)
    assert wire.response().status == 200


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"HELLO\r\n\r\n", 400),
        (b"GET / SPDY/3\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\ncontent-length: many\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST / HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % (MOST_BODY + 1), 413),
        (b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n%x\r\n" % (MOST_BODY + 1), 413),
        (b"GET / HTTP/1.1\r\nx: " + b"y" * (MOST_HEAD + 1), 431),
    ],
)
def test_what_is_no_request_is_answered_and_the_connection_ends(wire: Wire, data: bytes, status: int) -> None:
    wire.send(data)
    response = wire.response()
    assert response.status == status
    assert response.data["error"]["message"]
    assert wire.ended


def test_hundreds_of_connections_are_answered_at_once() -> None:
    count = 200

    async def one(place: str, port: int, number: int) -> int:
        reader, writer = await asyncio.open_connection(place, port)
        writer.write(posted(request(say=f"Try {number}."), "connection: close"))
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return int(answer.split()[1])

    async def main() -> None:
        async with serve(Settings(latency=(0.5, 0.5), means=Means.NUMBER)) as server:
            place = urlsplit(server.url)
            asked = (one(str(place.hostname), place.port or 0, number) for number in range(count))
            assert await asyncio.gather(*asked) == [200] * count
            assert server.log.most > count / 2
            assert all(entry.seconds >= 0.49 for entry in server.log.entries)

    asyncio.run(main())
