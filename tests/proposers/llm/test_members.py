"""EvoLLM's formulas against values computed by hand: whole numbers, the order shown, fitness, the answer."""

from __future__ import annotations

import numpy as np
import pytest

from speciate.proposers.llm.faults import EditFailed, Fault
from speciate.proposers.llm.members import TARGET, Grid, Member, chosen, grid_of, levels, mean_in, told


def member(fitness: float, *values: float) -> Member:
    return Member(np.array(values, float), fitness)


GENERATIONS = [
    [member(-4.0, 2.0, 10.0), member(-9.0, 0.0, 30.0), member(-6.0, 1.0, 20.0)],
    [member(-2.0, 4.0, 50.0), member(-7.0, 3.0, 10.0)],
    [member(-5.0, 1.5, 15.0)],
]


def test_generations_and_members_stand_from_the_least_to_the_most_fit() -> None:
    shown = chosen(GENERATIONS, 3, 2)
    assert [[each.fitness for each in generation] for generation in shown] == [[-5.0], [-6.0, -4.0], [-7.0, -2.0]]


def test_the_generations_whose_best_are_the_best_are_shown() -> None:
    assert [generation[-1].fitness for generation in chosen(GENERATIONS, 2, 1)] == [-4.0, -2.0]
    assert chosen([[], *GENERATIONS, []], 9, 9) == chosen(GENERATIONS, 9, 9)


def test_of_equals_the_older_stands_first() -> None:
    first, second = member(1.0, 0.0), member(1.0, 1.0)
    assert chosen([[first], [second]], 2, 1) == [[first], [second]]
    assert chosen([[first, second]], 1, 2) == [[first, second]]


def test_the_members_span_from_0_to_1000() -> None:
    grid = grid_of([each for generation in GENERATIONS for each in generation], np.array([0.5, 0.5]))
    assert (grid.low.tolist(), grid.width.tolist()) == ([0.0, 10.0], [4.0, 40.0])
    assert grid.integers(np.array([1.5, 15.0])) == [375, 125]
    assert grid.integers(np.array([5.0, 6.0])) == [1250, -100]
    assert grid.reals([375, 125]).tolist() == [1.5, 15.0]


def test_a_number_that_is_the_same_in_all_spans_the_least_width_around_it() -> None:
    grid = grid_of([member(0.0, 7.0), member(1.0, 7.0)], np.array([2.0]))
    assert (grid.low.tolist(), grid.width.tolist()) == ([6.0], [2.0])
    assert grid.integers(np.array([7.0])) == [500]


def test_numbers_at_the_end_of_what_a_float_holds_have_a_grid() -> None:
    grid = grid_of([member(0.0, 1.7e308, -1.7e308), member(1.0, 1.6e308, 1.7e308)], np.array([1e307, 1e307]))
    assert np.isfinite([*grid.low, *grid.width]).all()
    assert grid.integers(np.array([1.7e308, -1.7e308])) == [500, 0]
    assert np.isfinite(grid.reals([1000.0, 2000.0])).all()


def test_an_answer_far_outside_is_one_span_outside() -> None:
    grid = Grid(np.array([10.0, 0.0, 0.0]), np.array([2.0, 1.0, 1.0]))
    assert grid.reals([-5000, 1e9, 1500.0]).tolist() == [8.0, 2.0, 1.5]


def test_fitness_is_shown_from_0_to_1000_and_more_is_asked_for() -> None:
    assert levels([-9.0, -2.0, -5.5]) == [0, 1000, 500]
    assert levels([3.0, 3.0]) == [1000, 1000]
    assert levels([-1.7e308, 1.7e308, 0.0]) == [0, 1000, 500]
    assert TARGET == 1100


@pytest.mark.parametrize(("scale", "shift"), [(1e-9, 0.0), (1e6, -1e7), (3.0, 1.0)])
def test_what_is_shown_does_not_depend_on_the_unit_of_the_score_or_of_the_numbers(scale: float, shift: float) -> None:
    def shown(generations: list[list[Member]], least: float) -> object:
        picked = chosen(generations, 2, 2)
        flat = [each for generation in picked for each in generation]
        grid = grid_of(flat, np.array([least, least]))
        return levels([each.fitness for each in flat]), [grid.integers(each.values) for each in flat]

    moved = [
        [Member(each.values * scale + shift, each.fitness * scale + shift) for each in generation]
        for generation in GENERATIONS
    ]
    assert shown(moved, 0.1 * scale) == shown(GENERATIONS, 0.1)


def test_the_lines_of_a_block_have_its_numbers_alone() -> None:
    generations = [[(0, [1, 2, 3])], [(600, [4, 5, 6]), (1000, [7, 8, 9])]]
    assert told(generations, 1, 3).split("\n") == [
        "Generation 1",
        "fitness 0: [2, 3]",
        "Generation 2",
        "fitness 600: [5, 6]",
        "fitness 1000: [8, 9]",
    ]


@pytest.mark.parametrize(
    ("reply", "mean"),
    [
        ("[300, -20]", [300, -20]),
        ("Members [1, 2] are best, so:\n```json\n[ 3.5,\n 4e2 ]\n```", [3.5, 400]),
        ("[1, 2]\nThe step is [7].", [1, 2]),
        ("The next mean:\n 12, 34 \n", [12, 34]),
    ],
)
def test_the_last_list_of_as_many_numbers_is_the_mean(reply: str, mean: list[float]) -> None:
    assert mean_in(reply, 2) == mean


@pytest.mark.parametrize(
    ("reply", "detail"),
    [
        ("I cannot say.", "it holds no list of numbers, and 2 are asked for"),
        ("[1, 2, 3]", "its last list is of 3 numbers, and 2 are asked for"),
        ("[1, NaN]", "its last list is of 0 numbers"),
        ("[1, 1e999]", "its last list is of 0 numbers"),
        ("[1, two]", "its last list is of 0 numbers"),
        ('["1", "x"]', "its last list is of 0 numbers"),
        ("[[1, 2], [3]]", "its last list is of 1 numbers"),
    ],
)
def test_an_answer_without_one_is_a_fault_with_a_name(reply: str, detail: str) -> None:
    if reply.startswith("[[1, 2]"):
        assert mean_in(reply, 2) == [1, 2]
        return
    with pytest.raises(EditFailed) as caught:
        mean_in(reply, 2)
    assert caught.value.fault is Fault.NO_MEAN
    assert caught.value.detail.startswith(detail)
