"""kill -9 at any instant: the file opens, the log is a gapless prefix, and what was said to be durable is there."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

from speciate.store.queries import Run
from speciate.store.sqlite import SqliteStore
from speciate.store.views import StateName
from speciate.testing.history import history
from speciate.testing.store import append_all

# Writes for ever, and says after each commit which event is durable.
WRITER = """
import sys, anyio
from itertools import islice
from speciate.store.sqlite import SqliteStore
from speciate.testing.history import history

async def main():
    turns = history(10**9)
    with SqliteStore.create(sys.argv[1]) as store:
        while True:
            for turn in islice(turns, 5):
                store.append(turn)
            await store.commit()
            print(turn.last, flush=True)

anyio.run(main)
"""


@pytest.mark.parametrize("lines", [1, 7, 40, 133])
def test_what_was_durable_survives(tmp_path: Path, lines: int) -> None:
    path = tmp_path / "run-1.db"
    durable = write_and_kill(path, lines)
    with Run(path) as run:
        assert run.state().name is StateName.LOST
        counted = run.summary()
    with SqliteStore.open(path) as store:
        assert store.previous is not None
        kept = list(store.read())
        assert kept == list(islice(history(10**9), len(kept)))  # gapless, in order, whole
        assert kept[-1].last >= durable
        assert counted.seq == kept[-1].last
        append_all(store, islice(history(10**9), len(kept), len(kept) + 20))
    with Run(path) as run:
        assert run.summary().as_json() | VARYING == whole(tmp_path, len(kept) + 20) | VARYING


VARYING = {"run": "", "path": "", "state": {}, "created": 0, "changed": 0}


def whole(folder: Path, turns: int) -> dict[str, object]:
    """The summary of a run that was never killed: what is counted along the way must not depend on it."""
    with SqliteStore.create(folder / "whole.db") as store:
        append_all(store, islice(history(10**9), turns))
    with Run(folder / "whole.db") as run:
        summary: dict[str, object] = run.summary().as_json()
        return summary


def write_and_kill(path: Path, lines: int) -> int:
    """The last event that the writer said is durable."""
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [next(process.stdout) for _ in range(lines)]
        process.kill()
        said += process.stdout.read().splitlines()
        with closing(process.stdout):
            process.wait()
    complete = [line for line in said if line.strip().isdecimal()]
    return int(complete[-2] if len(complete) > lines else complete[-1])  # the very last line may be cut
