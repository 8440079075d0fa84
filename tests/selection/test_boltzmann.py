"""Against FunSearch's formulas, by hand. 4,000 draws: three standard errors are below 0.024."""

from collections import Counter
from collections.abc import Sequence
from math import exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speciate.core.rng import stream
from speciate.core.values import Id
from speciate.selection import Boltzmann
from speciate.selection.boltzmann import below_best, shortness
from speciate.testing import FixedView

DRAWS = 4000
SCORES = st.lists(st.integers(-1000, 1000), min_size=1, max_size=40)


class ClusteredView(FixedView):
    def __init__(self, fitness: dict[Id, float], clusters: Sequence[Sequence[Id]], lengths: dict[Id, int]) -> None:
        super().__init__(fitness)
        self.arrivals = 0
        self._clusters, self._lengths = clusters, lengths

    def scores(self) -> Sequence[float]:
        return [self.fitness(each[0]) for each in self._clusters]

    def cluster(self, index: int) -> Sequence[Id]:
        return self._clusters[index]

    def length(self, id: Id) -> int:
        return self._lengths[id]


# One cluster of three programs at 0.1, one of a single program at 0.2.
VIEW = ClusteredView({1: 0.1, 2: 0.1, 3: 0.1, 4: 0.2}, [(1, 2, 3), (4,)], {1: 10, 2: 20, 3: 40, 4: 99})


def test_the_temperature_falls_to_nothing_over_a_period_and_starts_again() -> None:
    """T = T0 (1 - (n mod N) / N), T0 = 0.1, N = 30,000."""
    temperature = Boltzmann().temperature
    assert [temperature(n) for n in (0, 15_000, 29_999, 30_000, 45_000)] == pytest.approx(
        [0.1, 0.05, 0.1 / 30_000, 0.1, 0.05], rel=1e-9
    )


def test_clusters_by_the_softmax_of_their_scores_and_programs_by_shortness() -> None:
    """In the paper's form scores 0.1 and 0.2 at T = 0.1 are 1 : e. Lengths 10, 20, 40 weigh 1, exp(-10/40),
    exp(-30/40)."""
    short = [1.0, exp(-0.25), exp(-0.75)]
    want = {4: exp(1) / (1 + exp(1))}
    want |= {id: (1 - want[4]) * weight / sum(short) for id, weight in zip((1, 2, 3), short, strict=True)}
    rng, selector = stream(1), Boltzmann(normalised=False)
    drawn = Counter(selector.pick(VIEW, rng) for _ in range(DRAWS))
    for id, share in want.items():
        assert abs(drawn[id] / DRAWS - share) < 0.024


def test_two_are_shown_with_replacement_in_ascending_order() -> None:
    selector = Boltzmann(normalised=False)
    plans = [selector.select(VIEW, stream(0, ticket)) for ticket in range(DRAWS)]
    pairs = Counter(tuple(VIEW.fitness(id) for id in plan.parents) for plan in plans if plan is not None)
    p = exp(1) / (1 + exp(1))
    assert set(pairs) == {(0.1, 0.1), (0.1, 0.2), (0.2, 0.2)}
    assert abs(pairs[0.2, 0.2] / DRAWS - p * p) < 0.024
    assert abs(pairs[0.1, 0.2] / DRAWS - 2 * p * (1 - p)) < 0.024


def test_no_more_parents_than_clusters() -> None:
    alone = ClusteredView({1: 0.0, 2: 0.0}, [(1, 2)], {1: 1, 2: 1})
    plan = Boltzmann().select(alone, stream(0))
    assert plan is not None
    assert len(plan.parents) == 1


def test_late_in_a_period_only_the_best_is_shown() -> None:
    late = ClusteredView({1: 0.1, 4: 0.2}, [(1,), (4,)], {1: 1, 4: 1})
    late.arrivals = 29_990
    plans = [Boltzmann(normalised=False).select(late, stream(0, ticket)) for ticket in range(100)]
    assert {plan.parents for plan in plans if plan is not None} == {(4, 4)}


def test_scores_are_measured_from_the_best_in_units_of_what_the_median_is_below_it() -> None:
    """Of 1, 2, 4: the best is 4, the median 2 below it."""
    assert below_best(np.array([1.0, 2.0, 4.0])).tolist() == [-1.5, -1.0, 0.0]
    assert below_best(np.array([1.0, 4.0, 4.0])).tolist() == [-1.0, 0.0, 0.0]
    assert below_best(np.array([-7.0, -7.0])).tolist() == [0.0, 0.0]


@given(SCORES, st.integers(-(10**6), 10**6), st.integers(-40, 40))
def test_neither_shift_nor_scale_changes_anything(scores: list[int], shift: int, exponent: int) -> None:
    one = below_best(np.array(scores, dtype=float))
    other = below_best((np.array(scores, dtype=float) + shift) * 2.0**exponent)
    assert one.tolist() == other.tolist()


def test_the_unit_of_length_does_not_matter() -> None:
    words = shortness(np.array([10.0, 20.0, 40.0]))
    assert words.tolist() == pytest.approx([1.0, exp(-0.25), exp(-0.75)], rel=1e-6)
    assert shortness(np.array([60.0, 120.0, 240.0])).tolist() == pytest.approx(words.tolist(), rel=1e-6)
    assert shortness(np.array([0.0, 0.0])).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("normalised", [True, False])
def test_scores_of_any_size(normalised: bool) -> None:
    view = FixedView({1: -1.7e308, 2: 1.7e308, 3: 0.0, 4: 5e-324})
    plan = Boltzmann(normalised=normalised).select(view, stream(0))
    assert plan is not None
    assert plan.parents == (2, 2)
