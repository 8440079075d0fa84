"""Every selector and bandit against the suites that are shipped to users."""

from collections.abc import Callable

import pytest

from speciate.core.protocols import Selector, View
from speciate.selection import Adaptive, Always, PowerLaw, Rank, Tournament, Uniform, UniformBandit
from speciate.testing import BanditSuite, SelectorSuite


@pytest.mark.parametrize(
    "make",
    [
        Uniform,
        Tournament,
        Rank,
        PowerLaw,
        Always,
        lambda: Uniform(parents=2),
        lambda: Tournament(1, parents=3),
        lambda: Rank(1.0, parents=2),
        lambda: PowerLaw(0.0, parents=2),
        lambda: Always(3, parents=2),
    ],
)
class TestSelectors(SelectorSuite):
    @pytest.fixture(autouse=True)
    def _which(self, make: Callable[[], Selector[View]]) -> None:
        self.make = make  # type: ignore[method-assign]


class TestAdaptive(BanditSuite):
    def make(self) -> Adaptive:
        return Adaptive()


class TestAdaptiveWithoutFloor(BanditSuite):
    def make(self) -> Adaptive:
        return Adaptive(floor=0.0, memory=10.0, prior=0.5)


class TestUniformBandit(BanditSuite):
    learns = False

    def make(self) -> UniformBandit:
        return UniformBandit()


def test_impossible_settings_are_refused() -> None:
    for wrong in (
        lambda: Uniform(parents=0),
        lambda: Tournament(0),
        lambda: Rank(2.5),
        lambda: PowerLaw(-1.0),
        lambda: PowerLaw(float("nan")),
        lambda: Always(0),
        lambda: Adaptive(floor=1.5),
        lambda: Adaptive(memory=0.5),
        lambda: Adaptive(prior=0.0),
    ):
        with pytest.raises(ValueError):
            wrong()
