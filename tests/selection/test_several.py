import pytest

from speciate.core.rng import stream
from speciate.core.values import Plan
from speciate.selection import Models, Several, Tournament, Uniform, UniformBandit
from speciate.testing import FixedView


def test_parents_differ() -> None:
    view = FixedView({1: 1.0, 2: 2.0, 3: 3.0})
    for draw in range(20):
        plan = Several(Uniform(), 3).select(view, stream(0, draw))
        assert plan is None or set(plan.parents) == {1, 2, 3}


def test_one_member_cannot_be_crossed() -> None:
    assert Several(Tournament()).select(FixedView({4: 1.0}), stream(0)) is None
    assert Several(Tournament()).select(FixedView({}), stream(0)) is None


def test_other_parents_are_the_inner_selectors_business() -> None:
    selector = Several(Models(Tournament(), ["m"], UniformBandit()))
    assert selector.adopt(Plan(parents=(1, 2), data={"model": "m", "fitness": 0.0}), 5.0).data == {
        "model": "m",
        "fitness": 5.0,
    }


def test_one_parent_is_not_several() -> None:
    with pytest.raises(ValueError, match="2 or more"):
        Several(Tournament(), 1)
