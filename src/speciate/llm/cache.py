"""Replies kept in a file by what was asked: asked again, by this run or another, nothing is paid."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import anyio
import anyio.to_thread

from speciate.core.errors import StoreError
from speciate.core.protocols import Foresees, Model
from speciate.core.values import JSON, Cost, canonical, digest_of

from .chat import Finish

BUSY_SECONDS = 10.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS reply (
    request TEXT NOT NULL, occurrence INTEGER NOT NULL, reply TEXT NOT NULL, PRIMARY KEY (request, occurrence)
) WITHOUT ROWID
"""


def request_of(model: str, prompt: JSON) -> str:
    """The digest of what is sent: `purpose`, which is not, makes no difference."""
    sent = {name: value for name, value in prompt.items() if name != "purpose"} if isinstance(prompt, dict) else prompt
    return digest_of(model, canonical(sent))


class Cached:
    """A Model before another. The n-th time that this object is asked the same, the n-th reply on file answers: a run
    that asks a model five times for ideas gets five different ones again. Only whole replies are kept.

    A reply from the file costs nothing; its tokens still say how long it is. Several processes may share a file: of
    two replies to the same, the first stays. Raises StoreError for a file that cannot be used.
    """

    def __init__(self, inner: Model, path: str | Path) -> None:
        self.hits = 0
        self.misses = 0
        self._inner = inner
        self._path = Path(path)
        self._asked: Counter[str] = Counter()
        self._lock: anyio.Lock | None = None
        try:
            self._file = sqlite3.connect(
                self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute("PRAGMA synchronous = NORMAL")
            self._file.execute(_SCHEMA)
        except sqlite3.Error as error:
            raise self._error(error) from error

    async def complete(self, model: str, prompt: JSON) -> JSON:
        request = request_of(model, prompt)
        occurrence = self._asked[request]
        self._asked[request] += 1
        found = self._read(request, occurrence)
        if found is not None:
            self.hits += 1
            found.pop("faults", None)  # those were of the first time
            return {**found, "cost": {**found.get("cost", {}), "seconds": 0.0, "usd": 0.0}}
        self.misses += 1
        reply = await self._inner.complete(model, prompt)
        if isinstance(reply, Mapping) and reply.get("finish", Finish.STOP) == Finish.STOP:
            if self._lock is None:  # made here since it belongs to an event loop
                self._lock = anyio.Lock()
            async with self._lock:  # in a thread, since another process may hold the file
                await anyio.to_thread.run_sync(self._write, request, occurrence, json.dumps(reply))
        return reply

    def most(self, model: str, prompt: JSON) -> Cost:
        """What the model behind may cost: whether it will be asked is not known before."""
        return self._inner.most(model, prompt) if isinstance(self._inner, Foresees) else Cost()

    def close(self) -> None:
        self._file.close()

    def _read(self, request: str, occurrence: int) -> dict[str, JSON] | None:
        try:
            row = self._file.execute(
                "SELECT reply FROM reply WHERE request = ? AND occurrence = ?", (request, occurrence)
            ).fetchone()
            found = json.loads(row[0]) if row else None
        except sqlite3.Error as error:
            raise self._error(error) from error
        return found if isinstance(found, dict) else None

    def _write(self, request: str, occurrence: int, reply: str) -> None:
        try:
            self._file.execute("INSERT OR IGNORE INTO reply VALUES (?, ?, ?)", (request, occurrence, reply))
        except sqlite3.Error as error:
            raise self._error(error) from error

    def _error(self, error: sqlite3.Error) -> StoreError:
        return StoreError(f"{self._path}: no cache of replies ({error})", "remove it, or name another file")
