import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speciate.core.values import Cost
from speciate.selection import Adaptive, FixedWeights, Thompson

ARMS = ("a", "b", "c", "d")
PAYMENTS = st.lists(st.tuples(st.sampled_from(ARMS), st.floats(0, 1e6)), max_size=80)


def taught(payments: list[tuple[str, float]], **settings: float) -> Adaptive:
    bandit = Adaptive(**settings)
    for arm, value in payments:
        bandit.reward(arm, value)
    return bandit


@given(PAYMENTS, st.floats(0, 1))
def test_no_arm_falls_below_the_floor(payments: list[tuple[str, float]], floor: float) -> None:
    chances = taught(payments, floor=floor).chances(ARMS)
    assert math.isclose(sum(chances), 1.0)
    assert min(chances) >= floor / len(ARMS) - 1e-12


@given(PAYMENTS, st.integers(-30, 30))
def test_the_unit_of_payments_does_not_matter(payments: list[tuple[str, float]], exponent: int) -> None:
    payments = [(arm, value if value > 1e-200 else 0.0) for arm, value in payments]
    scaled = [(arm, value * 2.0**exponent) for arm, value in payments]
    for one, other in zip(taught(payments).chances(ARMS), taught(scaled).chances(ARMS), strict=True):
        assert math.isclose(one, other, rel_tol=1e-6)


def test_an_arm_that_pays_twice_as_much_gets_twice_the_chance() -> None:
    """Probability matching, but for the floor and the prior."""
    bandit = taught([("a", 1.0), ("b", 2.0)] * 2000, floor=0.0, prior=1e-6)
    a, b = bandit.chances(("a", "b"))
    assert math.isclose(b / a, 2.0, rel_tol=0.01)


def test_one_huge_gain_does_not_rule() -> None:
    steady = [("a", 1.0), ("b", 0.0)] * 100
    a, b = taught([("b", 1e9), *steady]).chances(("a", "b"))
    assert a > 2 * b


def test_what_paid_long_ago_is_forgotten() -> None:
    bandit = taught([("a", 1.0), ("b", 0.0)] * 200 + [("a", 0.0), ("b", 1.0)] * 200, memory=50)
    a, b = bandit.chances(("a", "b"))
    assert b > 3 * a


def test_gains_that_shrink_still_count() -> None:
    """A search's gains fall by orders of magnitude; the arm that makes them now is preferred."""
    early = [("a", 1.0), ("b", 0.0)] * 100
    late = [("a", 0.0), ("b", 1e-6)] * 100
    a, b = taught(early + late, memory=50).chances(("a", "b"))
    assert b > a


def test_an_unknown_arm_is_thought_average() -> None:
    a, b, new = taught([("a", 3.0), ("b", 1.0)] * 20).chances(("a", "b", "new"))
    assert a > new > b


def test_thompson_gives_each_arm_the_chance_that_it_pays_most_often() -> None:
    """Beta(2, 1) against Beta(1, 1): 2/3. Beta(2, 1) against Beta(1, 2): 5/6."""
    bandit = Thompson(decay=1.0)
    bandit.reward("a", 0.3)
    assert bandit.chances(("a", "b")) == pytest.approx([2 / 3, 1 / 3], abs=1e-3)
    bandit.reward("b", 0.0)
    assert bandit.chances(("a", "b")) == pytest.approx([5 / 6, 1 / 6], abs=1e-3)
    assert bandit.chances(("a",)) == [1.0]
    assert bandit.chances(("new", "newer", "newest")) == pytest.approx([1 / 3] * 3)


@given(PAYMENTS, st.floats(1e-6, 1e6))
def test_thompson_knows_no_unit(payments: list[tuple[str, float]], unit: float) -> None:
    one, other = Thompson(), Thompson()
    for arm, value in payments:
        one.reward(arm, value)
        other.reward(arm, value * unit if value > 1e-200 else value)
    assert list(one.chances(ARMS)) == list(other.chances(ARMS))


def test_thompson_is_sure_after_many_tries() -> None:
    bandit = Thompson(decay=1.0)
    for step in range(20_000):
        bandit.reward("a", float(step % 2))
        bandit.reward("b", float(step % 20 < 9))
    assert bandit.chances(("a", "b")) == pytest.approx([1.0, 0.0], abs=1e-6)


