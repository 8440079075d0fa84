from __future__ import annotations

from dataclasses import replace

import pytest

from speciate.core.rng import stream
from speciate.core.values import EVERYWHERE, Evaluation, Plan, Status
from speciate.proposers.mixture import Arm, Mixture
from speciate.selection import FixedWeights, Mending, Models, Uniform, UniformBandit
from speciate.testing import FixedProposer, FixedView

from .outcomes import placed, started

VIEW = FixedView({1: 1.0, 2: 5.0})
PLAN = Plan(parents=(1,), operator="diff", island=1, data={"fitness": 1.0})


def test_the_newest_failure_is_mended_once_and_nothing_else() -> None:
    mending = Mending()
    assert mending.select(VIEW, stream(0)) is None
    mending.observe(placed(PLAN, 3.0, id=3))
    assert mending.select(VIEW, stream(0)) is None
    mending.observe(placed(PLAN, None, id=4))
    mending.observe(placed(replace(PLAN, data=None), None, id=5))
    first = mending.select(VIEW, stream(0))
    assert first == Plan(parents=(5,), operator="fix", island=1, data={})
    mending.observe(started(first))
    second = mending.select(VIEW, stream(0))
    assert second == Plan(parents=(4,), operator="fix", island=1, data={"fitness": 1.0})
    mending.observe(started(replace(second, operator="diff")))  # another arm's ticket is none of its own
    assert mending.select(VIEW, stream(0)) == second
    mending.observe(started(second))
    assert mending.select(VIEW, stream(0)) is None


def test_more_tries_fewer_kept_and_what_is_mended_by_itself_is_gone() -> None:
    mending = Mending(2, tries=2)
    for id in (3, 4, 5):
        mending.observe(placed(PLAN, None, id=id))
    seen = []
    while (plan := mending.select(VIEW, stream(0))) is not None:
        seen.append(plan.parents[0])
        mending.observe(started(plan))
    assert seen == [5, 5, 4, 4]
    mending.observe(placed(PLAN, None, id=6))
    mending.observe(placed(PLAN, 2.0, id=6))
    assert mending.select(VIEW, stream(0)) is None


def test_what_fell_short_of_a_threshold_did_not_fail() -> None:
    mending = Mending()
    mending.observe(replace(placed(PLAN, None, id=3), evaluation=Evaluation(Status.FILTERED)))
    assert mending.select(VIEW, stream(0)) is None


def test_a_seed_that_failed_is_mended_on_one_of_the_islands() -> None:
    mending = Mending()
    mending.observe(placed(Plan("seed", island=EVERYWHERE), None, id=1))
    islands = FixedView({}, parts=[FixedView({}), FixedView({}), FixedView({})])
    plans = [mending.select(islands, stream(0, number)) for number in range(30)]
    assert {plan.island for plan in plans if plan is not None} == {0, 1, 2}


def mixture(fix: float) -> Mixture:
    work = FixedProposer(lambda genome, rng: genome)
    arms = {"fix": Arm(Models(Mending(), ["m"], UniformBandit()), work), "diff": Arm(Uniform(), work)}
    return Mixture(arms, FixedWeights({"diff": 1.0 - fix, "fix": fix}))


def test_as_an_arm_it_is_paid_by_the_failed_candidates_own_parent() -> None:
    arms = mixture(1.0)
    arms.observe(placed(PLAN, None, id=9))
    plan = arms.select(VIEW, stream(0))
    assert plan == Plan(parents=(9,), operator="fix", island=1, data={"fitness": 1.0, "model": "m"})
    arms.observe(started(plan))
    assert arms.select(VIEW, stream(0)) == Plan(parents=(2,), operator="diff", data={"fitness": 5.0})


def test_with_a_weight_of_nothing_it_is_drawn_while_no_program_is_correct() -> None:
    arms = mixture(0.0)
    arms.observe(placed(PLAN, None, id=9))
    drawn = [arms.select(VIEW, stream(0, number)) for number in range(200)]
    assert {plan.operator for plan in drawn if plan is not None} == {"diff"}
    alone = arms.select(FixedView({}), stream(0))
    assert alone is not None
    assert (alone.operator, alone.parents) == ("fix", (9,))


def test_numbers_below_one_are_refused() -> None:
    with pytest.raises(ValueError, match="each must be 1 or more"):
        Mending(tries=0)
