"""A run while it happens: one watcher for all who look at it, which reads what is new and makes one message of it.

The watcher looks at the file's times every 100 ms and reads only when it was written to, through a connection that it
closes again: an engine is never kept waiting, and can fold its log in when it ends. What it read last is kept once,
for everybody; whoever was slower gets a message of their own, made of all that they missed. It ends with the last who
looks.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import anyio
from anyio import CapacityLimiter, to_thread

from speciate.core.errors import SpeciateError, StoreError
from speciate.core.values import JSON
from speciate.store.documents import error_body, finite
from speciate.store.queries import Run
from speciate.store.views import plain

from .folder import NoRun, Signature, signature

TICK = 0.1  # seconds between two looks at the file's times
PACE = 0.25  # seconds between two messages, at least
ANYHOW = 1.0  # seconds after which it is read anyhow: an engine that died writes nothing
TROUBLED = 2.0  # seconds until it is tried again where it could not be read
HEARTBEAT = 15.0  # seconds

Columns: TypeAlias = Callable[[Run, int], Mapping[str, JSON]]  # of the candidates that changed since a number


class Full(SpeciateError):
    """As many look at runs as there is room for."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody knows of a run: all up to `seq`. `count` numbers what was read, 0 before anything was; `file` the
    files that had this name, one after another."""

    seq: int
    count: int = 0
    file: int = 1


@dataclass(frozen=True, slots=True)
class State:
    """What was read last. `message` leads from `since` to here; its bytes are shared."""

    seen: Seen
    file: Signature
    summary: Mapping[str, JSON]
    since: Seen
    message: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody is sent, and what they know then."""

    content: bytes
    seen: Seen


class Feed:
    """One run, watched from the first who looks to the last."""

    def __init__(self, path: Path, columns: Columns, limiter: CapacityLimiter) -> None:
        self.path = path
        self.lookers = 0
        self._columns, self._limiter = columns, limiter
        self._state: State | None = None
        self._trouble: bytes | None = None  # a message: why it cannot be read now
        self.over = False  # the file is gone, or the server ends
        self._news = anyio.Event()

    async def watch(self) -> None:
        """Until nobody looks any more. Should it fail, everybody's stream ends, and begins anew from the page."""
        looked, sent = -ANYHOW, -PACE
        try:
            while self.lookers > 0 and not self.over:
                now = time.monotonic()
                if now - sent >= PACE and (self._written() or now - looked >= ANYHOW):
                    looked = now
                    if await self._read():
                        sent = now
                        self._tell()
                await anyio.sleep(TROUBLED if self._trouble else TICK)
        finally:
            self.end()

    def end(self) -> None:
        """Everybody who looks is done."""
        self.over = True
        self._tell()

    async def messages(self, after: int | None) -> AsyncIterator[bytes]:
        """What somebody is sent who knows the run up to `after` (None: nothing, and what is new is enough)."""
        while self._state is None and not self.over and self._trouble is None:
            await self._news.wait()
        seen: Seen | None = None if after is None else Seen(after)
        told = None
        while not self.over:
            news, state = self._news, self._state
            if self._trouble is not None:
                if told != self._trouble:
                    told = self._trouble
                    yield told
            elif state is not None and seen != state.seen:
                message = await self._next(state, seen)
                if message is not None:
                    told, seen = None, message.seen
                    yield message.content
                    continue
            with anyio.move_on_after(HEARTBEAT) as waited:
                await news.wait()
            if waited.cancelled_caught:
                yield b": still here\n\n"
        if self._trouble is not None:
            yield self._trouble

    async def _next(self, state: State, seen: Seen | None) -> Message | None:
        """What somebody is sent next; None where it cannot be read just now, which the watcher will say."""
        if seen == state.since and state.message:
            return Message(state.message, state.seen)
        if seen is None:
            seen = state.seen
        elif seen.seq > state.seen.seq or (seen.count and seen.file != state.seen.file):
            return Message(event("reset", {"seq": state.seen.seq}, state.seen.seq), state.seen)
        try:
            return await to_thread.run_sync(self._caught_up, state, seen, limiter=self._limiter)
        except StoreError:
            return None

    def _caught_up(self, state: State, seen: Seen) -> Message:
        """From what somebody knows to what was read last, with the whole summary."""
        with Run(self.path) as run:
            content = patch(run, self._columns, seen.seq, state.summary, state.seen.seq)
        return Message(content + event("state", state.summary["state"], state.seen.seq), state.seen)

    def _written(self) -> bool:
        try:
            return self._state is None or signature(self.path) != self._state.file
        except OSError:
            return True

    async def _read(self) -> bool:
        """Whether there is news."""
        try:
            state = await to_thread.run_sync(self._look, limiter=self._limiter)
        except (StoreError, FileNotFoundError) as error:
            if isinstance(error, FileNotFoundError) or not self.path.exists():
                self._trouble = event("gone", error_body(NoRun(f"{self.path} was removed", "speciate runs")), None)
                self.over = True
                return True
            said = event("trouble", error_body(error), None)
            news, self._trouble = said != self._trouble, said
            return news
        if self._trouble is not None:  # it can be read again: everybody is told all anew
            self._trouble, seen = None, replace(state.seen, count=state.seen.count + 1)
            state = replace(state, seen=seen, since=seen, message=b"")
        news = self._state is None or state.seen != self._state.seen
        self._state = state
        return news

    def _look(self) -> State:
        before = self._state
        file = signature(self.path)  # first: what is written after it will be looked for again
        with Run(self.path) as run:
            summary = finite(run.summary().as_json())
            seq = int(summary["seq"])
            if before is None or seq < before.seen.seq or file[:2] != before.file[:2]:
                count, number = (0, 0) if before is None else (before.seen.count, before.seen.file)
                seen = Seen(seq, count + 1, number + 1)
                return State(seen, file, summary, seen, b"")
            changed = {name: value for name, value in summary.items() if value != before.summary.get(name)}
            if not changed:
                return State(before.seen, file, summary, before.since, before.message)
            message = patch(run, self._columns, before.seen.seq, changed, seq)
        if "state" in changed:
            message += event("state", changed["state"], seq)
        return State(Seen(seq, before.seen.count + 1, before.seen.file), file, summary, before.seen, message)

    def _tell(self) -> None:
        self._news.set()
        self._news = anyio.Event()


