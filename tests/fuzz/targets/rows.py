"""The file of a run, of which anybody may have changed a row, a byte, or the inbox; and events as its log has them."""

from __future__ import annotations

import atexit
import contextlib
import io
import json
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

from speciate.cli import entry
from speciate.core.codec import decode_turn, dumps, encode_turn
from speciate.core.commands import on_record, refusal, submitted
from speciate.core.errors import StoreError
from speciate.core.ledger import Ledger
from speciate.core.values import Command
from speciate.store.packing import START, checksum
from speciate.store.repair import repair
from speciate.store.sqlite import SqliteStore, arguments
from speciate.testing import MemoryStore
from speciate.testing.history import history
from speciate.testing.store import append_all
from tests.core.scripted import drive, folded
from tests.core.toys import TOYS

from ..target import Target, parts, scratch

TABLES = ("meta", "turns", "texts", "candidates", "children", "gains", "cells", "tickets", "lease", "inbox")
LOOKS = (["show"], ["show", "5"], ["show", "best", "--json"], ["log"], ["log", "--json"], ["best"], ["failures"],
         ["lineage", "best"], ["diff", "1", "2"], ["runs"], ["lineage", "3", "--json"], ["show", "--json"])  # fmt: skip
SHOWN = 2  # looks at one input


@cache
def _made() -> Path:
    """A folder with a run of a few candidates."""
    place = scratch()
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    path = place / "good-1.db"
    with SqliteStore.create(path) as store:
        append_all(store, history(12, cases=3))
        store.request(Command("hint", {"text": "be quick"}, "ada"))
        store.request(Command("pin", {"id": 3}, "ada"))
    return path


@contextlib.contextmanager
def _copy() -> Iterator[Path]:
    place = scratch()
    try:
        yield Path(shutil.copy(_made(), place / "run-1.db"))
    finally:
        shutil.rmtree(place)


def row(data: bytes) -> None:
    """JSON: [table, row, column, value, whether the log's checksums are made anew], as many as wanted. A value
    {"hex": ...} is bytes."""
    try:
        changes = json.loads(parts(data, 1)[0])
    except (ValueError, RecursionError):
        return
    with _copy() as path:
        with closing(sqlite3.connect(path)) as db, db:
            anew = [_changed(db, each) for each in changes] if isinstance(changes, list) else []
            if any(anew):
                _checksums(db)
        _looked(path, len(data))


def _changed(db: sqlite3.Connection, change: Any) -> bool:
    """Whether checksums are to be made anew."""
    match change:
        case [int(table), int(row), int(column), value, *more]:
            pass
        case _:
            return False
    name = TABLES[table % len(TABLES)]
    columns = [each[1] for each in db.execute(f"PRAGMA table_info({name})")]
    keys = db.execute(f"SELECT {', '.join(columns)} FROM {name}").fetchall()
    if not keys:
        return False
    held = keys[row % len(keys)]
    column %= len(columns)
    where = " AND ".join(f"{each} IS ?" for each in columns)
    with contextlib.suppress(sqlite3.Error, OverflowError, UnicodeEncodeError):
        db.execute(f"UPDATE {name} SET {columns[column]} = ? WHERE {where}", (_value(value), *held))
    return more == [True]


def _value(value: Any) -> Any:
    match value:
        case {"hex": str(digits)}:
            with contextlib.suppress(ValueError):
                return bytes.fromhex(digits)
            return digits.encode("utf-8", "replace")
        case dict() | list():
            return json.dumps(value)
        case int() if abs(value) >= 2**63:
            return str(value)
    return value


def _checksums(db: sqlite3.Connection) -> None:
    before = START
    for first, last, at, body in db.execute("SELECT first, last, at, body FROM turns ORDER BY first").fetchall():
        if not (
            isinstance(first, int) and isinstance(last, int) and isinstance(at, float) and isinstance(body, str | bytes)
        ):
            return
        before = checksum(before, first, last, at, body)
        db.execute("UPDATE turns SET checksum = ? WHERE first = ?", (before, first))


def file(data: bytes) -> None:
    """JSON: [place from 0 to 1, text] to be written there, or a place alone where it is cut; as many as wanted."""
    try:
        changes = json.loads(parts(data, 1)[0])
    except (ValueError, RecursionError):
        return
    with _copy() as path:
        held = bytearray(path.read_bytes())
        for each in changes if isinstance(changes, list) else ():
            match each:
                case [int() | float() as place, str(text)] if 0 <= place <= 1:
                    new = text.encode("utf-8", "surrogatepass")[:4096]
                    at = int(place * len(held))
                    held[at : at + len(new)] = new[: len(held) - at]
                case float(place) if 0 <= place <= 1:
                    del held[int(place * len(held)) :]
        path.write_bytes(held)
        _looked(path, len(data))


def _looked(path: Path, turn: int) -> None:
    """What people and an engine do with the file."""
    for number in range(SHOWN):
        _typed([*LOOKS[(turn * SHOWN + number) % len(LOOKS)], "--runs", str(path.parent)])
    with contextlib.suppress(StoreError):
        repair(path)
    with contextlib.suppress(StoreError), SqliteStore.open(path) as store:
        store.inbox()
        list(store.read())


def _typed(words: list[str]) -> None:
    """A command line; what it would call its own fault is raised."""
    before = entry._ours
    entry._ours = _raised
    try:
        with contextlib.redirect_stdout(_sink()), contextlib.redirect_stderr(_sink()):
            code = entry.main(words)
    finally:
        entry._ours = before
    assert code in range(6), f"exit code {code}"


def _sink() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), "utf-8")


def _raised(error: Exception, tokens: Sequence[str]) -> int:
    raise error


def events(data: bytes) -> None:
    """A turn's body."""
    try:
        body = json.loads(parts(data, 1)[0])
    except (ValueError, RecursionError):
        return
    if isinstance(body, list):
        try:
            decode_turn(1, 0.0, body, lambda digest: str(digest))
        except StoreError:
            return


@cache
def _ledger() -> Ledger:
    store = MemoryStore()
    drive(TOYS["random"](), store, ordered=True)
    return folded("random", store)


def inbox(data: bytes) -> None:
    """Parts: a verb, the text of its arguments."""
    verb, args = parts(data, 2)
    verb = verb.encode("utf-8", "replace").decode()
    command = Command(verb, arguments(args))
    ledger = _ledger()
    refused = refusal(command, ledger)
    dumps(on_record(command))
    if refused is not None:
        assert refused.strip()
        assert len(refused) < 500
    elif verb == "submit":
        submitted(command.args, ledger)


def first_events() -> bytes:
    """Every body of a made-up run as one turn."""
    return dumps([each for turn in history(12, cases=3) for each in encode_turn(turn)]).encode()


TARGETS = (
    Target("row", row, structured=True, seconds=3.0, per_kb=0.05),
    Target("file", file, structured=True, seconds=3.0, per_kb=0.05),
    Target("events", events, structured=True),
    Target("inbox", inbox, structured=True),
)
