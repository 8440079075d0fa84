"""Replies kept on file by what was asked: asked again, by this run or another, nothing is paid."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import anyio
import anyio.to_thread

from speciate.core.errors import StoreError
from speciate.core.protocols import Fallible, Foresees, Model, Named, Served
from speciate.core.values import JSON, Cost

from .chat import Finish, request_of

BUSY_SECONDS = 10.0
FILE = "replies.db"
REMEDIES = {
    sqlite3.SQLITE_FULL: "free some space, then speciate resume; or run with another folder",
    sqlite3.SQLITE_READONLY: "let yourself write to it, or name another folder",
    sqlite3.SQLITE_CANTOPEN: "let yourself write to its folder, or name another folder",
}
_SCHEMA = """
CREATE TABLE IF NOT EXISTS reply (
    request TEXT NOT NULL, occurrence INTEGER NOT NULL, reply TEXT NOT NULL, PRIMARY KEY (request, occurrence)
) WITHOUT ROWID
"""


class Cached:
    """A Model before another. The n-th time that a run asks the same, the n-th reply on file answers: a run that asks a
    model five times for ideas gets five different ones again. Only whole replies are kept, by the digest of what was
    asked, which is not kept itself.

    A reply from the file costs nothing and counts against no limit; its usage still says how long it is. Several
    processes may share the folder: of two replies to the same, the first stays.

    Args:
        inner: who is asked for what is not on file.
        folder: where the file is; made if need be.

    Raises StoreError for a folder that cannot be used.
    """

    def __init__(self, inner: Model, folder: str | Path) -> None:
        self.hits = 0
        self.misses = 0
        self.inner = inner
        self.folder = Path(folder)
        self._path = self.folder / FILE
        self._asked: Counter[str] = Counter()
        self._lock: anyio.Lock | None = None
        self._opened: sqlite3.Connection | None = None
        self._broken: StoreError | None = None
        self._file()

    @property
    def names(self) -> Sequence[str]:
        """Of the models behind, as far as they are known."""
        return self.inner.names if isinstance(self.inner, Named) else ()

    async def complete(self, model: str, prompt: JSON) -> JSON:
        """The reply; here it is this object that counts."""
        request = request_of(model, prompt)
        self._asked[request] += 1
        return await self.recall(model, prompt, self._asked[request] - 1)

    async def recall(self, model: str, prompt: JSON, n: int) -> JSON:
        """As `core.protocols.Recalls`."""
        request = request_of(model, prompt)
        found = self._read(request, n)
        if found is not None:
            self.hits += 1
            found.pop("faults", None)  # those were of the first time
            return {**found, "cost": {"seconds": 0.0, "tokens": 0, "usd": 0.0}, "kept": True}
        if self._broken is not None:
            raise self._broken
        self.misses += 1
        reply = await self.inner.complete(model, prompt)
        if isinstance(reply, Mapping) and reply.get("finish", Finish.STOP) == Finish.STOP:
            if self._lock is None:  # made here since it belongs to an event loop
                self._lock = anyio.Lock()
            async with self._lock:  # in a thread, since another process may hold the file
                await anyio.to_thread.run_sync(self._write, request, n, json.dumps(reply))
        return reply

    @property
    def gone(self) -> str:
        """As the model behind says it."""
        return self.inner.gone if isinstance(self.inner, Fallible) else ""

    def most(self, model: str, prompt: JSON) -> Cost:
        """What the model behind may cost: whether it will be asked is not known before."""
        return self.inner.most(model, prompt) if isinstance(self.inner, Foresees) else Cost()

    async def check(self) -> None:
        """Raises UsageError where the model behind cannot be used."""
        if isinstance(self.inner, Served):
            await self.inner.check()

    async def close(self) -> None:
        """What is asked later opens the file again."""
        if isinstance(self.inner, Served):
            await self.inner.close()
        self._lock = None
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _file(self) -> sqlite3.Connection:
        if self._opened is None:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._opened = sqlite3.connect(
                    self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
                )
                self._opened.execute("PRAGMA journal_mode = WAL")
                self._opened.execute("PRAGMA synchronous = NORMAL")
                self._opened.execute(_SCHEMA)
            except (sqlite3.Error, OSError) as error:
                raise self._error(error) from error
        return self._opened

    def _read(self, request: str, occurrence: int) -> dict[str, JSON] | None:
        try:
            row = (
                self._file()
                .execute("SELECT reply FROM reply WHERE request = ? AND occurrence = ?", (request, occurrence))
                .fetchone()
            )
            found = json.loads(row[0]) if row else None
        except (sqlite3.Error, ValueError) as error:
            raise self._error(error) from error
        return found if isinstance(found, dict) else None

    def _write(self, request: str, occurrence: int, reply: str) -> None:
        """What cannot be written is told when the next is asked: this reply is paid for, and its run shall have it."""
        try:
            self._file().execute("INSERT OR IGNORE INTO reply VALUES (?, ?, ?)", (request, occurrence, reply))
        except sqlite3.Error as error:
            self._broken = self._error(error)

    def _error(self, error: Exception) -> StoreError:
        said = error.strerror if isinstance(error, OSError) else error
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        do = REMEDIES.get(code, "remove it, or name another folder")
        return StoreError(f"{self._path}: no cache of replies ({said})", do)
