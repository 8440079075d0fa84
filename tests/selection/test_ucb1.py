from __future__ import annotations

import math

import pytest

from speciate.selection import UCB1


def taught(scale: float = 1.0, **settings: float) -> UCB1:
    """a: 4 tries of mean 1; b: 1 of 0.5; c: 5 of 0."""
    bandit = UCB1(**settings)
    for arm, payments in {"a": [4.0, 0.0, 0.0, 0.0], "b": [0.5], "c": [0.0] * 5}.items():
        for each in payments:
            bandit.reward(arm, each * scale)
    return bandit


def test_scores_by_the_definition() -> None:
    t = math.log(10)
    expected = [1.0 + math.sqrt(2 * t / 4), 0.5 + math.sqrt(2 * t / 1), math.sqrt(2 * t / 5)]
    assert taught().scores(["a", "b", "c"]) == pytest.approx(expected)
    narrow = [1.0 + 0.1 * math.sqrt(2 * t / 4), 0.5 + 0.1 * math.sqrt(2 * t / 1), 0.1 * math.sqrt(2 * t / 5)]
    assert taught(exploration=0.1).scores(["a", "b", "c"]) == pytest.approx(narrow)
    of_two = [1.0 + math.sqrt(2 * math.log(5) / 4), 0.5 + math.sqrt(2 * math.log(5))]
    assert taught().scores(["a", "b"]) == pytest.approx(of_two)


def test_the_highest_gets_all_but_epsilon_which_is_shared_by_all() -> None:
    assert taught().chances(["a", "b", "c"]) == pytest.approx([0.1 / 3, 0.9 + 0.1 / 3, 0.1 / 3])
    assert taught(exploration=0.0).chances(["a", "b", "c"]) == pytest.approx([0.9 + 0.1 / 3, 0.1 / 3, 0.1 / 3])


def test_those_that_were_never_tried_come_first() -> None:
    assert taught().chances(["a", "new", "b", "other"]) == [0.0, 0.5, 0.0, 0.5]


def test_nothing_changes_when_all_payments_are_multiplied() -> None:
    expected = taught().scores(["a", "b", "c"])
    for scale in (1e-9, 250.0, 1e100):
        assert taught(scale).scores(["a", "b", "c"]) == pytest.approx(expected)


def test_what_is_below_nothing_is_nothing_and_one_arm_alone_is_sure() -> None:
    bandit = UCB1()
    bandit.reward("a", -5.0)
    assert bandit.scores(["a"]) == [0.0]
    assert bandit.chances(["a"]) == [1.0]


def test_shares_outside_their_range_are_refused() -> None:
    with pytest.raises(ValueError, match="epsilon 2"):
        UCB1(epsilon=2)
