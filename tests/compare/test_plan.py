"""Plans on disk, what makes two of them the same comparison, and how one may grow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from speciate.compare.plan import FILE, Asking, Plan, continued, read, write
from speciate.core.errors import StoreError

from .made import plan, subject


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    made = replace(plan("ours", "random"), asking=Asking(("m",), ("1/2",)), versions={"numpy": "2"}, command=("a", "b"))
    write(made, tmp_path / "deep" / "in")
    found = read(tmp_path / "deep" / "in")
    assert found.as_json() == made.as_json()
    assert found.digest == made.digest
    assert [each.name for each in (tmp_path / "deep" / "in").iterdir()] == [FILE]


@pytest.mark.parametrize(
    ("text", "what"),
    [("", "no plan of a comparison"), ("{}", "no plan"), ('{"format": 99}', "has format 99"), (None, "No such file")],
)
def test_what_is_no_plan_is_told(tmp_path: Path, text: str | None, what: str) -> None:
    if text is not None:
        (tmp_path / FILE).write_text(text)
    with pytest.raises(StoreError, match=what):
        read(tmp_path)


def test_cells_go_seed_by_seed() -> None:
    made = plan("a", "b", seeds=2, problems=(subject("x"), subject("y")))
    assert [each.file for each in made.cells()] == [
        "x.a.0", "x.b.0", "y.a.0", "y.b.0", "x.a.1", "x.b.1", "y.a.1", "y.b.1",
    ]  # fmt: skip


BEGUN = plan("a", "random", seeds=6)


@pytest.mark.parametrize(
    ("now", "says"),
    [
        (replace(BEGUN, versions={"numpy": "3"}, command=("other",)), ()),
        (plan("a", "random", seeds=9), ("6 seeds became 9",)),
        (plan("a", "b", "random", seeds=6), ("b was added",)),
        (plan("a", "random", seeds=6, against="random"), ("the tests were of all pairs and became against random",)),
    ],
)
def test_a_comparison_may_grow_and_says_so(now: Plan, says: tuple[str, ...]) -> None:
    found = continued(BEGUN, now)
    assert found is not None
    assert found.changes == says
    assert found.versions == BEGUN.versions
    assert continued(found, now) == found  # said once


@pytest.mark.parametrize(
    "other",
    [
        plan("a", "random", seeds=5),
        plan("a", seeds=6),
        plan("a", "random", seeds=6, budget={"evals": 200}),
        plan("a", "random", seeds=6, problems=(replace(subject(), digest="changed"),)),
        replace(BEGUN, ordered=False),
        replace(BEGUN, asking=Asking(("gpt",))),
        replace(BEGUN, entrants=(replace(BEGUN.entrants[0], settings={"hill": {"k": 2}}), BEGUN.entrants[1])),
    ],
)
def test_where_a_cell_would_be_another_it_is_another_comparison(other: Plan) -> None:
    assert continued(BEGUN, other) is None
    assert other.digest != BEGUN.digest


def test_how_it_is_read_does_not_make_it_another() -> None:
    assert (
        replace(BEGUN, reference="a", against=True, problems=(replace(subject(), target=9.0),)).digest == BEGUN.digest
    )
