"""Somebody who looks at a run while it happens, message by message."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
from anyio import CapacityLimiter, to_thread

from speciate.core.events import Turn
from speciate.dashboard.live import Feed, Live
from speciate.store.columns import nodes
from speciate.store.sqlite import SqliteStore
from speciate.testing.history import history
from speciate.testing.store import append_all

TURNS = list(history(40, stop=False))


@dataclass(frozen=True)
class Event:
    kind: str
    id: int | None
    data: Any


def events_of(message: bytes) -> list[Event]:
    found = []
    for part in message.decode().split("\n\n"):
        lines = dict(line.partition(": ")[::2] for line in part.splitlines())
        if "event" in lines:
            number = int(lines["id"]) if "id" in lines else None
            found.append(Event(lines["event"], number, json.loads(lines["data"])))
    return found


class Watcher:
    """Somebody who looks, message by message."""

    def __init__(self, messages: AsyncIterator[bytes]) -> None:
        self._messages = messages
        self.read: list[bytes] = []

    async def next(self) -> list[Event]:
        with anyio.fail_after(10):
            self.read.append(await anext(self._messages))
        return events_of(self.read[-1])

    async def until(self, kind: str) -> Event:
        while True:
            for each in await self.next():
                if each.kind == kind:
                    return each

    async def upto(self, seq: int) -> list[Event]:
        """All patches until this number is reached."""
        found: list[Event] = []
        while not found or found[-1].data["seq"] < seq:
            found += [each for each in await self.next() if each.kind == "patch"]
        return found


async def watching(live: Live, path: Path, after: int | None = None) -> tuple[Feed, Watcher]:
    feed = live.join(path)
    return feed, Watcher(feed.messages(after))


async def append(store: SqliteStore, turns: Sequence[Turn]) -> None:
    await to_thread.run_sync(append_all, store, turns)


def ids(nodes: Mapping[str, Any]) -> list[int]:
    """Of candidates in a document; those that follow one another are not listed."""
    columns, first = nodes["columns"], nodes["ids_contiguous_from"]
    return list(columns["id"]) if first is None else [first + n for n in range(len(columns["score"]))]


def files(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def made(columns: Any = nodes) -> Live:
    return Live(columns, CapacityLimiter(4), most=3)
