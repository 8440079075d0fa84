"""Who writes: the loop does not outrun the thread that writes."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from speciate.store import writer
from speciate.store.sqlite import PASSES, SqliteStore
from speciate.testing.history import history


def test_a_loop_that_never_rests_waits_for_the_thread_that_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, asked, write = threading.Event(), threading.Event(), writer.Writer._write

    def slow(self: writer.Writer, batch: list[writer._Waiting], patient: bool) -> bool:
        if batch and patient:  # the thread's, which goes on once somebody waits for it
            began.set()
            deadline = time.monotonic() + 5
            while not self._awaited and time.monotonic() < deadline:
                asked.wait(0.001)
        return write(self, batch, patient)

    monkeypatch.setattr(writer.Writer, "_write", slow)
    passes = 0

    async def busy() -> None:
        nonlocal passes
        while True:
            passes += 1
            await anyio.lowlevel.checkpoint()

    async def commit(store: SqliteStore) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(busy)
            await store.commit()
            group.cancel_scope.cancel()

    turns = list(history(2))
    with SqliteStore.create(tmp_path / "run.db") as store:
        store.append(turns[0])
        assert began.wait(10)  # nobody asked, so that the thread came by
        store.append(turns[1])
        anyio.run(commit, store)
        assert store._writer.durable == turns[1].last
    assert passes < 5 * PASSES
