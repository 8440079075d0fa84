"""Clients of the server: one that asks as any program would, and one that writes bytes."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from speciate.core.values import JSON

SEED = '''import numpy as np


# EVOLVE-BLOCK-START
def priority(item: float, bins: np.ndarray) -> np.ndarray:
    """Best fit."""
    return item - 2 * bins


# EVOLVE-BLOCK-END
'''


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def data(self) -> JSON:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        text = self.data["choices"][0]["message"]["content"]
        assert isinstance(text, str)
        return text

    @property
    def finish(self) -> str:
        return str(self.data["choices"][0]["finish_reason"])


def ask(url: str, path: str, data: JSON = None, key: str = "", method: str = "", seconds: float = 20.0) -> Response:
    """One request on a connection of its own."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=seconds)
    body = data if isinstance(data, bytes) else b"" if data is None else json.dumps(data).encode()
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
    try:
        connection.request(method or ("POST" if body else "GET"), place.path + path, body, headers)
        response = connection.getresponse()
        return Response(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def request(format: str = "diff", program: str = SEED, say: str = "", **more: JSON) -> dict[str, JSON]:
    """A chat that asks for this format of a change of this program."""
    messages = [
        {"role": "system", "content": f"You improve programs.\n\nAnswer format: {format}\nDo it well."},
        {"role": "user", "content": f"{say}\n# Program to change\nFile seed.py:\n```python\n{program}```\nImprove it."},
    ]
    return {"model": "test-model", "messages": messages, **more}


def chat(url: str, data: JSON = None, key: str = "") -> Response:
    return ask(url, "/chat/completions", data or request(), key)


def until(true: Callable[[], bool]) -> None:
    """Waits for what the server's thread does next. Raises TimeoutError after some seconds."""
    end = time.monotonic() + 20.0
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("the server did not do it")


class Wire:
    """A connection on which bytes are written."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        self.socket = socket.create_connection((place.hostname, place.port), timeout=20.0)
        self.file = self.socket.makefile("rb")

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *error: object) -> None:
        self.file.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def response(self) -> Response:
        status = int(self.file.readline().split()[1])
        headers: dict[str, str] = {}
        while (line := self.file.readline().strip()) != b"":
            name, _, value = line.decode().partition(":")
            headers[name] = value.strip()
        return Response(status, headers, self.file.read(int(headers.get("content-length", "0"))))

    @property
    def ended(self) -> bool:
        """Whether the server has ended the connection; waits until it has said something."""
        try:
            return self.file.read(1) == b""
        except ConnectionError:
            return True


def posted(data: JSON, *headers: str, path: str = "/v1/chat/completions", version: str = "HTTP/1.1") -> bytes:
    """The bytes of a request with its length."""
    body = json.dumps(data).encode()
    lines = [f"POST {path} {version}", "host: here", f"content-length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body
