"""Fronts and crowding distances, by hand after Deb, Pratap, Agarwal & Meyarivan 2002, sections III-A and III-B."""

import math

import numpy as np
import pytest

from speciate.core.values import Change, Evaluation, Placement, Status
from speciate.populations import NonDominated, Ties
from speciate.populations.fronts import crowding, fronts
from speciate.testing import PopulationSuite

from .build import add, candidate, put

# Both higher is better: d dominates nothing, a to c dominate d (c by being as good in one and better in the other).
A, B, C, D, E = (5.0, 1.0), (3.0, 3.0), (1.0, 5.0), (1.0, 3.0), (0.0, 0.0)


class TestSuite(PopulationSuite):
    def make(self) -> NonDominated:
        return NonDominated(8, 5)


class TestOfOne(PopulationSuite):
    def make(self) -> NonDominated:
        return NonDominated(1, 1, clones=None)


def pair(population: NonDominated, id: int, scores: tuple[float, float], length: int = 10) -> Placement:
    return add(population, candidate(id, length), Evaluation(Status.OK, {"one": scores[0], "two": scores[1]}))


def members(population: NonDominated) -> list[int]:
    view = population.view()
    return sorted(view[index] for index in range(len(view)))


def test_a_front_is_what_only_earlier_fronts_dominate() -> None:
    assert fronts(np.array([E, D, A, B, C])).tolist() == [2, 1, 0, 0, 0]


def test_equals_dominate_each_other_not() -> None:
    assert fronts(np.array([A, A, E, E])).tolist() == [0, 0, 1, 1]


def test_with_one_objective_a_front_is_one_fitness() -> None:
    assert fronts(np.array([[2.0], [7.0], [2.0], [5.0]])).tolist() == [2, 0, 2, 1]


def test_crowding_is_the_sum_of_the_normalised_distances_of_the_neighbours() -> None:
    front = [(0.0, 10.0), (2.0, 6.0), (5.0, 5.0), (10.0, 0.0)]
    # The second: (5 - 0) / 10 + (10 - 5) / 10; the third: (10 - 2) / 10 + (6 - 0) / 10.
    assert crowding(front) == [math.inf, 1.0, pytest.approx(1.4), math.inf]


def test_crowding_is_the_same_in_another_unit() -> None:
    front = [(0.0, 10.0), (2.0, 6.0), (5.0, 5.0), (10.0, 0.0)]
    moved = [(one / 2 - 64, other * 4 - 1024) for one, other in front]
    assert crowding(moved) == crowding(front)


def test_crowding_of_huge_scores_does_not_overflow() -> None:
    assert crowding([[-1.7e308], [0.0], [1.7e308]]) == [math.inf, 1.0, math.inf]


def test_an_objective_in_which_all_are_equal_says_nothing() -> None:
    assert crowding([(1.0, 0.0), (1.0, 1.0), (1.0, 3.0)]) == [math.inf, 1.0, math.inf]
    assert crowding([(4.0, 4.0)]) == [0.0]


def test_the_first_fronts_stay_and_of_the_last_those_with_room() -> None:
    population = NonDominated(3, 2)
    for id, scores in enumerate((E, D, B, A), 1):
        assert pair(population, id, scores).evicted == ()
    placed = pair(population, 5, C)  # five members: the first front a, b, c is three
    assert placed.evicted == (1, 2)
    assert members(population) == [3, 4, 5]
    between = pair(population, 6, (2.9, 3.1))
    assert (between.change, between.evicted) == (Change.ADDED, ())
    # Five in one front, three stay: the ends, and whoever is less crowded of 3: (3, 3), 6: (2.9, 3.1), 7: (1.1, 4.9):
    # 3 has (5 - 2.9) / 4 + (3.1 - 1) / 4 = 1.05, 6 has (3 - 1.1) / 4 + (4.9 - 3) / 4 = 0.95, 7 as much as 6.
    assert pair(population, 7, (1.1, 4.9)).change is Change.KEPT_OUT
    assert members(population) == [3, 4, 5]


def test_elites_are_kept_however_many_newcomers_there_are() -> None:
    population = NonDominated(2, 2)
    put(population, 1, -1.0)
    for id in range(2, 20):
        put(population, id, -1.0 - id)
    assert population.view().best == 1
    assert len(population.view()) == 3


def test_with_one_objective_it_is_truncation() -> None:
    population = NonDominated(2, 3)
    for id, fitness in enumerate((-3.0, -1.0, -4.0, -1.5), 1):
        put(population, id, fitness)
    assert put(population, 5, -9.0).change is Change.KEPT_OUT
    assert members(population) == [2, 4]
    assert [population.view().front(id) for id in (2, 4)] == [0, 1]


def test_a_missing_score_is_worse_than_any() -> None:
    population = NonDominated(4, 4, objectives=("one", "two"))
    pair(population, 1, (1.0, -1e300))
    add(population, candidate(2), Evaluation(Status.OK, {"one": 1.0}))
    assert [population.view().front(id) for id in (1, 2)] == [0, 1]


def test_a_clone_is_kept_once_the_shorter_of_them() -> None:
    population = NonDominated(4, 4)
    pair(population, 1, A, length=10)
    assert pair(population, 2, A, length=20).change is Change.KEPT_OUT
    assert pair(population, 3, A, length=5).evicted == (1,)
    assert members(population) == [3]


def test_who_does_the_same_in_every_case_and_is_better_in_another_objective_is_no_clone() -> None:
    population = NonDominated(4, 4, objectives=("error", "size"))
    for id, size, length in ((1, -9.0, 10), (2, -7.0, 20)):
        scores = {"error": 1.0, "size": size}
        add(population, candidate(id, length), Evaluation(Status.OK, scores, cases=(1.0, 2.0)))
    view = population.view()
    assert [view.front(id) for id in (1, 2)] == [1, 0]


def test_clones_may_be_kept() -> None:
    population = NonDominated(4, 4, clones=None)
    for id in (1, 2):
        assert pair(population, id, A).change is Change.ADDED
    assert members(population) == [1, 2]


def test_a_second_evaluation_moves_a_member_to_its_front() -> None:
    population = NonDominated(4, 4, clones=Ties.OLDER)
    pair(population, 1, A)
    pair(population, 2, E)
    assert pair(population, 2, (6.0, 6.0)).change is Change.UPDATED
    assert [population.view().front(id) for id in (1, 2)] == [1, 0]
    assert population.view().best == 2


@pytest.mark.parametrize(("size", "brood"), [(0, 1), (1, 0)])
def test_impossible_sizes_are_refused(size: int, brood: int) -> None:
    with pytest.raises(ValueError, match="each must be 1 or more"):
        NonDominated(size, brood)


def test_without_names_the_objectives_are_those_of_the_first_newcomer() -> None:
    population = NonDominated(4, 4)
    pair(population, 1, (5.0, -7.0))
    add(population, candidate(2, 10), Evaluation(Status.OK, {"one": 5.0}))
    view = population.view()
    assert [view.front(id) for id in (1, 2)] == [0, 1]
