"""Where candidates live: grids, islands, and who moved between them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from json import loads

from speciate.core.codec import dumps
from speciate.core.values import JSON, Change, Id, Placement

from ..rows import CandidateRow

IN = (Change.ADDED, Change.IMPROVED)

_GRID = """INSERT INTO grid VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
id = coalesce(excluded.id, id), tries = tries + excluded.tries, entered = entered + excluded.entered"""
_ENTRANT = "INSERT OR REPLACE INTO entrants VALUES (?, ?, ?, ?)"
_RISE = "INSERT INTO rises (island, id, score, at, evals, seq) VALUES (?, ?, ?, ?, ?, ?)"
_MIGRATION = """INSERT INTO migrations VALUES (?, ?, 1, ?) ON CONFLICT DO UPDATE SET
count = count + 1, last = excluded.last"""


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happened: active seconds, evaluations made, the event."""

    at: float
    evals: int
    seq: int


@dataclass(slots=True)
class _Cell:
    """What of a cell has to be written."""

    id: Id | None = None
    tries: int = 0
    entered: int = 0


class Places:
    """The fold of it. `flush` writes what changed, inside the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._cells: dict[tuple[str, int], _Cell] = {}
        self._entrants: list[tuple[str, int, Id, float]] = []
        self._rises: list[tuple[object, ...]] = []
        self._migrations: list[tuple[int, int, int]] = []

    def placed(self, row: CandidateRow, placement: Placement, cell: str, island: int, at: float) -> None:
        """A candidate was tried for a cell, and got it or not."""
        change = placement.change
        found = self._cell(cell, island)
        found.tries += change is not Change.UPDATED
        if change in IN:
            found.entered += 1
            self._entrants.append((cell, island, row.id, at))
        if change is not Change.KEPT_OUT:
            found.id = row.id

    def rose(self, island: int, id: Id, score: float | None, moment: Moment) -> None:
        """The best of an island went up."""
        self._rises.append((island, id, score, moment.at, moment.evals, moment.seq))

    def migrated(self, move: Mapping[str, JSON], row: CandidateRow | None, moment: Moment) -> None:
        """A copy of a candidate went to another island."""
        self._migrations.append((int(move["from"]), int(move["to"]), moment.seq))
        place = None if row is None or row.place is None else loads(row.place)
        cell = place.get("cell") if isinstance(place, dict) else None
        if row is not None and cell is not None and move["change"] in IN:
            found = self._cell(dumps(cell), int(move["to"]))
            found.id = row.id
            found.entered += 1
            self._entrants.append((dumps(cell), int(move["to"]), row.id, moment.at))

    def reset(self, island: int, founder: Id, moment: Moment) -> None:
        """An island was emptied, and settled anew by one candidate."""
        self.flush()
        self._db.execute("UPDATE grid SET id = NULL WHERE island = ?", (island,))
        self._db.execute("INSERT OR REPLACE INTO isles VALUES (?, ?, ?)", (island, moment.at, founder))
        self._rises.append((island, None, None, moment.at, moment.evals, moment.seq))

    def flush(self) -> None:
        db = self._db
        if self._cells:
            db.executemany(_GRID, [(*key, each.id, each.tries, each.entered) for key, each in self._cells.items()])
            self._cells.clear()
        if self._entrants:
            db.executemany(_ENTRANT, self._entrants)
            self._entrants.clear()
        if self._rises:
            db.executemany(_RISE, self._rises)
            self._rises.clear()
        if self._migrations:
            db.executemany(_MIGRATION, self._migrations)
            self._migrations.clear()

    def _cell(self, cell: str, island: int) -> _Cell:
        found = self._cells.get((cell, island))
        if found is None:
            found = self._cells[cell, island] = _Cell()
        return found
