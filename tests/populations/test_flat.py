import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from speciate.core.values import Candidate, Change, Genome
from speciate.populations import Flat, Ties
from speciate.populations.members import Member

from .build import add, put, scored


def members(population: Flat) -> list[int]:
    view = population.view()
    return sorted(view[index] for index in range(len(view)))


def test_the_worst_is_evicted_and_named() -> None:
    population = Flat(2)
    put(population, 1, 1.0)
    put(population, 2, 3.0)
    placed = put(population, 3, 2.0)
    assert (placed.change, placed.evicted, members(population)) == (Change.ADDED, (1,), [2, 3])
    assert put(population, 4, 0.5).change is Change.KEPT_OUT
    assert put(population, 5, 9.0).change is Change.IMPROVED


def test_an_equal_newcomer_replaces_the_oldest_where_the_search_may_drift() -> None:
    """Different behaviour of equal fitness: no clones."""
    population = Flat(2, ties=Ties.NEWER)
    put(population, 1, 1.0, 0.0, 2.0)
    put(population, 2, 1.0, 2.0, 0.0)
    assert put(population, 3, 1.0, 1.0, 1.0).evicted == (1,)
    strict = Flat(2, ties=Ties.OLDER)
    put(strict, 1, 1.0, 0.0, 2.0)
    put(strict, 2, 1.0, 2.0, 0.0)
    assert put(strict, 3, 1.0, 1.0, 1.0).change is Change.KEPT_OUT


def test_parsimony_prefers_the_shorter_of_equals() -> None:
    population = Flat(2, ties=Ties.SHORTER)
    put(population, 1, 1.0, 0.0, length=30)
    put(population, 2, 1.0, 1.0, length=10)
    assert put(population, 3, 1.0, 2.0, length=40).change is Change.KEPT_OUT
    assert put(population, 4, 1.0, 3.0, length=20).evicted == (1,)
    assert population.view().best == 2


def test_of_clones_one_is_kept_though_there_is_room() -> None:
    population = Flat(10, clones=Ties.SHORTER)
    put(population, 1, 1.0, 0.5, 1.5, length=20)
    assert put(population, 2, 1.0, 0.5, 1.5, length=21).change is Change.KEPT_OUT
    assert put(population, 3, 1.0, 0.5, 1.5, length=19).evicted == (1,)
    assert put(population, 4, 1.0, 1.5, 0.5, length=40).change is Change.ADDED, "other cases, other behaviour"
    assert members(population) == [3, 4]


def test_without_cases_equal_scores_are_clones() -> None:
    population = Flat(10, clones=Ties.NEWER)
    put(population, 1, 1.0)
    assert put(population, 2, 1.0).evicted == (1,)
    assert put(population, 3, -0.0).change is Change.ADDED
    assert put(population, 4, 0.0).evicted == (3,), "a zero has one behaviour, whatever its sign"
    assert put(Flat(10, clones=None), 5, 1.0).change is Change.ADDED


def test_an_unlimited_one_keeps_clones_and_the_order_of_arrival() -> None:
    population = Flat()
    for id in (5, 3, 9):
        put(population, id, 1.0)
    view = population.view()
    assert [view[index] for index in range(3)] == [5, 3, 9]


def test_the_old_leave_however_good_and_the_best_is_spared() -> None:
    population = Flat(10, lifetime=2)
    put(population, 1, 8.0)
    put(population, 2, 9.0)
    assert put(population, 3, 1.0).evicted == (1,)
    assert put(population, 4, 2.0).evicted == ()
    assert put(population, 5, 10.0).evicted == (3,)
    assert put(population, 6, 3.0).evicted == (4, 2), "the former best lived on from when it was spared"
    assert put(population, 7, 4.0).evicted == ()
    assert members(population) == [5, 6, 7]


def test_a_migrant_ages_from_its_arrival() -> None:
    population = Flat(10, lifetime=3)
    put(population, 1, 9.0)
    put(population, 2, 1.0)
    assert put(population, 3, 1.5).evicted == ()
    population.settle(Member(4, 2.0))
    assert put(population, 5, 3.0).evicted == ()
    assert put(population, 6, 4.0).evicted == (2,)
    assert put(population, 7, 5.0).evicted == (3, 4)
    assert members(population) == [1, 5, 6, 7]


@given(st.lists(st.integers(0, 5), max_size=60), st.integers(1, 8), st.integers(1, 12))
def test_nobody_but_the_best_outlives_its_time(scores: list[int], size: int, lifetime: int) -> None:
    population = Flat(size, clones=None, lifetime=lifetime)
    view, spared = population.view(), set()
    for id, fitness in enumerate(scores):
        put(population, id, float(fitness))
        assert view.best is not None
        assert view.fitness(view.best) == max(scores[: id + 1])
        spared.add(view.best)
        assert all(id - each < lifetime for each in members(population) if each not in spared)


def test_a_revised_score_moves_a_member_down() -> None:
    population = Flat(3)
    for id, fitness in ((1, 1.0), (2, 2.0), (3, 3.0)):
        put(population, id, fitness)
    assert put(population, 3, 0.0).change is Change.UPDATED
    assert list(population.view().top) == [2, 1, 3]
    assert put(population, 4, 1.5).evicted == (3,)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 30)), min_size=1, max_size=60), st.sampled_from(Ties))
def test_it_holds_the_first_so_many_of_a_total_order(stream: list[tuple[int, int]], ties: Ties) -> None:
    """Without updates and clones, whatever arrives: the best `size` by fitness, then by the rule, then by id."""
    population, size = Flat(5, ties=ties, clones=None), 5
    ranked = []
    for id, (fitness, length) in enumerate(stream, 1):
        put(population, id, float(fitness), length=length)
        key = {Ties.NEWER: (-id,), Ties.OLDER: (id,), Ties.SHORTER: (length, -id)}[ties]
        ranked.append((-fitness, key, id))
    expected = [id for _, _, id in sorted(ranked)][:size]
    assert list(population.view().top) == expected
    assert members(population) == sorted(expected)


def test_a_member_costs_less_than_a_kilobyte() -> None:
    """With long programs and many cases, which are not kept."""
    count = 3000
    genome = Genome("text", {"p.py": "x" * 5000})
    fed = [
        (Candidate(id, str(id), genome), scored(float(id * 37 % count), *[float(id + case) for case in range(20)]))
        for id in range(1, count + 1)
    ]
    for population in (Flat(), Flat(count)):
        tracemalloc.start()
        for which, evaluation in fed:
            add(population, which, evaluation)
        used = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert len(population.view()) == count
        assert used / count < 800
