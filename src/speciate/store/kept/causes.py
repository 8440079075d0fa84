"""Why candidates came to nothing, by cause."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from json import loads

from speciate.core.causes import cause_of, parts
from speciate.core.codec import dumps
from speciate.core.values import Id

from ..rows import CandidateRow

MOST = 500  # causes that are told apart; an evaluator that says ever new things is counted under OTHER
OTHER = "other causes"
BINS = 48  # stretches that a trend has at most; then two of them become one

_READ = """SELECT n, status, cause, line, said, count, seconds, usd, unpriced, operators, width, trend FROM causes
ORDER BY n"""
_WRITE = f"INSERT OR REPLACE INTO causes VALUES ({', '.join('?' * 12)})"


@dataclass(slots=True)
class CauseRow:
    """A row of `causes`. `said` is what was said word for word, None where it varies."""

    n: int
    status: str
    cause: str
    line: str
    said: str | None
    count: int = 0
    seconds: float = 0.0
    usd: float = 0.0
    unpriced: int = 0
    operators: dict[str, int] = field(default_factory=dict)
    width: int = 1
    trend: list[int] = field(default_factory=list)

    def add(self, row: CandidateRow, sign: int) -> None:
        """Counts one more (`sign` 1), or one less (-1)."""
        self.count += sign
        self.seconds += sign * (row.seconds or 0.0)
        self.usd += sign * (row.usd or 0.0)
        self.unpriced += sign * (row.usd is None)
        self.operators[row.operator] = self.operators.get(row.operator, 0) + sign
        while row.id // self.width >= BINS:
            self.width *= 2
            pairs = self.trend + [0] * (len(self.trend) % 2)
            self.trend = [one + two for one, two in zip(pairs[::2], pairs[1::2], strict=True)]
        at = row.id // self.width
        self.trend += [0] * (at + 1 - len(self.trend))
        self.trend[at] += sign


def read_causes(connection: sqlite3.Connection) -> list[CauseRow]:
    """The one with the lowest number first."""
    found = []
    for n, status, cause, line, said, *counts, operators, width, trend in connection.execute(_READ):
        row = CauseRow(n, status, loads(cause), loads(line), loads(said))
        row.count, row.seconds, row.usd, row.unpriced = counts
        row.operators, row.width, row.trend = loads(operators), width, loads(trend)
        found.append(row)
    return found


class Causes:
    """The fold of it. `flush` writes what changed, inside the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._rows = {(each.status, each.cause, each.line): each for each in read_causes(connection)}
        self._by_number = {each.n: each for each in self._rows.values()}
        self._touched: set[int] = set()
        self._members: dict[Id, int | None] = {}

    def failed(self, row: CandidateRow, said: str) -> None:
        """The candidate came to nothing, and this was said of it."""
        group = self._group(row.status, said)
        group.add(row, 1)
        self._touched.add(group.n)
        self._members[row.id] = group.n

    def recovered(self, row: CandidateRow) -> None:
        """It had failed (`row` as it was then), and was evaluated again."""
        number = self._members.get(row.id)
        if number is None:
            found = self._db.execute("SELECT cause FROM failed WHERE id = ?", (row.id,)).fetchone()
            number = None if found is None else found[0]
        if number is not None:
            self._by_number[number].add(row, -1)
            self._touched.add(number)
            self._members[row.id] = None

    def flush(self) -> None:
        if self._touched:
            rows = [self._columns(self._by_number[number]) for number in sorted(self._touched)]
            self._db.executemany(_WRITE, rows)
            self._touched.clear()
        if self._members:
            members = [(id, number) for id, number in self._members.items() if number is not None]
            self._db.executemany("INSERT OR REPLACE INTO failed VALUES (?, ?)", members)
            gone = [(id,) for id, number in self._members.items() if number is None]
            self._db.executemany("DELETE FROM failed WHERE id = ?", gone)
            self._members.clear()

    def _group(self, status: str, said: str) -> CauseRow:
        cause, line = cause_of(said)
        word_for_word: str | None = parts(said)[0]
        if (status, cause, line) not in self._rows and len(self._rows) >= MOST:
            cause, line, word_for_word = OTHER, "", OTHER
        key = (status, cause, line)
        group = self._rows.get(key)
        if group is None:
            number = max(self._by_number, default=0) + 1
            group = self._rows[key] = CauseRow(number, *key, word_for_word)
            self._by_number[number] = group
        elif group.said != word_for_word:
            group.said = None
        return group

    def _columns(self, row: CauseRow) -> tuple[object, ...]:
        """What was said goes in as JSON: a candidate's words need not be text that SQLite takes."""
        told = (row.n, row.status, dumps(row.cause), dumps(row.line), dumps(row.said))
        counts = (row.count, row.seconds, row.usd, row.unpriced)
        return (*told, *counts, dumps(row.operators), row.width, dumps(row.trend))
