"""What each selector's distribution is, against the formula. 4,000 draws: three standard errors are below 0.024."""

from collections import Counter

import pytest

from speciate.core.protocols import View
from speciate.core.rng import stream
from speciate.selection import Always, PowerLaw, Rank, Tournament, Uniform
from speciate.selection.parents import ByIsland
from speciate.testing import FixedView

DRAWS = 4000
VIEW = FixedView({id: float(id) for id in range(1, 11)})  # 10 is the best


def shares(selector: ByIsland, view: View = VIEW) -> dict[int, float]:
    rng = stream(1, "shares")
    drawn = Counter(selector.pick(view, rng) for _ in range(DRAWS))
    return {id: drawn[id] / DRAWS for id in view.top}


def test_uniform() -> None:
    assert all(abs(share - 0.1) < 0.024 for share in shares(Uniform()).values())


def test_a_tournament_is_won_by_the_best_of_its_entrants() -> None:
    got = shares(Tournament(3))
    for id in VIEW.top:
        assert abs(got[id] - ((id / 10) ** 3 - ((id - 1) / 10) ** 3)) < 0.024


def test_a_tie_goes_to_the_newest() -> None:
    even = FixedView({1: 0.0, 2: 0.0, 3: 0.0})
    got = shares(Tournament(2), even)
    assert abs(got[3] - 5 / 9) < 0.024
    assert abs(got[1] - 1 / 9) < 0.024


@pytest.mark.parametrize("pressure", [1.0, 1.5, 2.0])
def test_linear_ranking(pressure: float) -> None:
    """The chance of the part of the ranking between x and y is the integral of s - 2 (s - 1) x."""

    def below(x: float) -> float:
        return pressure * x - (pressure - 1) * x * x

    got = shares(Rank(pressure))
    for rank, id in enumerate(VIEW.top):
        assert abs(got[id] - (below((rank + 1) / 10) - below(rank / 10))) < 0.024


@pytest.mark.parametrize("alpha", [0.0, 1.0, 3.0])
def test_power_law(alpha: float) -> None:
    weights = [rank**-alpha for rank in range(1, 11)]
    got = shares(PowerLaw(alpha))
    for id, weight in zip(VIEW.top, weights, strict=True):
        assert abs(got[id] - weight / sum(weights)) < 0.024


def test_a_power_law_without_end_takes_the_best() -> None:
    assert shares(PowerLaw(float("inf")))[10] == 1.0


def test_parents_differ_where_there_are_as_many() -> None:
    for ticket in range(100):
        plan = Uniform(parents=2).select(FixedView({1: 0.0, 2: 0.0, 3: 0.0}), stream(0, ticket))
        assert plan is not None
        assert len(set(plan.parents)) == 2
    alone = Tournament(parents=2).select(FixedView({7: 0.0}), stream(0))
    assert alone is not None
    assert alone.parents == (7, 7)


def test_islands_are_drawn_alike_and_empty_ones_never() -> None:
    parts = [FixedView({1: 0.0}), FixedView({}), FixedView(dict.fromkeys(range(2, 40), 0.0))]
    view = FixedView(dict.fromkeys(range(1, 40), 0.0), parts)
    plans = [Uniform().select(view, stream(0, ticket)) for ticket in range(400)]
    drawn = Counter(plan.island for plan in plans if plan is not None)
    assert set(drawn) == {0, 2}
    assert 150 < drawn[0] < 250


def test_always_takes_the_seeds_that_are_in() -> None:
    """Of three seeds the second did not score; candidate 4 is no seed."""
    view = FixedView({1: 0.0, 3: -5.0, 4: 9.0, 5: 9.0})
    assert {plan.parents for t in range(50) if (plan := Always(3).select(view, stream(0, t)))} == {(1,), (3,)}
    assert Always(3).select(FixedView({4: 1.0}), stream(0)) is None
