"""What servers of models answer: HTTP, the JSON of three protocols, and the names by which people call models."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, cast

from speciate.core.codec import dumps
from speciate.core.errors import UsageError
from speciate.core.values import JSON
from speciate.llm.anthropic import Anthropic
from speciate.llm.chat import Chat, Embed, Message, Reply, Speaker
from speciate.llm.connection import Connection
from speciate.llm.gemini import Gemini
from speciate.llm.http import Http
from speciate.llm.names import parse
from speciate.llm.openai_compatible import OpenAICompatible
from speciate.llm.provider import MOST_DETAIL, Provider, ProviderFault

from ..target import Target, parts

CHAT = Chat((Message(Speaker.SYSTEM, "Be short."), Message(Speaker.USER, "Hello")), temperature=0.5)
EMBED = Embed(("one", "two"))
URL = "http://127.0.0.1:1"


@dataclass
class Canned:
    """A connection on which this comes, so many bytes at a time, and then the end."""

    data: bytes
    size: int = 2**16
    at: int = 0
    asked: list[bytes] = field(default_factory=list)

    async def send(self, data: bytes) -> None:
        self.asked.append(data)

    async def receive(self) -> bytes:
        taken = self.data[self.at : self.at + self.size]
        if not taken:
            raise EOFError
        self.at += len(taken)
        return taken

    def stands(self) -> bool:
        return True

    def close(self) -> None:
        pass


def _answered(provider: Any, response: bytes, ask: Callable[[], Coroutine[Any, Any, Any]], size: int = 2**16) -> Any:
    """What the provider makes of this response, None where it is a fault."""
    http: Http = provider._http
    http._idle = [(cast(Connection, Canned(response, size)), float("inf")) for _ in range(2)]
    waiting = ask()
    try:
        waiting.send(None)
    except StopIteration as done:
        return done.value
    except ProviderFault as fault:
        assert fault.finish
        assert len(fault.detail) <= MOST_DETAIL or not fault.status
        fault.detail.encode()
        assert fault.retry_after is None or 0 <= fault.retry_after < float("inf")
        return None
    waiting.close()
    raise AssertionError("it waited")


def _held(reply: Reply) -> None:
    """A reply that a log takes, and gives back as it was."""
    text = dumps(reply.as_json())
    text.encode()
    assert Reply.of(json.loads(text)).as_json() == reply.as_json()
    reply.text.encode()
    assert reply.usage.input >= 0
    assert reply.usage.output >= 0
    assert reply.usd is None or reply.usd >= 0


def _protocol(make: Callable[[], Any], embeds: bool) -> Callable[[bytes], None]:
    def feed(data: bytes) -> None:
        """Parts: the status, header lines, the body."""
        head, headers, body = parts(data, 3)
        status = head if head.isascii() and head.isdecimal() and len(head) == 3 else "200"
        sent = body.encode("utf-8", "surrogateescape")
        lines = "".join(
            f"{line}\r\n" for line in headers.encode("ascii", "replace").decode().splitlines() if ":" in line
        )
        start = f"HTTP/1.1 {status} \r\n{lines}Transfer-Encoding: identity\r\nContent-Length: {len(sent)}\r\n\r\n"
        response = start.encode() + sent
        provider: Provider = make()
        reply = _answered(provider, response, lambda: provider.complete("m", CHAT))
        if reply is not None:
            _held(reply)
        names = _answered(provider, response, provider.models)
        assert names is None or all(isinstance(each, str) for each in names)
        if embeds and (vectors := _answered(provider, response, lambda: provider.embed("m", EMBED))) is not None:
            _held(vectors)
            assert len(vectors.vectors) == 2

    return feed


def http(data: bytes) -> None:
    """The response as it comes over the wire, whole and in small pieces."""
    provider = OpenAICompatible(URL, None)
    found = []
    for size in (2**16, 1 + len(data) % 7 if len(data) < 4096 else 1000):
        reply = _answered(provider, data, lambda: provider.complete("m", CHAT), size)
        if reply is not None:
            _held(reply)
        found.append(reply)
    assert found[0] == found[1], "how it is cut into pieces makes another answer of it"


def name(data: bytes) -> None:
    (typed,) = parts(data, 1)
    try:
        found = parse(typed)
    except UsageError as error:
        assert error.what
        assert error.do
        return
    assert found.id
    assert found.urls
    assert found.host
    if found.urls[0].startswith("http"):
        Http(found.urls[0], {})
    json.dumps(cast(JSON, found.typed)).encode()


TARGETS = (
    Target("openai", _protocol(lambda: OpenAICompatible(URL, None), True), structured=True),
    Target("anthropic", _protocol(lambda: Anthropic(URL, None), False), structured=True),
    Target("gemini", _protocol(lambda: Gemini(URL, None), False), structured=True),
    Target("http", http),
    Target("name", name),
)
