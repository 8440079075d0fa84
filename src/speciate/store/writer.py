"""The one thread that writes: it takes all that waits and makes it durable in one transaction (group commit).

Nobody else writes the log, so no lock is held while a turn is made. A failure is final: the transaction is rolled
back, and from then on every call raises it, since an engine that goes on would act on what is not on record.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from speciate.core.codec import dumps, encode_turn
from speciate.core.errors import StoreError
from speciate.core.events import Turn
from speciate.core.values import JSON, Digest

from . import lease, schema
from .fold import Fold
from .log import Log
from .opening import error_of
from .packing import START, checksum, pack_text, pack_turn

Post: TypeAlias = Callable[[Callable[[], None]], None]  # hands a function to an event loop, from any thread

QUEUE = 1024  # turns that may wait; `append` then blocks until the disk has caught up

# A transaction costs more than the turns in it, so one that nobody waits for lets others come along; were the engine
# killed meanwhile, so much less would be on record.
LINGER = 0.004  # seconds
MANY = 64  # turns that are enough for one
RECENT = 4096  # digests of texts remembered as written


@dataclass(frozen=True, slots=True)
class _Waiting:
    turn: Turn
    bodies: list[JSON]
    body: str
    texts: dict[Digest, str]
    commands: tuple[int, ...]  # of the inbox, done once this turn is durable


class Writer:
    """Owns the connection from `start` to the end of `close`. `seq` is the last event that was appended."""

    def __init__(self, connection: sqlite3.Connection, path: Path, token: str) -> None:
        self._db = connection
        self._path = path
        self._token = token
        self._renewed = time.monotonic()
        self._fold = Fold(connection)
        self._dictionary = Log(connection, path).dictionary()
        last = connection.execute("SELECT last, checksum FROM turns ORDER BY first DESC LIMIT 1").fetchone()
        self.seq: int = last[0] if last else 0
        self._checksum: bytes = last[1] if last else START
        self._durable = self.seq
        self._recent: set[Digest] = set()  # texts written of late: unchanged files are not packed again
        self._queue: deque[_Waiting] = deque()
        self._changed = threading.Condition()  # guards what follows, and the queue
        self._waiters: deque[tuple[int, Post, Callable[[], None]]] = deque()  # by sequence number
        self._failure: StoreError | None = None
        self._closing = False
        self._flushing = 0  # who waits in `flush`
        self._thread = threading.Thread(target=self._run, name=f"store {path.name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def append(self, turn: Turn, commands: tuple[int, ...]) -> None:
        """Queue a turn. Raises StoreError after a failure and for a turn that does not follow the last one,
        TypeError or ValueError for one that holds what JSON cannot say."""
        if turn.first != self.seq + 1 or not turn.events:
            raise StoreError(f"a turn of {len(turn.events)} events from {turn.first} cannot follow event {self.seq}")
        texts: dict[Digest, str] = {}
        bodies = encode_turn(turn, texts)
        waiting = _Waiting(turn, bodies, dumps(bodies), texts, commands)
        with self._changed:
            while len(self._queue) >= QUEUE and self._failure is None:
                self._changed.wait()
            self._raise()
            self._queue.append(waiting)
            self.seq = turn.last
            if len(self._queue) in (1, MANY):  # else the thread is awake, and takes it along
                self._changed.notify_all()

    def when_durable(self, last: int, post: Post, notify: Callable[[], None]) -> bool:
        """True if all up to the event `last` is durable. Otherwise False, and `notify` is posted to the caller's loop
        once it is, or has failed: ask again. Raises StoreError after a failure."""
        with self._changed:
            self._raise()
            if self._durable >= last:
                return True
            self._waiters.append((last, post, notify))
            self._changed.notify_all()
            return False

    def flush(self) -> None:
        """Wait in this thread until all that was appended is durable. Raises StoreError."""
        with self._changed:
            self._flushing += 1
            self._changed.notify_all()
            while self._durable < self.seq and self._failure is None:
                self._changed.wait()
            self._flushing -= 1
            self._raise()

    def close(self) -> None:
        """Write what waits, and end the thread. Raises StoreError for what could not be written."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        self._raise()

    def check(self) -> None:
        """Raises StoreError after a failure. Takes no lock: a failure stays one."""
        self._raise()

    def is_durable(self, last: int) -> bool:
        """Whether all up to this event is durable, as `when_durable` without asking to be told."""
        return self._durable >= last

    def _raise(self) -> None:
        if self._failure is not None:
            raise type(self._failure)(self._failure.what, self._failure.do) from self._failure

    # In its own thread

    def _run(self) -> None:
        try:
            while (batch := self._take()) is not None:
                self._write(batch)
                self._done(batch)
        except sqlite3.Error as error:
            self._fail(error_of(self._path, error))
        except StoreError as error:
            self._fail(error)
        except BaseException as error:
            self._fail(StoreError(f"{self._path}: the writer died of {error!r}"))
            raise

    def _take(self) -> list[_Waiting] | None:
        """All that waits; an empty list when the lease is due; None at the end."""
        with self._changed:
            while not self._queue and not self._closing:
                left = self._renewed + lease.RENEW - time.monotonic()
                if left <= 0:
                    return []
                self._changed.wait(left)
            if not self._queue:
                return None
            if not (self._waiters or self._flushing or self._closing or len(self._queue) >= MANY):
                self._changed.wait(LINGER)
            batch = list(self._queue)
            self._queue.clear()
            if len(batch) >= QUEUE:
                self._changed.notify_all()
            return batch

    def _write(self, batch: list[_Waiting]) -> None:
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        try:
            if time.monotonic() - self._renewed >= lease.RENEW:
                lease.renew(db, self._path, self._token)
                self._renewed = time.monotonic()
            if batch:
                self._write_turns(batch)
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:  # a full disk may have ended it already
                db.execute("ROLLBACK")
            raise

    def _write_turns(self, batch: list[_Waiting]) -> None:
        rows, texts, done = [], [], []
        if len(self._recent) > RECENT:
            self._recent.clear()
        for each in batch:
            turn, body = each.turn, pack_turn(each.body)
            self._checksum = checksum(self._checksum, turn.first, turn.last, turn.at, body)
            rows.append((turn.first, turn.last, float(turn.at), self._checksum, body))
            for digest, text in each.texts.items():
                if digest in self._recent:
                    continue
                self._recent.add(digest)
                texts.append((bytes.fromhex(digest), pack_text(text, self._dictionary)))
                if self._dictionary is None:
                    self._dictionary = text.encode("utf-8", "surrogatepass")
            done += [(turn.first, id) for id in each.commands]
            self._fold.turn(turn, each.bodies)
        self._db.executemany(schema.WRITE_TURN, rows)
        if texts:
            self._db.executemany(schema.WRITE_TEXT, texts)
        if done:
            self._db.executemany(schema.MARK_DONE, done)
        self._fold.tally.changed = time.time()
        self._fold.flush()

    def _done(self, batch: list[_Waiting]) -> None:
        if not batch:
            return
        with self._changed:
            self._durable = batch[-1].turn.last
            ready = []
            while self._waiters and self._waiters[0][0] <= self._durable:
                ready.append(self._waiters.popleft())
            self._changed.notify_all()
        _wake(ready)

    def _fail(self, failure: StoreError) -> None:
        with self._changed:
            self._failure = failure
            ready = list(self._waiters)
            self._waiters.clear()
            self._changed.notify_all()
        _wake(ready)


def _wake(ready: list[tuple[int, Post, Callable[[], None]]]) -> None:
    """One knock per loop, not one per waiter: each may cost this thread its turn at the interpreter."""
    by_loop: dict[Post, list[Callable[[], None]]] = {}
    for _, post, notify in ready:
        by_loop.setdefault(post, []).append(notify)
    for post, all_of_it in by_loop.items():
        post(partial(_call, all_of_it))


def _call(functions: list[Callable[[], None]]) -> None:
    for each in functions:
        each()
