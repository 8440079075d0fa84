"""Who writes: one at a time takes all that waits and makes it durable in one transaction (group commit).

Whoever needs to know that a turn is durable writes it, in the thread of its loop: a handful of calls of SQLite, which
in another thread would each wait for the interpreter's lock for as long as the loop has something to do. What nobody
asks about is written by a thread that comes by now and then. A failure is final: the transaction is rolled back, and
from then on every call raises it, since an engine that goes on would act on what is not on record.
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
from speciate.core.values import Digest

from . import lease, schema
from .fold import Fold
from .log import Log
from .opening import BUSY_SECONDS, error_of
from .packing import START, checksum, pack_text, pack_turn

Post: TypeAlias = Callable[[Callable[[], None]], None]  # hands a function to an event loop, from any thread

QUEUE = 1024  # turns that may wait; `append` then blocks until the disk has caught up

# A transaction costs more than the turns in it, so one that nobody waits for lets others come along; were the engine
# killed meanwhile, so much less would be on record.
LINGER = 0.02  # seconds
MANY = 64  # turns that are enough for one
GIVEN = 0.5  # seconds at most that a loop stands still for the thread that writes
RECENT = 4096  # digests of texts remembered as written


@dataclass(slots=True)
class _Waiting:
    turn: Turn
    body: str
    texts: dict[Digest, str]
    commands: tuple[int, ...]  # of the inbox, done once this turn is durable


class Writer:
    """Owns the connection from `start` to the end of `close`. `seq` is the last event that was appended, `durable` the
    last that is durable."""

    def __init__(self, connection: sqlite3.Connection, path: Path, token: str) -> None:
        self._db = connection
        self._path = path
        self._token = token
        self._place = _place(path)
        self._renewed = time.monotonic()
        self._fold = Fold(connection)
        self._dictionary = Log(connection, path).dictionary()
        last = connection.execute("SELECT last, checksum FROM turns ORDER BY first DESC LIMIT 1").fetchone()
        self.seq: int = last[0] if last else 0
        self._checksum: bytes = last[1] if last else START
        self.durable = self.seq
        self._recent: set[Digest] = set()  # texts written of late: unchanged files are not packed again
        self._queue: deque[_Waiting] = deque()
        self._lock = threading.Lock()  # guards what follows, and the queue
        self._changed = threading.Condition(self._lock)
        self._waiters: deque[tuple[int, Post, Callable[[], None]]] = deque()  # by sequence number
        self._failure: StoreError | None = None
        self._closing = False
        self._busy = False  # somebody writes
        self._stuck = False  # it was waited for in vain
        self._awaited = 0  # how many wait until somebody has written
        self._asleep = False  # the thread has nothing to look forward to
        self._since = 0.0  # when the first that waits came
        self._patient: bool | None = None  # whether a lock of another process is waited for
        self._thread = threading.Thread(target=self._run, name=f"store {path.name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def append(self, turn: Turn, commands: tuple[int, ...]) -> None:
        """Queue a turn. Raises StoreError after a failure and for a turn that does not follow the last one,
        TypeError or ValueError for one that holds what JSON cannot say."""
        last = turn.last
        if turn.first != self.seq + 1 or last < turn.first:
            raise StoreError(f"a turn of {len(turn.events)} events from {turn.first} cannot follow event {self.seq}")
        texts: dict[Digest, str] = {}
        waiting = _Waiting(turn, dumps(encode_turn(turn, texts)), texts, commands)
        with self._lock:
            while len(self._queue) >= QUEUE and self._failure is None:
                self._await()
            self.check()
            self._queue.append(waiting)
            self.seq = last
            if len(self._queue) == 1:
                self._since = time.monotonic()
            if self._asleep or len(self._queue) == MANY:
                self._changed.notify_all()

    def write(self) -> None:
        """Make all that was appended durable, in this thread; not where another process holds the file: see
        `when_durable`. Raises StoreError after a failure.

        Where the thread writes it is waited for: a loop with much to do would leave it the interpreter's lock so seldom
        that milliseconds become a second."""
        with self._lock:
            self.check()
            if self._busy and not self._stuck:
                self._await(GIVEN)
                self.check()
                self._stuck = self._busy
            if self._busy:
                return
            batch = self._grab()
        self._make_durable(batch, patient=False)
        self.check()

    def when_durable(self, last: int, post: Post, notify: Callable[[], None]) -> bool:
        """True if all up to the event `last` is durable. Otherwise False, and `notify` is posted to the caller's loop
        once it is, or has failed: ask again. Raises StoreError after a failure."""
        with self._lock:
            self.check()
            if self.durable >= last:
                return True
            self._waiters.append((last, post, notify))
            self._changed.notify_all()
            return False

    def flush(self) -> None:
        """Wait in this thread until all that was appended is durable. Raises StoreError."""
        done = threading.Event()
        while not self.when_durable(self.seq, lambda notify: notify(), done.set):
            done.wait()
            done.clear()

    def close(self) -> None:
        """Write what waits, and end the thread. Raises StoreError for what could not be written."""
        with self._lock:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        self.check()

    def check(self) -> None:
        """Raises StoreError after a failure. Takes no lock: a failure stays one."""
        if self._failure is not None:
            raise type(self._failure)(self._failure.what, self._failure.do) from self._failure

    # One at a time

    def _grab(self) -> list[_Waiting]:
        """All that waits, to be written by the caller, who holds the lock. Until then it is `_busy`."""
        self._busy = True
        batch = list(self._queue)
        self._queue.clear()
        return batch

    def _make_durable(self, batch: list[_Waiting], patient: bool) -> None:
        """Where another process holds the file and nobody is to wait for it, the batch waits again."""
        failure: StoreError | None = None
        written = False
        try:
            written = self._write(batch, patient)
        except sqlite3.Error as error:
            failure = error_of(self._path, error)
        except StoreError as error:
            failure = error
        except BaseException as error:
            failure = StoreError(f"{self._path}: the writer died of {error!r}")
            raise
        finally:
            self._done(batch, written, failure)

    def _write(self, batch: list[_Waiting], patient: bool) -> bool:
        """False where another process holds the file and nobody is to wait for it."""
        db = self._db
        if patient != self._patient:
            db.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000) if patient else 0}")
            self._patient = patient
        try:
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not patient and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                return False
            raise
        try:
            if time.monotonic() - self._renewed >= lease.RENEW:
                self._look()
                lease.renew(db, self._path, self._token)
                self._renewed = time.monotonic()
            if batch:
                self._write_turns(batch)
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:  # a full disk may have ended it already
                db.execute("ROLLBACK")
            raise
        return True

    def _look(self) -> None:
        """Raises StoreError where the file is no longer where it was: all would go on, into what nobody can open."""
        if _place(self._path) != self._place:
            raise StoreError(
                f"{self._path} was removed or moved while its engine worked",
                "if it was moved, speciate resume it there; what was removed is gone",
            )

    def _write_turns(self, batch: list[_Waiting]) -> None:
        rows, texts, done = [], [], []
        if len(self._recent) > RECENT:
            self._recent.clear()
        for each in batch:
            turn, body = each.turn, pack_turn(each.body)
            last = turn.last
            self._checksum = checksum(self._checksum, turn.first, last, turn.at, body)
            rows.append((turn.first, last, float(turn.at), self._checksum, body))
            for digest, text in each.texts.items():
                if digest in self._recent:
                    continue
                self._recent.add(digest)
                texts.append((bytes.fromhex(digest), pack_text(text, self._dictionary)))
                if self._dictionary is None:
                    self._dictionary = text.encode("utf-8", "surrogatepass")
            done += [(turn.first, id) for id in each.commands]
            self._fold.turn(turn)
        self._db.executemany(schema.WRITE_TURN, rows)
        if texts:
            self._db.executemany(schema.WRITE_TEXT, texts)
        if done:
            self._db.executemany(schema.MARK_DONE, done)
        self._fold.tally.changed = time.time()
        self._fold.flush()

    def _done(self, batch: list[_Waiting], written: bool, failure: StoreError | None) -> None:
        with self._lock:
            self._busy = self._stuck = False
            if failure is not None:
                self._failure = failure
            elif not written:
                self._queue.extendleft(reversed(batch))
            elif batch:
                self.durable = batch[-1].turn.last
            ready = []
            while self._waiters and (self._failure is not None or self._waiters[0][0] <= self.durable):
                ready.append(self._waiters.popleft())
            if self._awaited:
                self._changed.notify_all()
        _wake(ready)

    def _await(self, most: float | None = None) -> None:
        """Until somebody has written, or so many seconds. The caller holds the lock."""
        self._awaited += 1
        self._changed.wait(most)
        self._awaited -= 1

    # In the thread

    def _run(self) -> None:
        while (batch := self._next()) is not None:
            self._make_durable(batch, patient=True)

    def _next(self) -> list[_Waiting] | None:
        """What has waited long enough; an empty list when the lease is due; None at the end."""
        with self._lock:
            while self._failure is None:
                left = self._renewed + lease.RENEW - time.monotonic()
                if self._queue:
                    left = min(left, self._since + LINGER - time.monotonic())
                    if self._waiters or self._closing or len(self._queue) >= MANY:
                        left = 0.0
                elif self._closing:
                    return None
                if left <= 0 and not self._busy:
                    return self._grab()
                if self._busy:
                    self._await()
                else:
                    self._asleep = not self._queue
                    self._changed.wait(left)
                    self._asleep = False
            return None


def _place(path: Path) -> tuple[int, int] | None:
    """What tells this file from another of its name; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


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
