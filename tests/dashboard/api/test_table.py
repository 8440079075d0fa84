"""The table of candidates: what a filter chooses, in any order, page by page."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

from speciate.core.errors import UsageError
from speciate.store import searching
from speciate.store.exporting import candidates as all_of
from speciate.store.queries import Run
from speciate.store.views import Row

from .conftest import ask, bytes_of

CHOSEN: list[tuple[str, Callable[[Row], bool]]] = [
    ("status:ok", lambda row: row.status == "ok"),
    ("status:crashed,rejected", lambda row: row.status in ("crashed", "rejected")),
    ("-status:ok", lambda row: row.status != "ok"),
    ("move:umeri", lambda row: row.operator == "numeric"),
    ("-move:numeric,CROSS", lambda row: row.operator in ("syntax", "seed")),
    ("island:2", lambda row: row.island == 1),
    ("id:7", lambda row: row.id == 7),
    ("id:7,9..12", lambda row: False),
    ("id:40..43", lambda row: 40 <= row.id <= 43),
    ("id>=290", lambda row: row.id >= 290),
    ("parent:0", lambda row: 0 in row.parents),
    ("cell:3,4", lambda row: (row.where or {}).get("cell") == [3, 4]),
    ("score<4", lambda row: row.score is not None and row.score < 4),
    ("-score<4", lambda row: not (row.score is not None and row.score < 4)),
    ("score>=4.5 island:1", lambda row: row.score is not None and row.score >= 4.5 and row.island == 0),
    ("slack>0.5", lambda row: row.measures.get("slack", 0) > 0.5),
    ("evals<=20", lambda row: row.evals is not None and row.evals <= 20),
    ("children>3", lambda row: row.id in (0, 1, 2, 4, 8, 10, 12, 20, 32, 40, 52)),
    ("model:big", lambda row: False),
]


def pages(run: Run, **query: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        found = ask(run, "/candidates", cursor=cursor, **query)
        rows += found["rows"]
        if found["next"] is None:
            return rows
        cursor = found["next"]


@pytest.mark.parametrize(("query", "fits"), CHOSEN, ids=[query for query, _ in CHOSEN])
def test_a_filter_chooses_what_it_says(run: Run, query: str, fits: Callable[[Row], bool]) -> None:
    if query == "id:7,9..12":
        with pytest.raises(UsageError, match="whole number"):
            ask(run, "/candidates", q=query)
        return
    rows = list(all_of(run))
    if query == "children>3":
        children = {row.id: sum(row.id in each.parents for each in rows) for row in rows}
        expected = [row.id for row in rows if children[row.id] > 3]
    else:
        expected = [row.id for row in rows if fits(row)]
    found = pages(run, q=query, sort="oldest", limit=37)
    assert [row["id"] for row in found] == expected
    assert ask(run, "/candidates", q=query)["matched"] == len(expected)


@pytest.mark.parametrize(
    "sort",
    ["newest", "oldest", "score:asc", "score:desc", "seconds:desc", "children:desc", "slack:asc", "status:asc",
     "operator:desc", "model:asc", "parent:asc", "evals:desc", "at:asc", "id:desc", "usd:asc", "island:asc"],
)  # fmt: skip
@pytest.mark.parametrize("limit", [7, 500])
def test_pages_hold_every_candidate_once_and_in_order(run: Run, sort: str, limit: int) -> None:
    rows = pages(run, sort=sort, limit=limit)
    assert sorted(row["id"] for row in rows) == list(range(300))
    name, _, way = sort.partition(":")
    if name in ("score", "seconds", "evals"):
        known = [row[name] for row in rows if row[name] is not None]
        assert known == sorted(known, reverse=way == "desc")
        assert all(row[name] is None for row in rows[len(known) :])


def test_the_best_come_first_and_are_ok(run: Run) -> None:
    scores = [row["score"] for row in pages(run, sort="best", limit=11)]
    assert scores == sorted(scores)  # lower is better
    assert len(scores) == run.summary().ok


def test_no_question_looks_at_more_than_a_part(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "SCANNED", 20)
    first = ask(run, "/candidates", q="status:crashed", limit=50)
    assert len(first["rows"]) < 5
    assert first["next"] is not None
    assert [row["id"] for row in pages(run, q="status:crashed")] == list(range(293, 0, -10))


def test_words_of_the_programs_are_found(said: Run) -> None:
    assert [row["id"] for row in pages(said, q="text:SORTED")] == [4, 2, 1]
    assert [row["id"] for row in pages(said, q='-text:"# sorted" -text:onerror')] == []
    assert [row["id"] for row in pages(said, q="model:small")] == [3]


@pytest.mark.parametrize(
    ("query", "what"),
    [("bar", "no filter"), ("foo:2", "no column foo"), ("status:fine", "no status fine"), ("score<x", "a number"),
     ("scor<2", "nearest: score"), ("island:b", "whole number"), ("id:" + "9" * 400, "whole number")],
)  # fmt: skip
def test_a_wrong_word_is_said(run: Run, query: str, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        ask(run, "/candidates", q=query)


@pytest.mark.parametrize("query", [{"sort": "foo:asc"}, {"sort": "best:asc"}, {"cursor": "9.9"}, {"cursor": "'; --"}])
def test_a_wrong_order_or_cursor_is_said(run: Run, query: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        ask(run, "/candidates", **query)


def test_all_of_it_as_a_file_for_a_spreadsheet(run: Run, said: Run) -> None:
    lines = list(csv.DictReader(io.StringIO(bytes_of(run, "/candidates", format="csv", q="island:1").decode())))
    assert [int(line["id"]) for line in lines] == [row["id"] for row in pages(run, q="island:1")]
    assert lines[0]["measure.size"] == str(run.rows([int(lines[0]["id"])])[0].measures["size"])
    assert bytes_of(said, "/candidates", format="csv").count(b"\r\n") == 7
