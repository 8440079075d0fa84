"""The candidates as a table, whole or what a filter chooses."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from speciate.store.exporting import CANDIDATE, names_of, values_of
from speciate.store.queries import Run
from speciate.store.searching import search
from speciate.store.tables import Value, harmless

from .routing import Answer, Asked, Bytes, Document

ROWS = 100
MOST = 500


def candidates(run: Run, asked: Asked) -> Answer:
    """?q=status:ok score<2.5&sort=newest&cursor=&limit=100; &format=csv for all of them as a file."""
    query, sort = asked.query.get("q", ""), asked.query.get("sort", "") or "newest"
    if asked.one_of("format", ("json", "csv"), "json") == "csv":
        search(run, query, sort, limit=1)  # what is wrong with the query is said before anything is sent
        return Bytes(_csv(run, query, sort), "text/csv; charset=utf-8", download=f"{run.name}.csv")
    found = search(run, query, sort, asked.query.get("cursor") or None, asked.number("limit", ROWS, 1, MOST))
    return Document("candidates", found.as_json())


def _csv(run: Run, query: str, sort: str) -> Iterator[bytes]:
    """As `speciate export --csv` writes them."""
    scores, measures = names_of(run, "scores"), names_of(run, "measures")
    head = (*CANDIDATE, *(f"score.{name}" for name in scores), *(f"measure.{name}" for name in measures))
    yield _lines([head])
    cursor: str | None = None
    while True:
        found = search(run, query, sort, cursor, MOST)
        yield _lines(
            [
                *values_of(row),
                *(row.scores.get(name) for name in scores),
                *(row.measures.get(name) for name in measures),
            ]
            for row in found.rows
        )
        cursor = found.next
        if cursor is None:
            return


def _lines(rows: Iterable[Sequence[Value]]) -> bytes:
    """No text that a spreadsheet would take for a formula."""
    sink = io.StringIO()
    csv.writer(sink).writerows([harmless(value) for value in row] for row in rows)
    return sink.getvalue().encode("utf-8", "backslashreplace")
