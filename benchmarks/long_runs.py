"""Writes made-up runs of any length through the real store, for what is measured of pages and queries.

    python benchmarks/long_runs.py 10000 100000 1000000 --into runs   # runs/long_10000-1.db ...
    python benchmarks/long_runs.py 400 --evil --into runs   # runs/evil_400-1.db: all that could hurt a reader
    python benchmarks/long_runs.py 20000 --rate 400 --into runs   # live, as an engine writes: 400 evaluations a second

With --rate each line of stdout is the last event of a commit and when it was durable, on the Unix clock.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import anyio

from speciate.core.events import Turn
from speciate.store.sqlite import SqliteStore
from speciate.testing.story import story
from speciate.testing.story_parts import Story

WINDOW = 64  # turns that share a commit where nobody waits
TICK = 0.01  # seconds between two commits of a live run


async def write(path: Path, told: Story) -> None:
    """As fast as it goes."""
    turns = story(told)
    with SqliteStore.create(path) as store:
        while batch := list(islice(turns, WINDOW)):
            for turn in batch:
                store.append(turn)
            await store.commit()


async def write_live(path: Path, told: Story, head: int = 0) -> None:
    """As an engine does that gets its results at the story's rate: each turn at its own moment of the real clock, but
    for the first `head` evaluations, which are there at once."""
    with SqliteStore.create(path) as store:
        turns = story(told)
        for turn in turns:
            store.append(turn)
            if turn.at * told.rate >= head:
                break
        await store.commit()
        began = time.monotonic() - head / told.rate
        for last in _on_time(store, turns, began):
            await store.commit()
            print(f"{last} {time.time():.6f}", flush=True)
            await anyio.sleep(TICK)


def _on_time(store: SqliteStore, turns: Iterator[Turn], began: float) -> Iterator[int]:
    """The last event of what was due, each time that something was."""
    turn = next(turns, None)
    while turn is not None:
        now = time.monotonic() - began
        last = 0
        while turn is not None and turn.at <= now:
            store.append(turn)
            last, turn = turn.last, next(turns, None)
        if last:
            yield last
        else:
            time.sleep(TICK / 4)


def made(folder: Path, told: Story) -> Path:
    """The finished run of this length in the folder; it is written unless it is there."""
    path = folder / f"{'evil' if told.evil else 'long'}_{told.candidates}-1.db"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        anyio.run(write, draft, told)
        draft.rename(path)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("candidates", type=int, nargs="+")
    parser.add_argument("--into", type=Path, default=Path("runs"))
    parser.add_argument("--evil", action="store_true")
    parser.add_argument("--rate", type=float, help="evaluations a second, in real time")
    parser.add_argument("--head", type=int, default=0, help="of a live run: evaluations that are there at once")
    parser.add_argument("--name", help="of a live run")
    given = parser.parse_args()
    for count in given.candidates:
        told = Story(count, evil=given.evil, rate=given.rate or 400.0)
        if given.rate is None:
            began = time.process_time()
            path = made(given.into, told)
            spent = (time.process_time() - began) / count * 1e6
            print(f"{path}: {path.stat().st_size / 1e6:,.0f} MB, {spent:.0f} µs a candidate", file=sys.stderr)
        else:
            anyio.run(write_live, given.into / f"{given.name or f'live_{count}-1'}.db", told, given.head)


if __name__ == "__main__":
    main()
