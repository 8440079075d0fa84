from speciate.core.protocols import View
from speciate.core.rng import stream
from speciate.core.values import SEED, Plan
from speciate.selection import BeamSearch, BestOfN
from speciate.testing import FixedView

from .outcomes import started


def expanded(selector: BeamSearch | BestOfN, view: View, count: int) -> list[int]:
    """Whom it expands, one ticket after another."""
    parents = []
    for ticket in range(count):
        plan = selector.select(view, stream(0, ticket))
        assert plan is not None
        selector.observe(started(plan, ticket))
        parents.append(plan.parents[0])
    return parents


def test_the_beam_is_expanded_in_turn_the_best_first() -> None:
    view = FixedView({id: float(id) for id in range(1, 9)})
    assert expanded(BeamSearch(3), view, 8) == [8, 7, 6, 8, 7, 6, 8, 7]


def test_a_newcomer_in_the_beam_is_next_and_then_one_of_it() -> None:
    selector = BeamSearch(3)
    assert expanded(selector, FixedView({1: 1.0, 2: 2.0, 3: 3.0}), 5) == [3, 2, 1, 3, 2]
    assert expanded(selector, FixedView({1: 1.0, 2: 2.0, 3: 3.0, 4: 4.0}), 4) == [4, 3, 2, 4]


def test_more_parents_come_from_the_beam() -> None:
    plan = BeamSearch(2, parents=3).select(FixedView({1: 1.0, 2: 2.0, 3: 3.0}), stream(0))
    assert plan is not None
    assert plan.parents == (3, 2, 3)


def test_the_same_parent_n_times_and_then_the_best() -> None:
    selector = BestOfN(3)
    assert expanded(selector, FixedView({1: 1.0, 2: 0.0}), 2) == [1, 1]
    better = FixedView({1: 1.0, 2: 0.0, 3: 9.0})
    assert expanded(selector, better, 5) == [1, 3, 3, 3, 3]
    assert expanded(selector, FixedView({3: 9.0, 4: 10.0}), 3) == [3, 3, 4]


def test_a_parent_that_was_displaced_is_left_at_once() -> None:
    selector = BestOfN(5)
    assert expanded(selector, FixedView({1: 1.0}), 2) == [1, 1]
    assert expanded(selector, FixedView({2: 2.0}), 2) == [2, 2]


def test_each_island_has_a_parent_of_its_own() -> None:
    parts = [FixedView({1: 1.0}), FixedView({2: 5.0})]
    selector, view = BestOfN(4), FixedView({1: 1.0, 2: 5.0}, parts)
    assert set(expanded(selector, view, 20)) == {1, 2}
    parts[0] = FixedView({1: 1.0, 3: 9.0})
    later = FixedView({1: 1.0, 2: 5.0, 3: 9.0}, parts)
    assert set(expanded(selector, later, 30)) <= {1, 2, 3}
    assert 3 in expanded(selector, later, 20)


def test_the_second_parent_is_another() -> None:
    plan = BestOfN(parents=2).select(FixedView({1: 1.0, 2: 2.0, 3: 3.0}), stream(0))
    assert plan is not None
    assert plan.parents == (3, 2)


def test_a_start_is_counted_once_and_seeds_are_no_expansion() -> None:
    view = FixedView({1: 1.0, 2: 2.0})
    for selector in (BestOfN(2), BeamSearch(2)):
        outcome = started(Plan(parents=(2,)))
        for _ in range(3):
            selector.observe(outcome)
        selector.observe(started(Plan(SEED, parents=(2,))))
        assert expanded(selector, view, 1) == [2 if isinstance(selector, BestOfN) else 1]
