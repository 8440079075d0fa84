"""What every bandit must hold. Give it yours by overriding `make`."""

from __future__ import annotations

import math

import pytest

from speciate.core.protocols import Bandit

from .digest import state_digest

ARMS = ("syntax", "numeric", "crossover")


class BanditSuite:
    """Override `make`. `learns` False for one that is not meant to."""

    learns = True

    def make(self) -> Bandit:
        raise NotImplementedError("a BanditSuite needs `make`")

    def check(self, chances: object, arms: int) -> None:
        listed = [float(each) for each in chances]  # type: ignore[attr-defined]
        assert len(listed) == arms
        assert all(0.0 <= each <= 1.0 for each in listed), listed
        assert math.isclose(sum(listed), 1.0, abs_tol=1e-9), listed

    def test_chances_are_chances_before_anything_was_learnt(self) -> None:
        for arms in (1, 2, 3):
            self.check(self.make().chances(ARMS[:arms]), arms)

    @pytest.mark.parametrize("value", [0.0, -1.0, 1.0, 1e-300, 5e-324, 1e300, float("inf")])
    def test_chances_are_chances_whatever_was_paid(self, value: float) -> None:
        bandit = self.make()
        for each in (0.0, value, 1.0, value):
            bandit.reward("syntax", each)
            bandit.reward("numeric", 0.5)
            self.check(bandit.chances(ARMS), len(ARMS))

    def test_asking_changes_nothing(self) -> None:
        bandit = self.make()
        bandit.reward("syntax", 1.0)
        before = state_digest(bandit)
        assert list(bandit.chances(ARMS)) == list(bandit.chances(ARMS))
        bandit.chances(("one", "never", "heard", "of"))
        assert state_digest(bandit) == before

    def test_replay_equals_live(self) -> None:
        live, replayed = self.make(), self.make()
        for bandit in (live, replayed):
            for step in range(60):
                bandit.reward(ARMS[step % 3], float(step % 7))
        assert state_digest(live) == state_digest(replayed)
        assert list(live.chances(ARMS)) == list(replayed.chances(ARMS))

    def test_the_arm_that_pays_is_preferred(self) -> None:
        if not self.learns:
            pytest.skip("this bandit is not meant to learn")
        bandit = self.make()
        for step in range(90):
            arm = ARMS[step % 3]
            bandit.reward(arm, 1.0 if arm == "numeric" else 0.0)
        chances = dict(zip(ARMS, bandit.chances(ARMS), strict=True))
        assert max(chances, key=chances.__getitem__) == "numeric"
