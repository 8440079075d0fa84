"""The news of a run as it happens: what is sent when, to how many, and what becomes of those who are slow."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio import CapacityLimiter, to_thread

from speciate.core.events import Proposed, Turn
from speciate.core.values import JSON
from speciate.dashboard import live as module
from speciate.dashboard.live import Feed, Full, Live
from speciate.store.columns import nodes
from speciate.store.queries import Run
from speciate.store.sqlite import SqliteStore
from speciate.testing.history import history
from speciate.testing.store import append_all

from .asking import TOKEN, client, dashboard, write

TURNS = list(history(40, stop=False))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("TICK", 0.005), ("PACE", 0.01), ("ANYHOW", 0.05), ("TROUBLED", 0.01)):
        monkeypatch.setattr(module, name, seconds)


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


def test_what_is_new_is_sent_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "made_up-1.db"

    async def look(store: SqliteStore) -> None:
        live = made()
        feed, one = await watching(live, path)
        start = (await one.until("patch")).data
        assert start["seq"] == TURNS[4].last
        assert ids(start["nodes"]) == []
        assert start["summary"]["run"] == "made_up-1"
        before = start["summary"]
        for turns in (TURNS[5:20], TURNS[20:]):
            await append(store, turns)
            patches = await one.upto(turns[-1].last)
            for patch in patches:
                assert patch.id == patch.data["seq"]
                assert all(value != before[name] for name, value in patch.data["summary"].items())
                before = {**before, **patch.data["summary"]}
            told = {id for patch in patches for id in ids(patch.data["nodes"])}
            new = {each.candidate.id for turn in turns for each in turn.events if isinstance(each, Proposed)}
            assert new <= told
        with Run(path) as run:
            assert before == json.loads(json.dumps(run.summary().as_json()))
        live.leave(feed)

    with SqliteStore.create(path) as store:
        append_all(store, TURNS[:5])
        anyio.run(look, store)


def test_who_comes_back_is_sent_what_was_missed(tmp_path: Path) -> None:
    path = write(tmp_path / "made_up-1.db", 40)
    with Run(path) as run:
        gains, seq = run.gains(), run.summary().seq
        known = gains[1].seq
        missed = ids(nodes(run, known))

    async def look() -> None:
        live = made()
        feed, one = await watching(live, path, known)
        patch = (await one.until("patch")).data
        assert patch["seq"] == seq
        assert ids(patch["nodes"]) == missed
        assert [each["id"] for each in patch["gains"]] == [each.id for each in gains if each.seq > known]
        live.leave(feed)

    anyio.run(look)


def test_all_who_look_share_one_watcher_and_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "made_up-1.db"
    asked: list[int] = []

    def columns(run: Run, after: int) -> Mapping[str, JSON]:
        asked.append(after)
        return nodes(run, after)

    async def look(store: SqliteStore) -> None:
        live = made(columns)
        feed, one = await watching(live, path)
        same, two = await watching(live, path)
        assert same is feed
        await one.until("patch")
        await two.until("patch")
        asked.clear()
        await append(store, TURNS[5:9])
        await one.upto(TURNS[8].last)
        await two.upto(TURNS[8].last)
        assert one.read[-1] is two.read[-1]
        assert len(asked) == len(set(asked))
        live.leave(feed)
        live.leave(feed)

    with SqliteStore.create(path) as store:
        append_all(store, TURNS[:5])
        anyio.run(look, store)


def test_a_slow_one_gets_one_message_of_all_it_missed(tmp_path: Path) -> None:
    path = tmp_path / "made_up-1.db"

    async def look(store: SqliteStore) -> None:
        live = made()
        feed, quick = await watching(live, path)
        _, slow = await watching(live, path)
        await quick.until("patch")
        at = (await slow.until("patch")).data["seq"]
        for turn in TURNS[5:30]:
            await append(store, [turn])
            await quick.upto(turn.last)
        messages = len(slow.read)
        (patch,) = await slow.upto(TURNS[29].last)
        assert len(slow.read) == messages + 1
        with Run(path) as run:
            assert ids(patch.data["nodes"]) == ids(nodes(run, at))
        live.leave(feed)
        live.leave(feed)

    with SqliteStore.create(path) as store:
        append_all(store, TURNS[:5])
        anyio.run(look, store)


def test_the_watcher_ends_with_the_last_who_looks(tmp_path: Path) -> None:
    path = write(tmp_path / "made_up-1.db", 5)

    async def look() -> None:
        live = made()
        feed, one = await watching(live, path)
        await one.until("patch")
        assert len(live._tasks) == 1
        live.leave(feed)
        with anyio.fail_after(5):
            await asyncio.gather(*live._tasks)
        again, two = await watching(live, path)
        assert again is not feed
        await two.until("patch")
        live.leave(again)

    anyio.run(look)


def test_no_more_than_so_many(tmp_path: Path) -> None:
    path = write(tmp_path / "made_up-1.db", 5)

    async def look() -> None:
        live = made()
        feeds = [live.join(path) for _ in range(3)]
        with pytest.raises(Full, match="3 pages are watching already"):
            live.join(path)
        for feed in feeds:
            live.leave(feed)
        live.leave(live.join(path))

    anyio.run(look)


def test_its_state_is_told_when_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "made_up-1.db"

    async def look(store: SqliteStore) -> None:
        live = made()
        feed, one = await watching(live, path)
        assert (await one.until("state")).data["name"] == "running"
        monkeypatch.setattr("speciate.store.lease.Owner.alive", lambda self, now: False)
        assert (await one.until("state")).data["name"] == "lost"  # nothing was written
        monkeypatch.undo()
        monkeypatch.setattr(module, "ANYHOW", 0.02)
        store.close()
        assert (await one.until("state")).data["name"] == "interrupted"
        live.leave(feed)

    with SqliteStore.create(path) as store:
        append_all(store, TURNS[:5])
        anyio.run(look, store)
    assert files(tmp_path) == ["made_up-1.db"]


def test_an_engine_that_ends_while_somebody_looks_leaves_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "made_up-1.db"
    monkeypatch.setattr(module, "PACE", 0.25)

    async def look() -> None:
        live = made()
        for n in range(5):
            with SqliteStore.open(path) as store:
                feed, one = await watching(live, path)
                await one.until("patch")
                await append(store, TURNS[5 + n : 6 + n])
                await one.upto(TURNS[5 + n].last)
                await to_thread.run_sync(store.close)
            assert files(tmp_path) == ["made_up-1.db"]
            live.leave(feed)

    with SqliteStore.create(path) as store:
        append_all(store, TURNS[:5])
    anyio.run(look)


def test_a_run_that_is_removed_while_somebody_looks(tmp_path: Path) -> None:
    path = write(tmp_path / "made_up-1.db", 5)

    async def look() -> None:
        live = made()
        feed, one = await watching(live, path)
        await one.until("patch")
        path.unlink()
        gone = await one.until("gone")
        assert gone.data["error"]["what"] == f"{path} was removed"
        with pytest.raises(StopAsyncIteration):
            await one.next()
        live.leave(feed)
        await to_thread.run_sync(write, path, 7)  # another of that name
        feed, one = await watching(live, path)
        assert (await one.until("patch")).data["summary"]["candidates"] == 7
        live.leave(feed)

    anyio.run(look)


def test_another_run_under_the_same_name(tmp_path: Path) -> None:
    path = write(tmp_path / "made_up-1.db", 5)
    other = write(tmp_path / "other.db", 9)

    async def look() -> None:
        live = made()
        feed, one = await watching(live, path)
        await one.until("patch")
        other.replace(path)
        reset = await one.until("reset")
        with Run(path) as run:
            assert reset.data["seq"] == run.summary().seq
        live.leave(feed)
        feed, two = await watching(live, path, reset.data["seq"] + 1000)
        assert (await two.until("reset")).data == reset.data
        live.leave(feed)

    anyio.run(look)


def test_a_file_that_is_damaged_while_somebody_looks(tmp_path: Path) -> None:
    path = write(tmp_path / "made_up-1.db", 30)
    whole = path.read_bytes()

    async def look() -> None:
        live = made()
        feed, one = await watching(live, path)
        await one.until("patch")
        path.write_bytes(whole[: len(whole) // 2])
        trouble = await one.until("trouble")
        assert trouble.id is None
        assert "truncated" in trouble.data["error"]["what"]
        assert trouble.data["error"]["do"].startswith("speciate repair")
        path.write_bytes(whole)
        assert await one.until("patch")
        live.leave(feed)

    anyio.run(look)


def test_what_fails_ends_the_stream_and_nothing_else(tmp_path: Path) -> None:
    path = write(tmp_path / "made_up-1.db", 5)

    def columns(run: Run, after: int) -> Mapping[str, JSON]:
        raise AssertionError("a mistake of ours")

    async def look() -> None:
        live = made(columns)
        feed, one = await watching(live, path)
        with pytest.raises(AssertionError):
            await one.next()
        live.leave(feed)

    anyio.run(look)


def test_a_heartbeat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "made_up-1.db", 5)
    monkeypatch.setattr(module, "HEARTBEAT", 0.02)

    async def look() -> None:
        live = made()
        feed, one = await watching(live, path)
        await one.until("patch")
        assert await one.next() == []
        assert one.read[-1] == b": still here\n\n"
        live.leave(feed)

    anyio.run(look)


# Over HTTP


def test_the_same_for_who_asks_now_and_then(tmp_path: Path) -> None:
    path = write(tmp_path / "made_up-1.db", 20)
    ask = client(tmp_path)
    found = ask("/api/runs/made_up-1/events?after=10").document
    with Run(path) as run:
        assert found["kind"] == "run.events"
        assert found["seq"] == run.summary().seq
        assert ids(found["nodes"]) == ids(nodes(run, 10))
    for wrong in ("x", "-1", "1e3", "٣", "9" * 30):
        assert ask(f"/api/runs/made_up-1/events?after={wrong}").status == 400
    assert ask("/api/runs/nowhere/events").status == 404


def test_a_stream_begins_where_its_header_says(tmp_path: Path) -> None:
    write(tmp_path / "made_up-1.db", 20)

    async def look() -> list[Event]:
        made = dashboard(tmp_path)
        found: list[bytes] = []
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/api/runs/made_up-1/events",
            "raw_path": b"",
            "query_string": b"after=1",
            "root_path": "",
            "headers": [
                (b"host", b"localhost"),
                (b"authorization", f"Bearer {TOKEN}".encode()),
                (b"accept", b"text/event-stream"),
                (b"last-event-id", b"999999"),
            ],
        }
        there = anyio.Event()

        async def receive() -> dict[str, Any]:
            await there.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            found.append(message.get("body", b""))
            if b"event:" in found[-1]:
                assert made.live.lookers == 1
                there.set()

        with anyio.fail_after(10):
            await made.app()(scope, receive, send)
        assert made.live.lookers == 0
        assert found[1] == b"retry: 1000\n\n"
        return events_of(b"".join(found))

    assert [each.kind for each in anyio.run(look)] == ["reset"]
