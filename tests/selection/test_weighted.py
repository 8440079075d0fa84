"""Against weights computed by hand from the published formulas. 4,000 draws: three standard errors are below 0.024."""

import time
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speciate.core.protocols import View
from speciate.core.rng import stream
from speciate.core.values import Change, Plan
from speciate.selection import ExploreExploit, Weighted
from speciate.selection.parents import ByIsland
from speciate.selection.weighted import deviations, sigmoid
from speciate.testing import FixedView

from .outcomes import placed, started

DRAWS = 4000
VIEW = FixedView({1: 1.0, 2: 2.0, 3: 3.0, 4: 4.0, 5: 10.0})  # the median is 3, the median deviation from it 1
SCORES = st.lists(st.integers(-1000, 1000), min_size=1, max_size=40)


def weights(selector: Weighted, view: View = VIEW) -> dict[int, float]:
    return dict(zip(view.top, selector.weights(view, view.top).tolist(), strict=True))


def shares(selector: ByIsland, view: View) -> dict[int, float]:
    rng = stream(1, "shares")
    plans = [selector.select(view, rng) for _ in range(DRAWS)]
    drawn = Counter(plan.parents[0] for plan in plans if plan is not None)
    return {id: drawn[id] / DRAWS for id in view.top}


def bred(selector: Weighted, *parents: int) -> Weighted:
    for parent in parents:
        selector.observe(placed(Plan(parents=(parent,)), None))
    return selector


def test_the_weight_is_the_sigmoid_of_deviations_over_one_and_the_children() -> None:
    got = weights(bred(Weighted(), 5, 5, 5, 3))
    want = {5: 1 / 4, 4: 0.9999546021312976, 3: 0.5 / 2, 2: 4.5397868702434395e-05, 1: 2.0611536181902037e-09}
    assert got == pytest.approx(want, rel=1e-6)


def test_the_sharpness_is_what_the_deviation_is_multiplied_by() -> None:
    got = weights(Weighted(sharpness=1.0))
    want = {5: 0.9990889488055994, 4: 0.7310585786300049, 3: 0.5, 2: 0.2689414213699951, 1: 0.11920292202211755}
    assert got == pytest.approx(want, rel=1e-9)


def test_it_draws_by_these_weights() -> None:
    selector = bred(Weighted(), 5, 5, 5, 3)
    total = sum(weights(selector).values())
    for id, share in shares(selector, VIEW).items():
        assert abs(share - weights(selector)[id] / total) < 0.024


def test_only_the_archive_is_weighed() -> None:
    assert {id for id, share in shares(Weighted(2), VIEW).items() if share} == {5, 4}


@given(SCORES, st.integers(-(10**6), 10**6), st.integers(-40, 40))
def test_neither_shift_nor_scale_changes_anything(scores: list[int], shift: int, exponent: int) -> None:
    one = deviations(np.array(scores, dtype=float))
    other = deviations((np.array(scores, dtype=float) + shift) * 2.0**exponent)
    assert one.tolist() == other.tolist()


def test_scores_that_only_differ_in_sign_and_order_are_weighed_as_well() -> None:
    """A problem that is minimised: its scores are negative, and the nearest to 0 is the best."""
    minimised = FixedView({id: VIEW.fitness(id) - 1000 for id in VIEW.top})
    assert weights(Weighted(), minimised) == weights(Weighted())


def test_where_most_are_equal_what_is_above_counts_fully_and_what_is_below_not_at_all() -> None:
    view = FixedView({1: -5.0, 2: 1.0, 3: 1.0, 4: 1.0, 5: 1.0 + 1e-9})
    assert weights(Weighted(), view) == {5: 1.0, 2: 0.5, 3: 0.5, 4: 0.5, 1: 0.0}
    assert weights(Weighted(least=1e-6), view)[5] == pytest.approx(float(sigmoid(np.array([0.01]))[0]), rel=1e-6)


def test_scores_of_any_size() -> None:
    for scores in ([1e308, -1e308, 0.0, 5e307], [5e-324, 0.0, -5e-324], [-1.7e308, -1.7e308]):
        found = weights(Weighted(), FixedView(dict(enumerate(scores, 1))))
        assert all(0.0 <= each <= 1.0 for each in found.values())
        assert max(found, key=found.__getitem__) == 1


def test_a_child_counts_for_each_parent_once_whatever_it_scored_and_an_update_for_none() -> None:
    selector = Weighted(sharpness=1e-9)  # all sigmoids are 1/2
    both = placed(Plan(parents=(1, 2)), None)
    for outcome in (both, both, placed(Plan(parents=(3, 3)), 5.0), started(Plan(parents=(4,)))):
        selector.observe(outcome)
    selector.observe(placed(Plan(parents=(5,)), 5.0, change=Change.UPDATED))
    assert weights(selector) == pytest.approx({1: 0.25, 2: 0.25, 3: 0.25, 4: 0.5, 5: 0.5}, rel=1e-6)


def test_a_selection_costs_no_more_among_many() -> None:
    """Time is not asserted to the microsecond: 100 selections of 200,000 members, were all weighed, took seconds."""
    view = FixedView({id: float(id) for id in range(200_000)})
    selector, rng = Weighted(), stream(0)
    begun = time.process_time()
    for _ in range(100):
        selector.select(view, rng)
    assert time.process_time() - begun < 0.5


def islands() -> FixedView:
    """Ten members on each of two islands; all of the first are better than all of the second."""
    parts = [FixedView({id: -float(id) for id in range(start, start + 10)}) for start in (1, 11)]
    return FixedView({id: -float(id) for id in range(1, 21)}, parts)


def test_explore_exploit_is_the_mixture_of_its_three() -> None:
    """Ten members; the archive has the two best; linear ranks are 10 for the best to 1 for the worst, of 55."""
    view = FixedView({id: -float(id) for id in range(1, 11)})
    got = shares(ExploreExploit(archive=2), view)
    for rank, id in enumerate(range(1, 11)):
        below = 0.2 / 10 + (0.7 / 2 if id <= 2 else 0.0)
        # linear ranking by inversion: the integral of 2 - 2x over the member's tenth
        assert abs(got[id] - below - 0.1 * (0.2 - 0.01 * (2 * rank + 1))) < 0.024


def test_the_archive_is_of_all_islands_and_a_parent_of_its_own() -> None:
    """Of twelve archived ten are the first island's and two the second's; of five, none is the second's."""
    drawn: dict[int, Counter[int]] = {archive: Counter() for archive in (12, 5)}
    for archive, counted in drawn.items():
        selector = ExploreExploit(0.0, 1.0, archive=archive)
        for ticket in range(2000):
            plan = selector.select(islands(), stream(0, ticket))
            assert plan is not None
            counted[plan.parents[0]] += 1
    assert set(drawn[12]) == {*range(1, 11), 11, 12}
    assert set(drawn[5]) == {1, 2, 3, 4, 5, 11}
    assert abs(drawn[12][11] / 2000 - 0.25) < 0.03


def test_negative_scores_are_told_apart() -> None:
    """max(fitness, 0.001), the rule that this one replaces, would draw all alike."""
    view = FixedView({id: -1000.0 * id for id in range(1, 11)})
    got = shares(ExploreExploit(0.0, 0.0), view)
    assert got[1] == pytest.approx(0.19, abs=0.024)
    assert got[10] == pytest.approx(0.01, abs=0.024)
