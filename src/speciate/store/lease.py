"""Who owns a run: at most one engine, known by host, process and the moment that the process began.

A process number alone would lie after a reboot or once it is given to another program; with the start time from
/proc a dead owner on this host is told at once, whatever the clock says. An owner on another host cannot be asked: it
counts as gone when its last renewal is `EXPIRES` seconds from now, before or after, since the clocks of two hosts, or
one that was set back, need not agree. Before its place is taken it is watched for a while: a live one renews.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from speciate.core.errors import StoreInUse

RENEW = 1.0  # seconds
EXPIRES = 15.0  # seconds
WATCHED = 5.0  # seconds that an owner elsewhere is watched for before its run is taken over


@dataclass(frozen=True, slots=True)
class Owner:
    """Times are of the Unix clock. `process` is the boot and the start time of the process, "" where unknown."""

    token: str
    host: str
    pid: int
    process: str
    since: float
    renewed: float

    def alive(self, now: float) -> bool:
        if self.host != socket.gethostname():
            return abs(now - self.renewed) < EXPIRES
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass  # it lives, and is another user's
        return self.process == process_of(self.pid)


def process_of(pid: int) -> str:
    """What tells this process from an earlier or later one of the same number; "" for one that has ended but was not
    waited for; "?" where there is no /proc (then the number alone must do)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return "?"
    fields = stat.rpartition(")")[2].split()  # the name before it may hold anything
    return "" if fields[0] in "ZX" else f"{boot}:{fields[19]}"


def owner(connection: sqlite3.Connection) -> Owner | None:
    row = connection.execute("SELECT token, host, pid, process, since, renewed FROM lease").fetchone()
    return None if row is None else Owner(*row)


def take(connection: sqlite3.Connection, path: Path) -> tuple[str, Owner | None]:
    """Become the owner: the token to renew with, and the dead owner whose place was taken, if there was one.
    Raises StoreInUse while another lives."""
    gone = owner(connection)
    if gone is not None and gone.host != socket.gethostname() and not gone.alive(time.time()) and _renews(connection):
        raise in_use(path, gone, time.time())
    now, token = time.time(), uuid.uuid4().hex
    connection.execute("BEGIN IMMEDIATE")
    try:
        before = owner(connection)
        if before is not None and before.alive(now):
            raise in_use(path, before, now)
        row = (1, token, socket.gethostname(), os.getpid(), process_of(os.getpid()), now, now)
        connection.execute("INSERT OR REPLACE INTO lease VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has rolled it back already
            connection.execute("ROLLBACK")
        raise
    return token, before


def _renews(connection: sqlite3.Connection) -> bool:
    """Whether the owner gives a sign of life, by a clock of our own."""
    before, until = owner(connection), time.monotonic() + WATCHED
    while time.monotonic() < until:
        time.sleep(min(RENEW / 4, WATCHED))
        if owner(connection) != before:
            return True
    return False


def renew(connection: sqlite3.Connection, path: Path, token: str) -> None:
    """Inside a transaction or as one of its own. Raises StoreInUse if the run was taken over meanwhile."""
    now = time.time()
    if connection.execute("UPDATE lease SET renewed = ? WHERE token = ?", (now, token)).rowcount != 1:
        other = owner(connection)
        raise StoreInUse(f"{path} was handed to another engine") if other is None else in_use(path, other, now)


def release(connection: sqlite3.Connection, token: str) -> None:
    connection.execute("DELETE FROM lease WHERE token = ?", (token,))


def in_use(path: Path, owner: Owner, now: float) -> StoreInUse:
    minutes, seconds = divmod(max(0, int(now - owner.since)), 60)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    where = "" if owner.host == socket.gethostname() else f" on {owner.host}"
    return StoreInUse(
        f"{path} is in use by process {owner.pid}{where} (running, {clock})",
        f"speciate watch {path.stem}, or run starts {_next(path)}",
    )


def _next(path: Path) -> str:
    """What the next run of the same problem will be called."""
    name, dash, number = path.stem.rpartition("-")
    if not dash or not number.isdigit():
        return "another"
    numbers = [each.stem.rpartition("-")[2] for each in path.parent.glob(f"{name}-*.db")]
    return f"{name}-{max(int(each) for each in (number, *numbers) if each.isdigit()) + 1}"
