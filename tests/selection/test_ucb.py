"""Against ShinkaEvolve's formulas, by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speciate.core.protocols import CostAware
from speciate.core.values import Cost
from speciate.selection import AsymmetricUCB
from speciate.testing import state_digest

ARMS = ("a", "b")
ANY = st.floats(allow_nan=True, allow_infinity=True)


def taught(*payments: tuple[str, float], **settings: float) -> AsymmetricUCB:
    bandit = AsymmetricUCB(**settings)
    for arm, value in payments:
        bandit.reward(arm, value)
    return bandit


# exp(ln 2) - 1 = 1 and exp(ln 3) - 1 = 2
PAYMENTS = (("a", math.log(2)), ("a", 0.0), ("b", math.log(3)))


def test_the_bound_is_the_mean_exponential_gain_in_shares_of_the_largest_plus_exploration() -> None:
    """Means (1 + 0) / 2 and 2 / 1, the largest 2; t = 3: sqrt(2 ln 3 / 2) and sqrt(2 ln 3 / 1)."""
    scores = taught(*PAYMENTS, decay=1.0).scores(ARMS)
    assert scores == pytest.approx([0.25 + 1.0481470739682056, 1.0 + 1.4823038073675112])
    assert taught(*PAYMENTS, decay=1.0, exploration=0.5).scores(ARMS) == pytest.approx([0.7740735369, 1.7411519037])


def test_sums_and_tries_decay_at_each_update() -> None:
    """a: (0.95 + 0) / (0.95 + 1) = 0.48717949; b: 2, which is the largest, 0.95 * 2 being less than that mean."""
    a, b = taught(*PAYMENTS, exploration=0.0).scores(ARMS)
    assert (a, b) == pytest.approx((0.95 / 1.95 / 2, 1.0))


def test_the_largest_payment_decays_as_well() -> None:
    """After a payment of 1 the mean is 1, and so is the largest, which cannot be below it; nine failures make it 0.95^9
    and the mean 0.95^9 / (1 + 0.95 + ... + 0.95^9)."""
    bandit = taught(("a", math.log(2)), *[("a", 0.0)] * 9, exploration=0.0)
    assert bandit.scores(("a",)) == pytest.approx([(1 - 0.95) / (1 - 0.95**10)])


def test_the_winner_gets_all_but_epsilon_and_the_rest_share_that() -> None:
    bandit = taught(*PAYMENTS, ("c", 0.0), ("c", 0.0), decay=1.0)
    assert bandit.chances(("a", "b", "c")) == pytest.approx([0.1, 0.8, 0.1])
    assert taught(("a", 1.0), ("b", 1.0), ("c", 0.0), decay=1.0).chances(("a", "b", "c")) == pytest.approx(
        [0.4, 0.4, 0.2]
    )
    assert taught(("a", 1.0)).chances(("a",)) == [1.0]
    assert taught(("a", 0.0), ("b", 0.0)).chances(ARMS) == [0.5, 0.5]


def test_what_was_never_tried_comes_first() -> None:
    bandit = taught(*PAYMENTS)
    assert bandit.chances(("a", "b", "new", "other")) == [0.0, 0.0, 0.5, 0.5]
    bandit.started("new")
    assert bandit.chances(("a", "new", "other")) == [0.0, 0.0, 1.0]


def test_tries_under_way_count() -> None:
    """Five of a were started and two have ended: n = 5, t = 6."""
    bandit = taught(*PAYMENTS, decay=1.0)
    for _ in range(5):
        bandit.started("a")
    assert bandit.scores(ARMS) == pytest.approx(
        [0.25 + math.sqrt(2 * math.log(6) / 5), 1.0 + math.sqrt(2 * math.log(6))]
    )


def charged(bandit: AsymmetricUCB, *costs: tuple[str, Cost]) -> AsymmetricUCB:
    for arm, cost in costs:
        bandit.charge(arm, cost)
    return bandit


def test_cheapness_is_weighed_against_the_bound() -> None:
    """Mean costs 0.02 and 0.10, the median 0.06, the range 0.09; 2 ln t = 2.1972246.
    cheap: 0.06 / (0.02 - 0.1 * 0.09 * 1.0481471) = 5.6782; 0.06 / (0.10 - 0.1 * 0.09 * 1.4823038) = 0.692367."""
    bandit = charged(taught(*PAYMENTS, decay=1.0), ("a", Cost(usd=0.01)), ("a", Cost(usd=0.03)), ("b", Cost(usd=0.10)))
    a = 0.06 / (0.02 - 0.009 * 1.0481470739682056)
    b = 0.06 / (0.10 - 0.009 * 1.4823038073675112)
    assert bandit.scores(ARMS) == pytest.approx([0.5 * 1.2981470740 + 0.5, 0.5 * 2.4823038074 + 0.5 * b / a])
    bandit.cost_weight, bandit.cost_power = 0.25, 2.0
    assert bandit.scores(ARMS) == pytest.approx([0.75 * 1.2981470740 + 0.25, 0.75 * 2.4823038074 + 0.25 * (b / a) ** 2])


def test_where_a_price_is_unknown_tokens_are_compared() -> None:
    """In money a would be the dearer, and unknown is not nothing."""
    costs = (("a", Cost(tokens=100, usd=0.5)), ("b", Cost(tokens=900, usd=None)))
    by_tokens = charged(taught(*PAYMENTS), *costs).scores(ARMS)
    in_tokens = (("a", Cost(usd=100.0)), ("b", Cost(usd=900.0)))
    assert by_tokens == charged(taught(*PAYMENTS), *in_tokens).scores(ARMS)


def test_where_nothing_was_used_cost_has_no_say() -> None:
    plain = taught(*PAYMENTS).scores(ARMS)
    assert charged(taught(*PAYMENTS), ("a", Cost()), ("b", Cost())).scores(ARMS) == plain
    assert charged(taught(*PAYMENTS), ("a", Cost(usd=None))).scores(ARMS) == plain
    assert charged(taught(*PAYMENTS, cost_weight=0.0), ("a", Cost(usd=1.0))).scores(ARMS) == plain


def test_an_arm_without_a_bill_is_neither_free_nor_dear() -> None:
    """Its cost is taken as the median of the others', here the only other's."""
    a, b = charged(taught(("a", 0.0), ("b", 0.0), cost_exploration=0.0), ("a", Cost(usd=0.3))).scores(ARMS)
    assert a == b


def test_it_is_told_of_costs_by_the_protocol() -> None:
    assert isinstance(AsymmetricUCB(), CostAware)


@given(st.lists(st.tuples(st.sampled_from("abc"), ANY, ANY), max_size=40), st.floats(1e-300, 1e300))
def test_any_rewards_and_costs_leave_chances(told: list[tuple[str, float, float]], unit: float) -> None:
    bandit = AsymmetricUCB(unit=unit)
    for arm, value, usd in told:
        bandit.started(arm)
        bandit.reward(arm, value)
        bandit.charge(arm, Cost(usd=usd, tokens=5))
        for arms in (("a",), ("a", "b", "c"), ("c", "a", "new")):
            chances = bandit.chances(arms)
            assert math.isclose(sum(chances), 1.0, abs_tol=1e-9)
            assert min(chances) >= 0.0


def test_the_unit_decides_what_is_large_and_small_gains_are_in_proportion() -> None:
    """A gain of 1e-3 counts twice one of 5e-4; one of 20 counts for far more than twice one of 10."""
    small = taught(("a", 1e-3), ("b", 5e-4), exploration=0.0, decay=1.0).scores(ARMS)
    assert small == pytest.approx([1.0, 0.5], rel=1e-3)
    large = taught(("a", 20.0), ("b", 10.0), exploration=0.0, decay=1.0).scores(ARMS)
    assert large == pytest.approx([1.0, math.expm1(10) / math.expm1(20)])
    scaled = taught(("a", 20.0), ("b", 10.0), exploration=0.0, decay=1.0, unit=2e4).scores(ARMS)
    assert scaled == pytest.approx(small)


def test_a_long_run_underflows_nowhere() -> None:
    bandit = taught(("a", 1.0), *[("b", 0.0)] * 20_000)
    assert sum(bandit.chances(ARMS)) == pytest.approx(1.0)
    assert state_digest(bandit) == state_digest(taught(("a", 1.0), *[("b", 0.0)] * 20_000))
