"""What can still be read of a run's file, without SQLite: its rows are found by their shape, wherever they lie.

Nothing found is believed for its shape: a turn counts if the chain of checksums holds, a text if it is what its digest
says.
"""

from __future__ import annotations

import re
import struct
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from json import loads
from pathlib import Path

from speciate.core.errors import StoreDamaged
from speciate.core.values import JSON, Digest, digest_of

from .lease import EXPIRES, Owner
from .packing import START, checksum, unpack_text, unpack_turn
from .pages import PAGE, Pages, Place

# The heads of rows: their length, NULL for the number that is the row's own, the types of the columns. A blob of n
# bytes is 12 + 2n, a text 13 + 2n, a whole number 1 to 6, 8 and 9, a float 7.
_TURN = re.compile(rb"(?=[\x06-\x09]\x00[\x01-\x06\x08\x09][\x01-\x09]\x1c)", re.DOTALL)
_TEXT = re.compile(rb"(?=[\x04-\x08]\x00\x2c)", re.DOTALL)
_LEASE = re.compile(rb"(?=[\x08-\x0c]\x00\x4d)", re.DOTALL)
_COMMAND = re.compile(rb"(?=[\x07-\x0b]\x00[\x11-\x25][\x0d-\xff])", re.DOTALL)
_TALLY = re.compile(rb'tally\{"seq":(\d{1,12}),"at":[-+.e\d]{1,30},"evals":(\d{1,12})')
_CREATED = re.compile(rb"\x03\x1b\x07created(.{8})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Row:
    """A turn where it lies."""

    first: int
    last: int
    checksum: bytes
    place: Place


@dataclass(frozen=True, slots=True)
class Stored:
    """A turn whose checksum holds; `events` as JSON."""

    first: int
    last: int
    at: float
    events: list[JSON]


@dataclass(frozen=True, slots=True)
class Sent:
    """A command as it lies in the inbox: no checksum covers it."""

    id: int
    verb: str
    args: JSON
    author: str
    done: int | None


def _whole(events: JSON, count: int) -> bool:
    """Whether these can be the events of a turn: a checksum says who wrote last, not that it was the engine."""
    if not isinstance(events, list) or len(events) != count:
        return False
    return all(isinstance(each, dict) and isinstance(each.get("kind"), str) for each in events)


class Remains:
    """All rows in the file and in what of its write-ahead log was committed. Reads only; holds where rows lie, not
    the rows."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._known: dict[Digest, str] = {}
        self._wrong: dict[Digest, list[Place]] | None = None
        self._turns: dict[int, list[Row]] = {}
        self._checksums: dict[int, list[bytes]] = {}  # by the last event of a turn
        self._texts: dict[Digest, list[Place]] = {}
        self._first_texts: list[Place] = []
        self._find_turns()
        self._find_texts()
        self._dictionaries = self._read_dictionaries()

    # The log

    @property
    def empty(self) -> bool:
        return not self._turns and not self._texts

    @property
    def size(self) -> int:
        """How many rows of turns and texts were found."""
        return len(self._turns) + len(self._texts)

    def chained(self) -> Iterator[Stored]:
        """The turns from the first on, as far as the chain of checksums holds."""
        first, before = 1, START
        while (found := self._next(first, before)) is not None:
            stored, before = found
            yield stored
            first = stored.last + 1

    def loose(self, after: int) -> Iterator[Stored]:
        """The turns that begin above this event and whose checksum follows from that of the turn before."""
        for first in sorted(self._turns):
            if first > after:
                for before in self._checksums.get(first - 1, ()):
                    found = self._next(first, before)
                    if found is not None:
                        yield found[0]
                        break

    def _next(self, first: int, before: bytes) -> tuple[Stored, bytes] | None:
        for row in self._turns.get(first, ()):
            columns = self._pages.columns(row.place)
            if columns is None:
                continue
            at, body = float(columns[2] or 0), columns[4]
            if not isinstance(body, str | bytes):
                continue
            computed = checksum(before, first, row.last, at, body)
            if computed != row.checksum and not self._follows(row.last, computed):
                continue
            try:
                events = loads(unpack_turn(body))
            except (ValueError, zlib.error, RecursionError):
                continue
            if _whole(events, row.last - first + 1):
                return Stored(first, row.last, at, events), computed
        return None

    def _follows(self, last: int, before: bytes) -> bool:
        """Whether the next turn was written after one with this checksum: then it is right, whatever is recorded."""
        for row in self._turns.get(last + 1, ()):
            columns = self._pages.columns(row.place)
            if columns is not None and isinstance(columns[4], str | bytes):
                at = float(columns[2] or 0)
                if checksum(before, row.first, row.last, at, columns[4]) == row.checksum:
                    return True
        return False

    # Texts

    def text(self, digest: Digest) -> str:
        """Raises StoreDamaged if no text is what this digest says."""
        if digest in self._known:
            return self._known[digest]
        for place in (*self._texts.get(digest, ()), *self._misnamed().get(digest, ())):
            if (found := self._content(place, digest)) is not None:
                return found
        raise StoreDamaged(f"the text {digest} cannot be read")

    def _content(self, place: Place, digest: Digest | None = None) -> str | None:
        """The text of this row, if it can be read, and is what the digest says."""
        columns = self._pages.columns(place)
        body = columns[2] if columns else None
        if not isinstance(body, str | bytes):
            return None
        for dictionary in (*self._dictionaries, None):
            try:
                found = unpack_text(body, dictionary)
            except (zlib.error, UnicodeDecodeError):
                continue
            if digest is None or digest_of(found) == digest:
                return found
        return None

    def _misnamed(self) -> dict[Digest, list[Place]]:
        """Texts by what their digest ought to be, where the row has another. Asked only for one that is missing."""
        if self._wrong is None:
            self._wrong = {}
            for digest, places in self._texts.items():
                for place in places:
                    found = self._content(place)
                    if found is not None and (right := digest_of(found)) != digest:
                        self._wrong.setdefault(right, []).append(place)
        return self._wrong

    def digests(self) -> Iterator[Digest]:
        """Of the texts that seem to be there."""
        return iter(self._texts)

    def know(self, texts: Iterable[str]) -> None:
        """Texts that the file may have lost."""
        self._known.update((digest_of(text), text) for text in texts)
        self._dictionaries = self._read_dictionaries()
        self._wrong = None

    def _read_dictionaries(self) -> list[bytes]:
        """What texts may be compressed with: the first one, or what the caller knows in its place."""
        found = [text.encode("utf-8", "surrogatepass") for text in self._known.values()]
        for place in self._first_texts:
            columns = self._pages.columns(place)
            try:
                if columns and isinstance(columns[2], str | bytes):
                    found.append(unpack_text(columns[2], None).encode("utf-8", "surrogatepass"))
            except (zlib.error, UnicodeDecodeError):
                continue
        return found

    # What no checksum covers

    def counted(self) -> tuple[int, int]:
        """(last event, evaluations) that the run had, by its rows and its tally; a guess where these are damaged."""
        last = max(self._checksums, default=0)
        evals = 0
        for buffer in self._pages.buffers:
            for found in _TALLY.finditer(buffer):
                last, evals = max(last, int(found[1])), max(evals, int(found[2]))
        return last, evals

    def created(self) -> float | None:
        """When the run was made, on the Unix clock."""
        for buffer in self._pages.buffers:
            for found in _CREATED.finditer(buffer):
                moment = struct.unpack(">d", found[1])[0]
                if 1.5e9 < moment <= time.time():
                    return float(moment)
        return None

    def owner(self) -> Owner | None:
        """An engine that renewed its lease just now."""
        for place in self._pages.matches(_LEASE):
            columns = self._pages.columns(place)
            if columns is None or len(columns) != 7:
                continue
            _, token, host, pid, process, since, renewed = columns
            texts = all(isinstance(each, str) for each in (token, host, process))
            if texts and isinstance(pid, int) and isinstance(since, float) and isinstance(renewed, float):
                owner = Owner(str(token), str(host), pid, str(process), since, renewed)
                if 0 < pid < 2**31 and abs(time.time() - renewed) < EXPIRES and owner.alive(time.time()):
                    return owner
        return None

    def commands(self) -> list[Sent]:
        """The inbox, oldest first."""
        found: dict[int, Sent] = {}
        for place in self._pages.matches(_COMMAND):
            columns, id = self._pages.columns(place), self._pages.number(place)
            if columns is None or len(columns) != 6 or id is None:
                continue
            _, verb, args, author, moment, done = columns
            if not (isinstance(verb, str) and verb.isalpha() and isinstance(args, str) and isinstance(author, str)):
                continue
            if not (isinstance(moment, int | float) and 1.5e9 < moment < 1e10):
                continue
            try:
                value = loads(args)
            except (ValueError, RecursionError):
                continue
            before = found.get(id)
            if isinstance(value, dict) and isinstance(done, int | None) and (before is None or before.done is None):
                found[id] = Sent(id, verb, value, author, done)
        return [found[id] for id in sorted(found)]

    # Rows

    def _find_turns(self) -> None:
        for place in self._pages.matches(_TURN):
            columns, first = self._pages.columns(place), self._pages.number(place)
            if columns is None or len(columns) != 5 or first is None:
                continue
            last, found = columns[1], columns[3]
            if isinstance(last, int) and isinstance(found, bytes) and 0 < first <= last and columns[2] is not None:
                rows = self._turns.setdefault(first, [])
                rows.append(Row(first, last, found, place))
                self._checksums.setdefault(last, []).append(found)

    def _find_texts(self) -> None:
        for place in self._pages.matches(_TEXT):
            columns = self._pages.columns(place)
            if columns is None or len(columns) != 3 or not isinstance(columns[1], bytes):
                continue
            self._texts.setdefault(columns[1].hex(), []).append(place)
            if self._pages.number(place) == 1:
                self._first_texts.append(place)


def remains_of(path: Path) -> Remains:
    """What is there. A header that is wrong about the pages' size is not believed. Raises StoreError."""
    pages = Pages(path)
    found = Remains(pages)
    return found if pages.page == PAGE else max(found, Remains(Pages(path, PAGE)), key=lambda each: each.size)