def patch(run: Run, columns: Columns, after: int, summary: Mapping[str, JSON], seq: int) -> bytes:
    """One message: all that is new after a sequence number, and what of the summary changed."""
    gains = [plain(each) for each in run.gains() if each.seq > after] if "gains" in summary else []
    return event("patch", {"seq": seq, "nodes": columns(run, after), "summary": summary, "gains": gains}, seq)


def news(run: Run, columns: Columns, after: int) -> dict[str, JSON]:
    """The same for who asks now and then, with the whole summary."""
    summary = run.summary().as_json()
    gains = [plain(each) for each in run.gains() if each.seq > after]
    return {"seq": summary["seq"], "nodes": columns(run, after), "summary": summary, "gains": gains}


def event(kind: str, data: JSON, seq: int | None) -> bytes:
    """A server-sent event. Its data is on one line: JSON has no other."""
    text = json.dumps(finite(data), allow_nan=False, separators=(",", ":"))
    number = "" if seq is None else f"id: {seq}\n"
    return f"{number}event: {kind}\ndata: {text}\n\n".encode()


class Live:
    """The feeds of a server. `most` is how many may look at once."""

    def __init__(self, columns: Columns, limiter: CapacityLimiter, most: int = 256) -> None:
        self._columns, self._limiter = columns, limiter
        self._tasks: set[asyncio.Task[None]] = set()  # one cannot take the others with it
        self._feeds: dict[Path, Feed] = {}
        self.most = most
        self.lookers = 0

    def join(self, path: Path) -> Feed:
        """The feed of a run, for one more, who calls `leave` in the end. Raises Full."""
        if self.lookers >= self.most:
            raise Full(f"{self.lookers} pages are watching already", "close some")
        self.lookers += 1
        feed = self._feeds.get(path)
        if feed is None or feed.over:
            feed = self._feeds[path] = Feed(path, self._columns, self._limiter)
        feed.lookers += 1
        if feed.lookers == 1:
            task = asyncio.create_task(feed.watch())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return feed

    def leave(self, feed: Feed) -> None:
        """Its watcher ends at its next look."""
        self.lookers -= 1
        feed.lookers -= 1
        if feed.lookers == 0 and self._feeds.get(feed.path) is feed:
            del self._feeds[feed.path]  # who comes next gets a new one

    def end(self) -> None:
        """The server ends: so does every stream."""
        for feed in [*self._feeds.values()]:
            feed.end()
