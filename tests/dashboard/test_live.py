"""The news of a run as it happens: what is sent when, to how many, and what becomes of those who are slow."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import anyio
import pytest
from anyio import to_thread

from speciate.core.events import Proposed
from speciate.core.values import JSON
from speciate.dashboard import live as module
from speciate.dashboard.live import Full
from speciate.store.columns import nodes
from speciate.store.queries import Run
from speciate.store.sqlite import SqliteStore
from speciate.testing.store import append_all

from .asking import write
from .watching import TURNS, append, files, ids, made, watching


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("TICK", 0.005), ("PACE", 0.01), ("ANYHOW", 0.05), ("TROUBLED", 0.01)):
        monkeypatch.setattr(module, name, seconds)


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
