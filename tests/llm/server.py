"""A server on this machine that answers as it is told to: real HTTP, no latency."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import anyio.lowlevel
from anyio.abc import SocketAttribute, SocketStream
from anyio.streams.buffered import BufferedByteReceiveStream


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Answer:
    """`raw` goes out as it is. `hang`: nothing does. `cut`: the connection ends after so many bytes."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    hang: bool = False
    cut: int | None = None

    def wire(self) -> bytes:
        if self.raw is not None:
            return self.raw
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        heads = {"Content-Type": "application/json", "Content-Length": str(len(body)), **self.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in heads.items())
        return f"HTTP/1.1 {self.status} X\r\n{lines}\r\n".encode() + body


def says(text: str | None = "hello", finish: str = "stop", **message: Any) -> Answer:
    """A chat reply: 100 tokens in, 10 out."""
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "prompt_tokens_details": {"cached_tokens": 40}}
    return Answer(body={"model": "m-1", "choices": [choice], "usage": usage})


def fails(http: int, message: str = "no", headers: Mapping[str, str] | None = None, **error: Any) -> Answer:
    return Answer(http, {"error": {"message": message, **error}}, headers or {})


def models(*ids: str) -> Answer:
    return Answer(body={"data": [{"id": each} for each in ids]})


class Server:
    """`answers` are given in order, the last one again and again; or one function of what is asked."""

    def __init__(self, *answers: Answer, to: Callable[[Asked], Answer] | None = None) -> None:
        self.asked: list[Asked] = []
        self.url = ""
        self.connections = 0
        self._answers = answers
        self._to = to
        self._given = 0
        self._open: list[SocketStream] = []

    @property
    def name(self) -> str:
        return f"local/m@{self.url}"

    async def hang_up(self) -> None:
        """End all connections, as a server does with idle ones."""
        for stream in self._open:
            await stream.aclose()

    def _answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        if self._to is not None:
            return self._to(asked)
        answer = self._answers[min(self._given, len(self._answers) - 1)]
        self._given += 1
        return answer

    async def _serve(self, stream: SocketStream) -> None:
        self.connections += 1
        self._open.append(stream)
        reader = BufferedByteReceiveStream(stream)
        try:
            async with stream:
                while True:
                    head = (await reader.receive_until(b"\r\n\r\n", 65536)).decode()
                    first, *lines = head.split("\r\n")
                    headers = {
                        name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)
                    }
                    body = await reader.receive_exactly(int(headers.get("content-length", 0)))
                    method, path, _ = first.split(" ")
                    answer = self._answer(Asked(method, path, headers, json.loads(body) if body else None))
                    if answer.hang:
                        await anyio.sleep_forever()
                    wire = answer.wire()
                    if answer.cut is not None:
                        await stream.send(wire[: answer.cut])
                        return
                    await stream.send(wire)
                    if answer.raw is not None or answer.headers.get("Connection") == "close":
                        return
        except (anyio.IncompleteRead, anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
            return


@asynccontextmanager
async def serving(*answers: Answer, to: Callable[[Asked], Answer] | None = None) -> AsyncIterator[Server]:
    server = Server(*answers, to=to)
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener, anyio.create_task_group() as group:
        server.url = f"http://127.0.0.1:{listener.extra(SocketAttribute.local_port)}/v1"
        group.start_soon(listener.serve, server._serve)
        yield server
        group.cancel_scope.cancel()


class VirtualClock:
    """Time that passes only by sleeping: a sleeper yields once and finds its time come."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        until = self.time + seconds
        await anyio.lowlevel.checkpoint()
        self.time = max(self.time, until)
