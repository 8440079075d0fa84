"""Reports of made-up comparisons, against numbers worked out by hand."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from speciate.compare.cells import Cell
from speciate.compare.plan import Key
from speciate.compare.report import CellState, Doubt, Report, repeatable
from speciate.compare.reporting import report_of
from speciate.compare.statistics import Interval

from .made import ENDED, cell, cells, plan, subject


def report(score: dict[str, list[float]], down: bool = False, published: float | None = 1.0) -> Report:
    """Of one problem, the scores in the engine's direction by entrant and seed; the seed program scores 0."""
    seeds = max(map(len, score.values()))
    made = plan(*score, seeds=seeds, problems=(subject(down=down, published=published),))
    return report_of("made-1", made, cells(made, lambda key: dict(enumerate(score[key.recipe])).get(key.seed)), 50)


RISING = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]


def doubts(of: Report) -> dict[Doubt, str]:
    return {each.doubt: each.says for each in of.caveats}


def test_a_row_is_read_off_its_cells() -> None:
    (row, other) = report({"ours": [0.2, 0.4, 0.6, 0.8, 1.0, 1.2], "random": RISING}).tables[0].rows
    assert row.best is not None
    assert row.best.median == pytest.approx(0.7)
    assert row.best.interval == Interval(0.2, 1.2)  # of six values all six: 96.9 %
    assert (row.best.of, row.finished, row.planned, row.evals) == (6, 6, 6, 600)
    assert row.failed == pytest.approx(0.1)
    assert row.area is not None
    assert row.area.median == pytest.approx(0.9 * 0.7)  # 0 up to evaluation 10 of 100, then its best
    assert row.reach is not None
    assert (row.reach.target, row.reach.reached, row.reach.of, row.reach.median) == (1.0, 2, 6, None)
    assert row.normalised == row.best
    assert other.reach is not None
    assert other.reach.reached == 0


def test_where_lower_is_better_everything_is_told_in_the_users_numbers() -> None:
    made = report({"ours": [2.0] * 5 + [3.0], "random": [1.0] * 6}, down=True, published=-4.0)
    (table,) = made.tables
    assert (table.initial, table.target) == (0.0, -4.0)
    row, pair = table.row("ours"), table.pair("random", "ours")
    assert row.best is not None
    assert (row.best.median, row.best.interval) == (-2.0, Interval(-3.0, -2.0))
    assert row.normalised is not None
    assert row.normalised.median == pytest.approx(0.5)  # half of the way from 0 to -4
    assert pair is not None
    assert (pair.ours, pair.theirs, pair.lead, pair.interval) == ("ours", "random", -1.0, Interval(-2.0, -1.0))
    assert (pair.wins, pair.ties, pair.losses, pair.improvement) == (6, 0, 0, 1.0)
    (band, _) = table.bands["evals"]
    assert (band.median[0], band.median[-1], band.points[-1], band.whole) == (0.0, -2.0, 100.0, 100)
    assert band.low is not None
    assert band.high is not None
    assert all(low <= middle <= high for low, middle, high in zip(band.low, band.median, band.high, strict=True))
    assert made.cells[0].lines["evals"].best == (0.0, -2.0)


def test_all_pairs_are_tested_and_corrected_unless_there_is_a_reference() -> None:
    score = {"best": [each + 2 for each in RISING], "good": [each + 1 for each in RISING], "random": RISING}
    pairs = report(score).tables[0].pairs
    assert [(each.ours, each.theirs) for each in pairs] == [("best", "good"), ("best", "random"), ("good", "random")]
    assert [each.p for each in pairs] == [pytest.approx(2 / 64)] * 3
    assert [each.corrected for each in pairs] == [pytest.approx(6 / 64)] * 3
    made = plan(*score, against="good")
    against = report_of("made-1", made, cells(made, lambda key: score[key.recipe][key.seed]), 50)
    tested = {(each.ours, each.theirs): each.corrected for each in against.tables[0].pairs}
    assert tested == {
        ("best", "good"): pytest.approx(4 / 64),
        ("best", "random"): None,
        ("random", "good"): pytest.approx(4 / 64),
    }


def test_fewer_than_six_seeds_give_no_p_and_no_interval() -> None:
    made = report({"ours": [1.0, 2, 3, 4, 5], "random": [0.5, 0.6, 0.7, 0.8, 0.9]})
    (table,) = made.tables
    assert [(each.p, each.corrected, each.interval, each.wins) for each in table.pairs] == [(None, None, None, 5)]
    assert all(each.best is not None and each.best.interval is None for each in table.rows)
    assert all(each.low is None for each in table.bands["evals"])
    assert made.aggregate is not None
    assert all(each.interval is None for each in made.aggregate.averages)
    assert doubts(made)[Doubt.SEEDS] == "5 seeds are too few for an interval or a test: 6 at least"


def test_so_many_pairs_that_no_p_can_be_small_are_told() -> None:
    made = report(dict.fromkeys(("a", "b", "c", "random"), RISING))
    assert doubts(made)[Doubt.SEEDS].startswith(
        "with 6 seeds and 6 pairs no corrected p can be below 0.19: more seeds, or"
    )


def test_pairs_that_are_not_told_apart_are_named() -> None:
    made = report({"ours": [0.5, 0.1, 0.4, 0.2, 0.6, 0.3], "random": RISING})
    assert doubts(made)[Doubt.UNDECIDED] == "hill: not told apart: ours – random (p 1, intervals overlap)"


