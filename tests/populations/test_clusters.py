from collections import Counter
from math import exp

import pytest

from speciate.core.rng import stream
from speciate.core.values import Change, Evaluation, Status
from speciate.populations import Clusters, ClustersView
from speciate.selection import Boltzmann
from speciate.selection.boltzmann import Clustered

from .build import add, candidate, put, scored


def clusters(population: Clusters) -> list[list[int]]:
    view = population.view()
    return sorted(sorted(view.cluster(index)) for index in range(len(view.scores())))


def test_what_does_the_same_on_every_case_is_kept_together() -> None:
    """1 and 4 have the signature (1, 2), 2 has (2, 1), which sums to the same."""
    population = Clusters()
    put(population, 1, 3.0, 1.0, 2.0)
    put(population, 2, 3.0, 2.0, 1.0)
    put(population, 3, 0.5, 0.0, 0.5)
    placed = put(population, 4, 3.0, 1.0, 2.0)
    assert clusters(population) == [[1, 4], [2], [3]]
    assert (placed.change, population.view().arrivals, len(population.view())) == (Change.ADDED, 4, 4)
    assert placed.where == put(population, 5, 3.0, 1.0, 2.0).where != put(population, 6, 0.0, 0.0, 0.0).where


def test_without_cases_the_score_is_the_signature() -> None:
    population = Clusters()
    for id, score in ((1, -5.0), (2, -4.0), (3, -5.0)):
        put(population, id, score)
    assert clusters(population) == [[1, 3], [2]]
    assert population.view().best == 2


def test_selection_reads_it() -> None:
    view = Clusters().view()
    assert isinstance(view, ClustersView)
    assert isinstance(view, Clustered)


def test_a_full_cluster_keeps_the_shortest_and_of_equals_the_newest() -> None:
    population = Clusters(programs=2)
    put(population, 1, 0.0, length=10)
    put(population, 2, 0.0, length=30)
    assert put(population, 3, 0.0, length=20).evicted == (2,)
    assert put(population, 4, 0.0, length=40).change is Change.KEPT_OUT
    assert put(population, 5, 0.0, length=20).evicted == (3,)
    assert (clusters(population), population.view().arrivals) == ([[1, 5]], 5)


def test_a_full_island_keeps_the_best_clusters_whole() -> None:
    population = Clusters(clusters=2)
    for id, score in ((1, 1.0), (2, 2.0), (3, 1.0)):
        put(population, id, score)
    assert set(put(population, 4, 3.0).evicted) == {1, 3}
    assert sorted(population.view().scores()) == [2.0, 3.0]
    assert put(population, 5, 0.0).change is Change.KEPT_OUT
    assert clusters(population) == [[2], [4]]


def test_an_update_moves_a_member_to_its_new_cluster() -> None:
    population = Clusters()
    for id in (1, 2):
        put(population, id, 1.0)
    assert put(population, 2, 5.0).change is Change.UPDATED
    assert add(population, candidate(1), Evaluation(Status.TIMEOUT)).change is Change.UPDATED
    assert (clusters(population), population.view().best, population.view().arrivals) == ([[1], [2]], 2, 2)


def test_boltzmann_selection_over_it_is_the_papers() -> None:
    """Scores 0.1, twice, and 0.2; after 15,000 arrivals T is 0.05, so a cluster of 0.2 weighs e^2 times one of 0.1.
    Programs of 4 and 8 words weigh 1 and exp(-1/2)."""
    population = Clusters()
    put(population, 1, 0.1, 0.1, length=4)
    put(population, 2, 0.1, 0.1, length=8)
    put(population, 3, 0.2, 0.2, length=6)
    population.arrivals = 15_000
    selector, rng = Boltzmann(normalised=False), stream(3)
    drawn = Counter(selector.pick(population.view(), rng) for _ in range(4000))
    rest = 1 / (1 + exp(2))
    want = {3: 1 - rest, 1: rest / (1 + exp(-0.5)), 2: rest * exp(-0.5) / (1 + exp(-0.5))}
    assert {id: drawn[id] / 4000 for id in want} == pytest.approx(want, abs=0.024)


def test_a_migrant_brings_its_signature() -> None:
    one, other = Clusters(), Clusters()
    add(one, candidate(1), scored(1.0, 0.5, 0.5))
    add(other, candidate(2), scored(1.0, 0.5, 0.5))
    assert other.settle(one.member(1)).change is Change.ADDED
    assert clusters(other) == [[1, 2]]
    assert other.settle(one.member(1)).change is Change.KEPT_OUT
