"""Runs side by side: against what the made-up scores say, and against the curves that a whole log gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from speciate.compare.curves import Axis, curves
from speciate.core.errors import UsageError
from speciate.dashboard.api import Asked
from speciate.dashboard.api.compare import compare
from speciate.dashboard.api.entries import groups_of, read
from speciate.store.queries import Run
from speciate.store.sqlite import SqliteStore
from speciate.testing.history import history
from speciate.testing.store import append_all

from .made import Made


def ask(folder: Path, made: Mapping[str, Made], **query: str) -> Any:
    with ExitStack() as stack:
        runs = [stack.enter_context(Run(each.write(folder / f"{name}.db"))) for name, each in made.items()]
        return json.loads(compare(runs, Asked(query=query)).encode())


def six(recipe: str, *ends: float) -> dict[str, Made]:
    """One run a seed, that finds its end at evaluation 3 of 5."""
    return {f"{recipe}-{seed}": Made((5.0, None, end, 6.0, end), recipe, seed) for seed, end in enumerate(ends)}


@pytest.mark.parametrize("axis", [Axis.EVALS, Axis.SECONDS])
def test_the_steps_that_the_writer_keeps_are_those_of_the_whole_log(tmp_path: Path, axis: Axis) -> None:
    path = tmp_path / "made_up-1.db"
    with SqliteStore.create(path) as store:
        append_all(store, history(200))
    with Run(path) as run:
        [entry] = read([run], axis, {})
        with run.reading() as reading:
            slow = curves(reading.log.turns())[axis]
    assert list(entry.curve.spent) == list(slow.spent)
    assert list(entry.curve.best) == list(slow.best)
    assert entry.curve.end == slow.end


def test_lines_are_steps_in_the_users_numbers_up_to_where_the_run_stands(tmp_path: Path) -> None:
    found = ask(tmp_path, {"a": Made((5.0, 4.0, 4.5, 3.0, None))})
    [group] = found["groups"]
    assert group["lines"] == {"a": [[1, 5.0], [2, 4.0], [4, 3.0], [5, 3.0]]}
    assert group["median"] == [[1, 5.0], [2, 4.0], [3, 4.0], [4, 3.0], [5, 3.0]]
    assert (group["end"], group["whole"]) == (5, 5)
    assert found["metric"]["direction"] == "minimize"


def test_below_five_seeds_there_are_lines_and_no_band(tmp_path: Path) -> None:
    found = ask(tmp_path, six("a", 4.0, 3.0, 3.5))
    [group] = found["groups"]
    assert group["band"] is None
    assert group["why_no_band"] == "3 seeds are too few for an interval"
    assert set(group["lines"]) == {"a-0", "a-1", "a-2"}


def test_one_seed_is_one_seed(tmp_path: Path) -> None:
    [group] = ask(tmp_path, {"a": Made((5.0, 4.0))})["groups"]
    assert group["why_no_band"] == "1 seed is too few for an interval"


def test_from_five_seeds_on_the_band_holds_the_median(tmp_path: Path) -> None:
    [group] = ask(tmp_path, six("a", 4.0, 3.0, 3.5, 2.0, 2.5))["groups"]
    assert group["why_no_band"] is None
    assert [x for x, _, _ in group["band"]] == [x for x, _ in group["median"]]
    assert all(low <= y <= high for (_, low, high), (_, y) in zip(group["band"], group["median"], strict=True))
    assert group["band"][-1][1] < group["band"][-1][2]


def test_the_table_has_median_interval_and_test_against_the_reference(tmp_path: Path) -> None:
    ours, theirs = six("ours", 1.0, 1.1, 1.2, 1.3, 1.4, 1.5), six("random", 3.0, 3.1, 3.2, 3.3, 3.4, 3.5)
    found = ask(tmp_path, {**ours, **theirs}, target="1.25")
    assert found["reference"] == "random"
    row, other = found["table"]
    assert row["recipe"] == "ours"
    assert row["best"] == pytest.approx(1.25)
    assert (row["low"], row["high"]) == (1.0, 1.5)
    assert row["p"] == pytest.approx(2 / 2**6)
    assert (row["effect"], row["wins"], row["of"]) == (1.0, 6, 6)
    assert row["to_target"] == {"reached": 3, "of": 6, "median": None}
    assert (other["p"], other["effect"], other["wins"]) == (None, None, None)
    [pair] = found["pairs"]
    assert (pair["ours"], pair["theirs"], pair["lead"]) == ("ours", "random", pytest.approx(-2.0))
    assert found["edf"]["reached"] == {"ours": [[3, 1 / 6], [3, 2 / 6], [3, 3 / 6]], "random": []}
    assert found["edf"]["scores"]["ours"][0] == [1.0, pytest.approx(1 / 6)]
    assert found["edf"]["scores"]["ours"][-1] == [1.5, 1.0]


def test_the_reference_may_be_chosen(tmp_path: Path) -> None:
    found = ask(tmp_path, {**six("a", 1.0, 2.0), **six("random", 1.5, 1.5)}, reference="a")
    assert [(pair["ours"], pair["theirs"]) for pair in found["pairs"]] == [("random", "a")]


def test_a_reference_that_is_no_group_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="reference=c: no such group"):
        ask(tmp_path, {"a": Made((5.0,))}, reference="c")


def test_runs_of_different_lengths_are_compared_where_the_shortest_stands(tmp_path: Path) -> None:
    found = ask(tmp_path, {"a": Made((5.0, 4.0, 3.0, 2.0)), "b": Made((5.0, 4.5), "random")})
    assert found["cut"] == 2
    assert [row["best"] for row in found["table"]] == [4.0, 4.5]
    assert "the runs made 2 to 4 evaluations; the table is taken at 2" in found["warnings"]


def test_a_cut_beyond_the_end_of_a_run_is_said(tmp_path: Path) -> None:
    found = ask(tmp_path, {"a": Made((5.0, 4.0, 3.0, 2.0)), "b": Made((5.0, 4.5), "random")}, cut="4")
    assert [row["best"] for row in found["table"]] == [2.0, 4.5]
    assert "ended before the cut, and count as they ended: b" in found["warnings"]


def test_versions_of_a_problem_are_refused_with_the_difference(tmp_path: Path) -> None:
    one = {"digest": "1" * 32, "parts": {"keys": {"limits.seconds": 2}, "files": {"evaluate.py": "x"}}}
    two = {"digest": "2" * 32, "parts": {"keys": {"limits.seconds": 5}, "files": {"evaluate.py": "y"}}}
    said = r"a and b have other versions of made_up \(limits.seconds 2 → 5, evaluate.py\): their scores cannot"
    with pytest.raises(UsageError, match=said):
        ask(tmp_path, {"a": Made((5.0,), problem=one), "b": Made((5.0,), problem=two)})


def test_different_problems_are_refused_by_name(tmp_path: Path) -> None:
    other = {"digest": "2" * 32, "name": "hills"}
    with pytest.raises(UsageError, match="a is of made_up, b of hills: their scores cannot be compared"):
        ask(tmp_path, {"a": Made((5.0,)), "b": Made((5.0,), problem=other)})


def test_what_cannot_be_compared_is_left_out_and_said_where_that_is_asked_for(tmp_path: Path) -> None:
    other, digest = {"digest": "2" * 32, "name": "hills"}, {"digest": "3" * 32}
    made = {"a": Made((5.0,)), "b": Made((5.0,), problem=other), "c": Made((4.0,)), "d": Made((4.0,), problem=digest)}
    found = ask(tmp_path, made, alike="yes")
    assert [each["run"] for each in found["runs"]] == ["a", "c"]
    assert found["warnings"][0] == "left out: a is of made_up, b of hills; and so d"


def test_settings_that_differ_make_groups_and_are_listed(tmp_path: Path) -> None:
    found = ask(
        tmp_path,
        {
            "a": Made((5.0, 4.0), settings={"population.islands": 4, "population.size": 9}),
            "b": Made((5.0, 4.0), settings={"population.islands": 8, "population.size": 9}),
            "c": Made((5.0, 4.0), "random"),
        },
    )
    assert [group["name"] for group in found["groups"]] == ["ours islands=4", "ours islands=8", "random"]
    rows = {row["key"]: row["values"] for row in found["settings"]}
    assert rows["recipe.population.islands"] == {"ours islands=4": 4, "ours islands=8": 8}
    assert rows["recipe.population.size"] == {"ours islands=4": 9, "ours islands=8": 9}
    assert rows["recipe"]["random"] == "random"
    assert "ordered" not in rows


def test_groups_of_ones_own_choice_and_what_is_several_in_them(tmp_path: Path) -> None:
    made = {
        "a": Made((5.0, 4.0), settings={"islands": 4}),
        "b": Made((5.0, 4.0), settings={"islands": 8}),
        "c": Made((5.0, 4.0), settings={"islands": 8}),
    }
    found = ask(tmp_path, made, groups="a:mine,b:mine")
    assert [(group["name"], group["runs"]) for group in found["groups"]] == [
        ("mine", ["a", "b"]),
        ("ours islands=8", ["c"]),
    ]
    assert found["settings"] == [
        {"key": "recipe.islands", "values": {"mine": {"several": [4, 8]}, "ours islands=8": 8}}
    ]
    assert "2 runs of mine have seed 0: they may tell less than 2 seeds" in found["warnings"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"groups": "zz:mine"}, "zz, which is not compared"),
        ({"groups": "a"}, "expected RUN:NAME"),
        ({"cut": "many"}, "cut=many: expected a number"),
        ({"target": "nan"}, "target=nan: expected a number"),
        ({"x": "miles"}, "no such choice"),
    ],
)
def test_words_that_mean_nothing_are_refused(tmp_path: Path, query: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        ask(tmp_path, {"a": Made((5.0,))}, **query)


def test_over_money_the_steps_are_where_the_calls_were_paid(tmp_path: Path) -> None:
    found = ask(tmp_path, {"a": Made((5.0, 4.0, 3.0), usd=0.25)}, x="usd")
    assert found["groups"][0]["lines"] == {"a": [[0.0, 5.0], [0.25, 4.0], [0.5, 3.0]]}
    assert found["ends"] == {"evals": 3, "usd": 0.5, "seconds": 3.0}


def test_where_nothing_was_paid_there_is_no_axis_of_money(tmp_path: Path) -> None:
    assert ask(tmp_path, {"a": Made((5.0, 4.0))})["ends"]["usd"] is None


def test_a_run_without_a_score_is_left_out_and_said(tmp_path: Path) -> None:
    found = ask(tmp_path, {"a": Made((5.0, 4.0)), "b": Made((None, None))})
    assert [group["runs"] for group in found["groups"]] == [["a"]]
    assert found["warnings"][0] == "b has no score yet and is left out"
    assert [each["run"] for each in found["runs"]] == ["a", "b"]


def test_no_score_at_all_is_an_answer_too(tmp_path: Path) -> None:
    found = ask(tmp_path, {"a": Made((None,)), "b": Made((None, None))})
    assert (found["groups"], found["table"], found["edf"]) == ([], [], None)
    assert found["warnings"] == ["a, b have no score yet and are left out"]


def test_the_target_of_all_runs_is_the_target(tmp_path: Path) -> None:
    found = ask(tmp_path, {"a": Made((5.0, 2.0), target=2.5), "b": Made((5.0, 4.0), "random", target=2.5)})
    assert found["target"] == 2.5
    assert [row["to_target"]["reached"] for row in found["table"]] == [1, 0]


def test_the_same_runs_give_the_same_answer(tmp_path: Path) -> None:
    made = six("a", 4.0, 3.0, 3.5, 2.0, 2.5)
    first = ask(tmp_path, made)
    (tmp_path / "again").mkdir()
    second = ask(tmp_path / "again", made)
    assert first["groups"] == second["groups"]


def test_many_settings_do_not_make_an_endless_name() -> None:
    runs = {f"r{n}": {"recipe": "ours", **{f"recipe.s{k}": n for k in range(6)}} for n in range(2)}
    assert groups_of(runs)["r1"] == "ours s0=1 s1=1 s2=1 and 3 more"