def test_a_problem_whose_seeds_do_not_matter_is_told() -> None:
    made = report({"ours": [2.0] * 6, "random": [1.0] * 6})
    assert Doubt.UNDECIDED not in doubts(made)
    assert doubts(made)[Doubt.ALIKE].startswith("hill: the seeds do not matter")


def test_missing_cells_are_named_and_never_averaged_over() -> None:
    made = plan("ours", "random", seeds=7)
    of = cells(made, lambda key: 1.0 + key.seed / 10 + (key.recipe == "ours"))
    of = [_broken(each) if (each.key.recipe, each.key.seed) == ("ours", 0) else each for each in of]
    found = report_of("made-1", made, of, 50)
    table, aggregate = found.tables[0], found.aggregate
    assert (table.row("ours").finished, table.row("ours").planned) == (6, 7)
    assert table.pairs[0].of == 6  # of seed 0 there is one side only
    assert aggregate is not None
    assert aggregate.seeds == (1, 2, 3, 4, 5, 6)
    says = [each.says for each in found.caveats if each.doubt is Doubt.MISSING]
    assert says == [
        "1 of 14 cells failed (ours on hill, seed 0): the disk was full",
        "the aggregate is of 6 of 7 seeds: a cell of seed 0 is missing",
    ]
    assert found.states == {"finished": 13, "failed": 1, "unfinished": 0, "waiting": 0}
    assert not found.whole


def _broken(of: Cell) -> Cell:
    return Cell(of.key, CellState.FAILED, "the disk was full")


def test_an_aggregate_is_of_whole_problems_with_a_published_value() -> None:
    """Three normalised alike, one without a published value, one that an entrant failed on, one solved by its seed."""
    problems = (
        subject("low", published=2.0),
        subject("down", published=-4.0, down=True),
        subject("unknown", published=None),
        subject("failed"),
        subject("solved", published=0.0),
    )
    made = plan("ours", "random", problems=problems)

    def score(key: Key) -> float | None:
        if key.problem == "failed" and key.recipe == "random":
            return None
        return {"low": 1.0, "down": 4.0}.get(key.problem, 9.0) * (1.0 if key.recipe == "ours" else 0.5)

    found = report_of("made-1", made, cells(made, score), 50).aggregate
    assert found is not None
    assert found.problems == ("low", "down")
    assert dict(found.left_out) == {
        "unknown": "it has no published value to normalise by",
        "failed": "random finished no cell there",
        "solved": "its seed program is as good as the published 0 already",
    }
    means = {each.recipe: each.mean for each in found.averages}
    assert means == {"ours": pytest.approx((0.5 + 1.0) / 2), "random": pytest.approx((0.25 + 0.5) / 2)}
    assert found.improvement("ours", "random").chance == 1.0
    assert found.improvement("random", "ours").interval == Interval(0.0, 0.0)
    assert (found.levels[0], found.levels[-1]) == (0.0, 1.0)
    shares = {each.recipe: dict(zip(found.levels, each.shares, strict=True)) for each in found.profiles}
    assert [shares["ours"][level] for level in (0.0, found.levels[26])] == [1.0, 0.5]
    assert found.profiles[0].shares[-1] == 0.0


def test_scores_beyond_the_published_value_and_below_the_seed_are_not_clipped() -> None:
    made = report({"ours": [3.0] * 6, "random": [0.5] * 6})
    assert made.aggregate is not None
    assert [each.mean for each in made.aggregate.averages] == [3.0, 0.5]
    assert made.aggregate.levels[-1] == 3.0


def test_cells_that_ended_early_and_a_seed_program_that_is_noisy_are_told() -> None:
    made = plan("ours", "random")
    of = [cell(key, 1.0 + key.seed, initial=0.1 * key.seed) for key in made.cells()]
    of[0] = replace(of[0], why="exhausted")
    says = doubts(report_of("made-1", made, of, 50))
    assert says[Doubt.UNEQUAL] == "hill: 1 of 12 cells ended before their budget (exhausted: ours on hill, seed 0)"
    assert says[Doubt.NOISY].startswith("hill: the seed program scores 0 to 0.5")


def test_the_same_cells_give_the_same_report_and_time_stands_apart() -> None:
    made = plan("ours", "random")
    of = cells(made, lambda key: 1.0 + key.seed / 7 + (key.recipe == "ours"))
    later = [replace(each, seconds=9.0, cpu=3.0, created=1.0, machine={"cores": 64}) for each in of]
    one, two = (report_of("made-1", made, each, 50).as_json() for each in (of, later))
    assert json.dumps(one, allow_nan=False)
    assert one != two
    assert repeatable(one) == repeatable(two)
    assert one == report_of("made-1", made, of, 50).as_json()
    assert "measured" not in json.dumps(repeatable(one))


def test_cells_of_several_versions_are_told_where_the_machine_is() -> None:
    made = plan("ours", "random")
    of = [replace(each, machine={"numpy": str(each.key.seed % 2)}) for each in cells(made, lambda key: 1.0)]
    found = report_of("made-1", made, of, 50)
    assert [each.says for each in found.measured.caveats] == [
        "cells were not all made alike: numpy differ between them"
    ]
    assert [each["cells"] for each in found.measured.machines] == [6, 6]


@pytest.mark.parametrize("budget", [{"evals": 100}, {"cpu": 5.0}, {"tokens": 1000}])
def test_nothing_at_all_is_a_report_too(budget: dict[str, float]) -> None:
    made = plan("ours", "random", budget=budget)
    found = report_of("made-1", made, cells(made, lambda key: None), 50)
    assert found.aggregate is None
    assert [each.best for each in found.tables[0].rows] == [None, None]
    assert found.states["waiting"] == 12
    assert ENDED not in json.dumps(found.as_json())
