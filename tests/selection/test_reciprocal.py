from collections import Counter

import pytest

from speciate.core.rng import stream
from speciate.core.values import Plan
from speciate.selection import ReciprocalRank, Seeds
from speciate.testing import FixedView


def test_chances_are_one_over_rank_plus_members() -> None:
    view = FixedView({1: -5.0, 2: -1.0, 3: -3.0})
    drawn = Counter(ReciprocalRank().pick(view, stream(0, draw)) for draw in range(6000))
    # 1/4, 1/5 and 1/6 for the ranks 1, 2, 3 of 3: 15, 12 and 10 parts of 37.
    for id, parts in ((2, 15), (3, 12), (1, 10)):
        assert abs(drawn[id] / 6000 - parts / 37) < 0.02


def test_a_start_has_a_seed_beside_it_and_no_parent() -> None:
    view = FixedView({4: 1.0}, [FixedView({}), FixedView({4: 1.0})])
    found = [Seeds(2).select(view, stream(0, draw)) for draw in range(40)]
    assert {(each.parents, each.island) for each in found if each} == {((), 1)}
    assert {each.inspirations for each in found if each} == {(1,), (2,)}


def test_nothing_starts_while_nothing_has_a_score() -> None:
    assert Seeds().plan(FixedView({}), stream(0), 1) is None


def test_a_search_without_seeds_cannot_start() -> None:
    with pytest.raises(ValueError, match="first 0 candidates"):
        Seeds(0)


def test_it_is_a_plan_like_any_other() -> None:
    assert Seeds().select(FixedView({1: 0.0}), stream(0)) == Plan(inspirations=(1,))
