"""Requests to the application without a network: what a browser, or somebody who is none, would send."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import anyio
from starlette.types import ASGIApp, Message

from speciate.core.values import JSON
from speciate.dashboard.app import Dashboard, Options
from speciate.dashboard.bundle import Bundle
from speciate.dashboard.folder import Served
from speciate.dashboard.guard import Door
from speciate.dashboard.steering import Steering
from speciate.store.sqlite import SqliteStore
from speciate.testing.history import history
from speciate.testing.store import append_all

TOKEN = "0123456789abcdef0123456789abcdef"
HOST = "127.0.0.1:8421"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        body = gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body
        found: dict[str, Any] = json.loads(body)
        return found

    @property
    def what(self) -> str:
        """The sentence of an error."""
        assert self.document["kind"] == "error"
        return str(self.document["error"]["what"])


@dataclass
class Client:
    """Asks with the token and our own host unless told otherwise; a header that is None is not sent."""

    app: ASGIApp
    token: str | None = TOKEN

    def __call__(
        self, path: str, method: str = "GET", body: JSON = None, headers: Mapping[str, str | None] | None = None
    ) -> Answer:
        sent: dict[str, str | None] = {"host": HOST}
        if self.token is not None:
            sent["authorization"] = f"Bearer {self.token}"
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if content:
            sent["content-type"] = "application/json"
        return anyio.run(self._ask, path, method, content, {**sent, **(headers or {})})

    async def _ask(self, target: str, method: str, content: bytes, headers: Mapping[str, str | None]) -> Answer:
        path, _, query = target.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "scheme": "http",
            "headers": [(name.encode(), each.encode("latin-1")) for name, each in headers.items() if each is not None],
            "server": ("127.0.0.1", 8421),
            "client": ("127.0.0.1", 1),
        }
        sent: list[Message] = []
        asked = [{"type": "http.request", "body": content, "more_body": False}]

        async def receive() -> Message:
            if asked:
                return asked.pop()
            await anyio.sleep_forever()
            raise AssertionError

        async def send(message: Message) -> None:
            sent.append(message)

        with anyio.fail_after(20):
            await self.app(scope, receive, send)
        start = sent[0]
        return Answer(
            start["status"],
            {name.decode(): value.decode("latin-1") for name, value in start["headers"]},
            b"".join(each.get("body", b"") for each in sent[1:]),
        )


def dashboard(
    folder: Path, read_only: bool = False, token: str | None = TOKEN, host: str = "127.0.0.1", page: Path | None = None
) -> Dashboard:
    steering = Steering(lambda path, args: dict(args), read_only)
    bundle = None if page is None else Bundle(page)
    return Dashboard(Options(Served.of([folder]), Door.at(host, token), steering, 8421, bundle))


def client(folder: Path, **options: Any) -> Client:
    made = dashboard(folder, **options)
    return Client(made.app(), options.get("token", TOKEN))


def write(path: Path, count: int = 30, stop: bool = True) -> Path:
    """A made-up run."""
    with SqliteStore.create(path) as store:
        append_all(store, history(count, stop=stop))
    return path
