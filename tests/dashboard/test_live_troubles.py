"""What is sent where a run's file goes, breaks or is another one, where we fail ourselves; and the same over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio import to_thread

from speciate.core.values import JSON
from speciate.dashboard import live as module
from speciate.store.columns import nodes
from speciate.store.queries import Run

from .asking import TOKEN, client, dashboard, write
from .watching import Event, events_of, ids, made, watching


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("TICK", 0.005), ("PACE", 0.01), ("ANYHOW", 0.05), ("TROUBLED", 0.01)):
        monkeypatch.setattr(module, name, seconds)


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
