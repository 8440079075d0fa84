import pytest

from speciate.core.rng import stream
from speciate.core.values import EVERYWHERE, Evaluation, Placement, Request, Status
from speciate.populations import Clusters, Flat, Islands, Resets

from .build import candidate, scored


def resets(count: int = 4, *, every: int = 0, seconds: float | None = None) -> Resets:
    return Resets(Islands([Flat() for _ in range(count)], every=0), Flat, every=every, seconds=seconds)


def add(population: Resets, id: int, score: float | None, island: int, at: float = 0.0, seed: int = 0) -> Placement:
    evaluation = Evaluation(Status.CRASHED) if score is None else scored(score)
    return population.add(candidate(id, island=island), Request(), evaluation, at, stream(seed, "add", id))


def members(population: Resets) -> list[list[int]]:
    return [sorted(part[index] for index in range(len(part))) for part in population.view().parts]


def test_the_worse_half_is_emptied_and_settled_by_the_best_of_the_others() -> None:
    population = resets(every=6)
    for id, score, island in ((1, -9.0, 0), (2, -8.0, 0), (3, -1.0, 1), (4, -2.0, 1), (5, -7.0, 2), (6, -1.5, 3)):
        assert add(population, id, score, island).changes is None
    changes = add(population, 7, -20.0, 0).changes["resets"]
    founders = {each["island"]: each["founder"] for each in changes}
    assert set(founders) == {0, 2}
    assert set(founders.values()) <= {3, 6}
    assert [each["lost"] for each in changes] == [2, 1]
    assert all({1: 3, 3: 6}[each["from"]] == each["founder"] for each in changes)
    assert members(population) == [[founders[0], 7], [3, 4], [founders[2]], [6]]
    assert population.view().best == 3


def test_founders_are_drawn_among_all_survivors() -> None:
    drawn = set()
    for seed in range(20):
        population = resets(every=4)
        for island in range(4):
            add(population, island + 1, float(island), island)
        drawn |= {each["founder"] for each in add(population, 5, 0.0, 0, seed=seed).changes["resets"]}
    assert drawn == {3, 4}


def test_ties_are_broken_by_chance_whatever_the_unit() -> None:
    died = set()
    for seed in range(20):
        population = resets(2, every=2)
        for island in range(2):
            add(population, island + 1, 1e-12, island)
        died |= {each["island"] for each in add(population, 3, 0.0, 0, seed=seed).changes["resets"]}
    assert died == {0, 1}

    population = resets(2, every=2)
    add(population, 1, 2e-12, 0)
    add(population, 2, 1e-12, 1)
    assert [each["island"] for each in add(population, 3, 0.0, 0).changes["resets"]] == [1]


def test_an_empty_island_is_the_worst_and_founds_nothing() -> None:
    population = resets(4, every=2)
    add(population, 1, -100.0, 1)
    add(population, 2, -200.0, 1)
    changes = add(population, 3, -300.0, 1).changes["resets"]
    assert len(changes) == 2
    assert all((each["from"], each["founder"], each["lost"]) == (1, 1, 0) for each in changes)


def test_half_of_an_odd_number_is_rounded_down() -> None:
    for count in (1, 2, 3, 5):
        population = resets(count, every=1)
        add(population, 1, 0.0, EVERYWHERE)
        changes = add(population, 2, 0.0, 0).changes
        assert len(changes["resets"] if changes else []) == count // 2


def test_only_valid_newcomers_count() -> None:
    population = resets(2, every=2)
    for id, score in ((1, 1.0), (2, None), (1, 2.0), (3, 0.0), (4, None), (3, 0.5)):
        assert add(population, id, score, 0).changes is None
    assert add(population, 5, 0.0, 0).changes["resets"]
    assert add(population, 6, 0.0, 0).changes is None
    assert add(population, 7, 0.0, 0).changes["resets"]


def test_active_seconds_in_place_of_newcomers() -> None:
    population = resets(2, every=1, seconds=100.0)
    happened = [
        at
        for id, at in enumerate((50.0, 90.0, 149.0, 150.0, 151.0, 249.0, 260.0, 359.0), 1)
        if add(population, id, float(id), 0, at).changes
    ]
    assert happened == [150.0, 260.0]


def test_never() -> None:
    population = resets(2, every=0)
    assert all(add(population, id, 0.0, 0).changes is None for id in range(1, 50))


def test_resets_and_migrations_are_told_together() -> None:
    population = Resets(Islands([Flat(), Flat()], every=3), Flat, every=2)
    for id in (1, 2):
        add(population, id, float(id), id - 1)
    changes = add(population, 3, 9.0, 0).changes
    assert sorted(changes) == ["migrations", "resets"]
    assert changes["resets"] == [{"island": 0, "lost": 1, "founder": 2, "from": 1}]


def test_a_cluster_islands_temperature_starts_again() -> None:
    population = Resets(Islands([Clusters(), Clusters()], every=0), Clusters, every=3)
    for id in range(1, 4):
        add(population, id, float(-id), id % 2)
    before = [part.arrivals for part in population.islands.parts if isinstance(part, Clusters)]
    add(population, 4, -9.0, 1)
    assert before == [1, 2]
    assert [part.arrivals for part in population.islands.parts if isinstance(part, Clusters)] == [1, 3]


@pytest.mark.parametrize("count", [2, 10])
def test_the_best_is_never_lost(count: int) -> None:
    population, highest = resets(count, every=5), -1e9
    rng = stream(4)
    for id in range(1, 200):
        score = float(rng.normal())
        highest = max(highest, score)
        add(population, id, score, int(rng.integers(count)))
        view = population.view()
        assert view.best is not None
        assert view.fitness(view.best) == highest