def test_thompson_forgets() -> None:
    bandit = Thompson(decay=0.9)
    for step in range(120):
        bandit.reward("a", float(step < 60))
        bandit.reward("b", float(step >= 60))
    a, b = bandit.chances(("a", "b"))
    assert b > 0.95 > 0.05 > a


def test_fixed_weights_are_shares() -> None:
    bandit = FixedWeights({"a": 6.0, "b": 2.0, "c": 0.0})
    bandit.reward("c", 100.0)
    assert bandit.chances(("a", "b", "c")) == pytest.approx([0.75, 0.25, 0.0])
    assert bandit.chances(("c",)) == [1.0]
    assert FixedWeights({"a": 3.0, "b": 1.0}).chances(("a", "b", "new")) == pytest.approx([0.5, 1 / 6, 1 / 3])


def test_thrift_docks_arms_by_their_share_of_the_dearests_cost() -> None:
    """All pay alike. Costs 0.04, 0.01 and none: with a thrift of 0.8 they keep 0.2, 0.8 and 1 of 2."""
    bandit = taught([("a", 1.0), ("b", 1.0), ("c", 1.0)], floor=0.0, thrift=0.8)
    bandit.charge("a", Cost(usd=0.04))
    bandit.charge("b", Cost(usd=0.01))
    assert bandit.chances(("a", "b", "c")) == pytest.approx([0.1, 0.4, 0.5], rel=0.01)
    assert bandit.chances(("c",)) == [1.0]
    bandit.charge("b", Cost(tokens=1000, usd=None))  # from now on by tokens, of which a used none
    a, b, c = bandit.chances(("a", "b", "c"))
    assert a == pytest.approx(c, rel=0.01)
    assert b == pytest.approx(0.2 * a, rel=0.01)


def test_without_thrift_costs_have_no_say_nor_where_nothing_was_used() -> None:
    payments = [("a", 1.0), ("b", 2.0)] * 5
    plain, free = taught(payments), taught(payments, thrift=1.0)
    plain.charge("a", Cost(usd=9.0))
    free.charge("a", Cost())
    chances = list(taught(payments).chances(ARMS))
    assert list(plain.chances(ARMS)) == list(free.chances(ARMS)) == chances


def test_an_arm_docked_of_all_keeps_its_share_of_the_floor() -> None:
    bandit = taught([("a", 1.0), ("b", 1.0)], thrift=1.0, floor=0.2)
    bandit.charge("a", Cost(usd=1.0))
    assert bandit.chances(("a", "b")) == pytest.approx([0.1, 0.9])
    assert bandit.chances(("a",)) == [1.0]


def test_adaptive_by_hand() -> None:
    """Memory 2 halves what was before. a pays 1, the first unit; b pays 4, when the mean logarithm is ln 4 / 1.5, and
    so counts for 4^(1/3); a pays nothing. Then a has 1.25 tries and 0.25, b 0.5 tries and 4^(1/3) / 2; the prior is one
    try of the average arm's payment."""
    bandit = taught([("a", 1.0), ("b", 4.0), ("a", 0.0)], memory=2.0, prior=1.0, floor=0.25)
    b_paid = 4 ** (1 / 3) / 2
    average = (0.25 + b_paid) / 1.75
    a, b = (0.25 + average) / 2.25, (b_paid + average) / 1.5
    assert bandit.chances(("a", "b")) == pytest.approx([0.125 + 0.75 * a / (a + b), 0.125 + 0.75 * b / (a + b)])
    assert bandit.chances(("a", "b")) == pytest.approx([0.341541, 0.658459], abs=1e-6)


def test_a_payment_counts_for_no_more_than_the_cap() -> None:
    """Of 1 and then 1e9 the mean logarithm is ln 1e9 / 2, so 1e9 would count for its root; it counts for 4."""
    bandit = taught([("a", 1.0), ("b", 1e9)], memory=1e12, prior=1e-9, floor=0.0)
    assert bandit.chances(("a", "b")) == pytest.approx([0.2, 0.8])


def test_thompsons_counts_decay_at_each_reward() -> None:
    """With a decay of 1/2, one that paid and one that did not are Beta(1.5, 2), which is above a uniform rate with the
    chance of its mean, 3/7."""
    bandit = Thompson(decay=0.5)
    bandit.reward("a", 2.0)
    bandit.reward("a", 0.0)
    assert bandit.chances(("a", "new")) == pytest.approx([3 / 7, 4 / 7], abs=1e-3)
