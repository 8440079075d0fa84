from collections import Counter

import pytest

from speciate.core.rng import stream
from speciate.core.values import Id, Plan
from speciate.selection import BeamSearch, Inspired, Tournament, Uniform, Weighted
from speciate.testing import FixedView

from .outcomes import placed, started

VIEW = FixedView({id: float(id) for id in range(1, 101)})


class Grid(FixedView):
    """The members lie at their ids' tens and ones."""

    def cell(self, id: Id) -> tuple[int, ...]:
        return divmod(id, 10)


def inspirations(selector: Inspired, view: FixedView = VIEW, seed: int = 0) -> tuple[Id, ...]:
    plan = selector.select(view, stream(seed))
    assert plan is not None
    return plan.inspirations


def test_the_best_of_the_island_without_the_parent() -> None:
    assert inspirations(Inspired(BeamSearch(1), top=3, diverse=0)) == (99, 98, 97)
    assert inspirations(Inspired(BeamSearch(1, parents=2), top=2, diverse=0)) == (99, 98)
    assert inspirations(Inspired(BeamSearch(), top=3), FixedView({1: 0.0, 2: 1.0})) == (1,)
    assert inspirations(Inspired(BeamSearch()), FixedView({1: 0.0})) == ()


def test_the_diverse_are_the_farthest_from_all_that_is_shown() -> None:
    """The parent is 100, the best besides 99. The farthest from these is 1, then what is midway, 50."""
    assert inspirations(Inspired(BeamSearch(1), top=1, diverse=2, pool=100)) == (99, 1, 50)


def test_in_a_grid_cells_count_before_scores() -> None:
    """From the parent at (9, 9) candidate 0 is 18 steps away; then 9 and 90 are 9 from the nearest and 55 is 8. By
    scores alone 55 would be next."""
    view = Grid({id: float(id) for id in (99, 0, 9, 90, 55)})
    assert inspirations(Inspired(BeamSearch(1), top=0, diverse=2, pool=10), view) in ((0, 9), (0, 90))
    flat = FixedView({id: float(id) for id in (99, 0, 9, 90, 55)})
    assert inspirations(Inspired(BeamSearch(1), top=0, diverse=2, pool=10), flat) == (0, 55)


def test_neither_shift_nor_scale_changes_them() -> None:
    moved = FixedView({id: 4.0 * id - 1e6 for id in range(1, 101)})
    for seed in range(20):
        selector = Inspired(Tournament(), top=2, diverse=4, pool=8)
        assert inspirations(selector, VIEW, seed) == inspirations(selector, moved, seed)


def test_with_a_small_pool_they_are_simply_drawn() -> None:
    drawn = Counter(id for seed in range(500) for id in inspirations(Inspired(BeamSearch(1), top=0, pool=0), seed=seed))
    assert sum(drawn.values()) == 1000
    assert 100 not in drawn
    assert max(drawn.values()) < 30, "about 10 each"


def test_never_a_parent_and_nobody_twice() -> None:
    for seed in range(50):
        plan = Inspired(Uniform(parents=2), diverse=4).select(VIEW, stream(seed))
        assert plan is not None
        shown = (*plan.parents, *plan.inspirations)
        assert len(set(shown)) == len(shown) == 2 + 3 + 4


def test_a_member_that_became_the_parent_is_no_inspiration_any_more() -> None:
    adopted = Inspired(Uniform()).adopt(Plan(parents=(3,), inspirations=(2, 3, 4)), 1.0)
    assert adopted.inspirations == (2, 4)


def test_what_is_inside_learns_once() -> None:
    inner = Weighted(sharpness=1e-9)  # all sigmoids are 1/2
    one, other = Inspired(inner), Inspired(inner, top=1)
    for outcome in (started(Plan(parents=(2,))), placed(Plan(parents=(2,)), 1.0), placed(Plan(parents=(2,)), 1.0)):
        for each in (one, other, inner):
            each.observe(outcome)
    assert inner.weights(VIEW, [1, 2]).tolist() == pytest.approx([1 / 2, 1 / 2 / 3])


def test_as_many_parents_as_an_operator_asks_for() -> None:
    plan = Inspired(BeamSearch()).plan(VIEW, stream(0), 3)
    assert plan is not None
    assert plan.parents == (100, 99, 98)

    class Decided:
        def select(self, view: object, rng: object) -> Plan:
            return Plan(parents=(1,))

    with pytest.raises(TypeError, match="Decided has no plan"):
        Inspired(Decided()).plan(VIEW, stream(0), 2)


def test_parents_from_elsewhere_or_none_at_all() -> None:
    class Elsewhere:
        def __init__(self, *parents: Id) -> None:
            self.parents = parents

        def select(self, view: object, rng: object) -> Plan:
            return Plan(parents=self.parents)

    assert inspirations(Inspired(Elsewhere(1000), top=1, diverse=2, pool=100)) == (100, 1, 50)
    assert len(inspirations(Inspired(Elsewhere(), top=0, diverse=2))) == 2
    assert inspirations(Inspired(Elsewhere()), FixedView({})) == ()
