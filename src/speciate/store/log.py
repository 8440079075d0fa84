"""Reading the log of a run: turns with their checksums verified, texts by digest, candidates by number."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from json import loads
from pathlib import Path
from threading import RLock
from typing import Any

from speciate.core.codec import decode_turn
from speciate.core.errors import StoreDamaged
from speciate.core.events import Turn
from speciate.core.plain import to_candidate, to_evaluation
from speciate.core.values import JSON, SEALED, Candidate, Digest, Evaluation, Id, digest_of

from . import schema
from .opening import errors, remedy
from .packing import START, checksum, unpack_text, unpack_turn
from .rows import CandidateRow

PAGE = 256  # turns fetched at once
TEXTS = 1024  # kept at hand: a parent's text is often asked for again

_Stored = tuple[int, int, float, bytes, str | bytes]  # first, last, at, checksum, body

LAST = 2**63 - 1  # of SQLite's numbers: whoever asks for more events than that gets what there is


class Log:
    """Over a connection that the caller closes. Safe to use from several threads, one at a time."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._db = connection
        self._path = path
        self._lock = RLock()
        self._texts: dict[Digest, str] = {}
        self._dictionary: bytes | None = None

    def turns(self, since: int = 0) -> Iterator[Turn]:
        """As `core.protocols.Store.read`."""
        for first, at, bodies in self.bodies(since):
            yield decode_turn(first, at, bodies, self.text)

    def bodies(self, since: int = 0, limit: int | None = None) -> Iterator[tuple[int, float, list[JSON]]]:
        """(first, at, events as JSON) of the turns that begin above `since`, of at most `limit` turns."""
        before: _Stored | None = self._before(since + 1)
        while limit is None or limit > 0:
            start = since + 1 if before is None else max(since, before[1]) + 1
            page = self._fetch(schema.READ_TURNS, (start, PAGE if limit is None else min(PAGE, limit)))
            for stored in page:
                yield stored[0], stored[2], self._verified(stored, before)
                before = stored
            if len(page) < PAGE:
                return
            if limit is not None:
                limit -= len(page)

    def body_of(self, first: int) -> list[JSON]:
        """The events of the turn that begins at this sequence number. Raises StoreDamaged if there is none."""
        page = self._fetch(schema.READ_TURN_OF, (first,))
        if not page or page[0][0] != first:
            raise StoreDamaged(f"{self._path} is damaged: no turn begins at event {first}", remedy(self._path))
        return self._verified(page[0], self._before(first))

    def text(self, digest: Digest) -> str:
        """A genome's text by its digest. Raises StoreDamaged if it is missing or is not what its digest says."""
        found = self._texts.get(digest)
        if found is None:
            rows = self._fetch(schema.READ_TEXT, (bytes.fromhex(digest),))
            try:
                found = unpack_text(rows[0][1], None if rows[0][0] == 1 else self.dictionary())
            except (IndexError, TypeError, zlib.error, UnicodeDecodeError):
                raise self._bad_text(digest) from None
            if digest_of(found) != digest:
                raise self._bad_text(digest)
            if len(self._texts) >= TEXTS:
                self._texts.clear()
            self._texts[digest] = found
        return found

    def dictionary(self) -> bytes | None:
        """The first text, which the others are compressed with; None before there is one."""
        if self._dictionary is None:
            rows = self._fetch(schema.READ_FIRST_TEXT, ())
            if rows:
                try:
                    self._dictionary = unpack_text(rows[0][0], None).encode("utf-8", "surrogatepass")
                except (TypeError, zlib.error, UnicodeDecodeError):
                    raise StoreDamaged(f"{self._path} is damaged: its first text", remedy(self._path)) from None
        return self._dictionary

    def row(self, id: Id) -> CandidateRow | None:
        rows = self._fetch(schema.READ_CANDIDATE, (id,))
        return CandidateRow(*rows[0]) if rows else None

    def proposed(self, row: CandidateRow) -> JSON:
        """The candidate as its Proposed event has it."""
        for event in self.body_of(row.proposed):
            if event["kind"] == "proposed" and event["candidate"]["id"] == row.id:
                return event["candidate"]
        raise StoreDamaged(f"{self._path} is damaged: no event proposes candidate {row.id}", remedy(self._path))

    def evaluated(self, row: CandidateRow) -> JSON:
        """Its latest Evaluated event but for sealed ones, or None."""
        if row.evaluated is None:
            return None
        for event in reversed(self.body_of(row.evaluated)):
            if event["kind"] == "evaluated" and event["candidate"] == row.id and _stage(event) != SEALED:
                return event
        raise StoreDamaged(f"{self._path} is damaged: no event evaluates candidate {row.id}", remedy(self._path))

    def candidate(self, id: Id) -> tuple[Candidate, Evaluation | None]:
        """As `core.protocols.Store.candidate`. Raises KeyError."""
        row = self.row(id)
        if row is None:
            raise KeyError(id)
        evaluated = self.evaluated(row)
        evaluation = None if evaluated is None else to_evaluation(evaluated["evaluation"])
        return to_candidate(self.proposed(row), self.text), evaluation

    def _fetch(self, statement: str, values: tuple[object, ...]) -> list[Any]:
        bounded = [min(each, LAST) if isinstance(each, int) else each for each in values]
        with self._lock, errors(self._path):
            return self._db.execute(statement, bounded).fetchall()

    def _before(self, first: int) -> _Stored | None:
        page = self._fetch(schema.READ_TURN_OF, (first - 1,))
        return page[0] if page else None

    def _verified(self, stored: _Stored, before: _Stored | None) -> list[JSON]:
        first, last, at, found, body = stored
        if not (isinstance(last, int) and isinstance(at, float) and isinstance(body, str | bytes)):
            raise StoreDamaged(f"{self._path} is damaged: event {first}", remedy(self._path))
        chained, expected = (START, 1) if before is None else (before[3], before[1] + 1)
        if first != expected:
            what = f"event {first} follows event {expected - 1}"
            raise StoreDamaged(f"{self._path} is damaged: {what}", remedy(self._path))
        if checksum(chained, first, last, at, body) != found:
            what = f"the checksum of events {first} to {last} does not match"
            raise StoreDamaged(f"{self._path} is damaged: {what}", remedy(self._path))
        try:
            events = loads(unpack_turn(body))
        except (ValueError, zlib.error, RecursionError) as error:  # its checksum matches, so it was written so
            raise StoreDamaged(f"{self._path}: events {first} to {last} are no JSON: {error}") from error
        if not isinstance(events, list) or not all(isinstance(each, dict) for each in events):
            raise StoreDamaged(f"{self._path}: events {first} to {last} are no events", remedy(self._path))
        return events

    def _bad_text(self, digest: Digest) -> StoreDamaged:
        return StoreDamaged(f"{self._path} is damaged: the text {digest} is missing or changed", remedy(self._path))


def _stage(event: JSON) -> str:
    return str(event.get("request", {}).get("stage", ""))
