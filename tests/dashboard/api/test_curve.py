"""How the best went up."""

from __future__ import annotations

import pytest

from speciate.core.errors import UsageError
from speciate.store.queries import Run

from .conftest import ask


def test_every_step_and_every_candidate_stand_where_they_happened(run: Run) -> None:
    found = ask(run, "/curve")
    gains = run.gains()
    assert [(each["x"], each["score"], each["id"]) for each in found["steps"]] == [
        (each.evals, each.after, each.id) for each in gains
    ]
    dots = found["dots"]
    rows = run.rows(dots["ids"])
    assert len(rows) == run.summary().evals
    assert dots["x"] == [row.evals for row in rows]
    assert dots["score"] == [row.score for row in rows]
    assert [found["statuses"][each] for each in dots["status"]] == [row.status for row in rows]


def test_dots_are_thinned_and_steps_are_not(run: Run) -> None:
    found = ask(run, "/curve", points=30)
    assert len(found["dots"]["ids"]) <= 30
    assert len(found["steps"]) == len(run.gains())
    assert ask(run, "/curve", points=0)["dots"]["ids"] == []


@pytest.mark.parametrize("x", ["evals", "seconds"])
def test_a_part_of_it_has_more_dots_and_nothing_from_outside(run: Run, x: str) -> None:
    whole = ask(run, "/curve", x=x)
    low, high = sorted(whole["dots"]["x"])[100], sorted(whole["dots"]["x"])[160]
    part = ask(run, "/curve", x=x, from_=low, to=high)
    inside = [id for id, at in zip(whole["dots"]["ids"], whole["dots"]["x"], strict=True) if low <= at <= high]
    assert part["dots"]["ids"] == inside
    assert all(low <= each["x"] <= high for each in part["steps"])


def test_money_is_what_was_spent_when_it_happened(said: Run) -> None:
    """0.25 for a reflection and 0.50 for each of two answers."""
    found = ask(said, "/curve", x="usd")
    assert [(each["id"], each["x"]) for each in found["steps"]] == [(0, 0.0), (1, 0.75), (5, 1.25)]
    assert dict(zip(found["dots"]["ids"], found["dots"]["x"], strict=True)) == {
        0: 0.0,
        1: 0.75,
        2: 1.25,
        3: 1.25,
        5: 1.25,
    }


def test_each_island_has_its_own_best_and_begins_anew_when_it_is_emptied(said: Run) -> None:
    assert ask(said, "/curve")["islands"] == {"0": [[2, 4.0]], "1": [[2, 4.0], [5, None], [5, 4.0], [5, 3.0]]}


@pytest.mark.parametrize("query", [{"x": "miles"}, {"from_": "nan"}, {"to": "1e999"}, {"points": "-1"}])
def test_what_makes_no_sense_is_said(run: Run, query: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        ask(run, "/curve", **query)
