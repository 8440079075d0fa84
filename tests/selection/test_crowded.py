from collections import Counter
from typing import ClassVar

from speciate.core.rng import stream
from speciate.core.values import Id
from speciate.selection import Crowded
from speciate.testing import FixedView


class Fronts(FixedView):
    """By id: the front and the crowding distance; fitness says the opposite."""

    PLACES: ClassVar = {1: (0, 0.5), 2: (0, 2.0), 3: (1, float("inf")), 4: (0, 2.0)}

    def __init__(self) -> None:
        super().__init__({1: 0.0, 2: 0.0, 3: 9.0, 4: 0.0})

    def front(self, id: Id) -> int:
        return self.PLACES[id][0]

    def crowding(self, id: Id) -> float:
        return self.PLACES[id][1]


def test_a_tournament_of_all_takes_the_first_front_then_room_then_the_newest() -> None:
    assert {Crowded(60).pick(Fronts(), stream(0, draw)) for draw in range(20)} == {4}


def test_a_binary_tournament_is_won_as_often_as_two_draws_with_replacement_say() -> None:
    drawn = Counter(Crowded().pick(Fronts(), stream(0, draw)) for draw in range(4000))
    # Places from the worst: 3, 1, 2, 4. The one in place r of 4 is the best of two in (2 r - 1) / 16 of the draws.
    assert [round(drawn[id] / 4000 * 16) for id in (3, 1, 2, 4)] == [1, 3, 5, 7]


def test_without_fronts_it_goes_by_fitness() -> None:
    view = FixedView({1: -5.0, 2: -3.0, 3: -4.0})
    assert {Crowded(40).pick(view, stream(0, draw)) for draw in range(10)} == {2}
