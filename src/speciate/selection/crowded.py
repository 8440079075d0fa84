"""Parents by fronts, as NSGA-II draws them."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np

from speciate.core.protocols import View
from speciate.core.values import Id

from .parents import ByIsland


@runtime_checkable
class Fronted(Protocol):
    """What the view of a population with fronts shows besides: 0 is the best front, a larger distance more room."""

    def front(self, id: Id) -> int: ...
    def crowding(self, id: Id) -> float: ...


class Crowded(ByIsland):
    """The crowded tournament of NSGA-II (Deb, Pratap, Agarwal & Meyarivan 2002): of `size` members drawn with
    replacement the one of the best front, of equals the one with the most room around it, then the newest by id. Where
    a population has no fronts it is a tournament by fitness.

    Raises:
        ValueError: for a size below 1.
    """

    def __init__(self, size: int = 2, *, parents: int = 1) -> None:
        super().__init__(parents=parents)
        if size < 1:
            raise ValueError(f"a tournament of {size}: it must be 1 or more")
        self.size = size

    def pick(self, part: View, rng: np.random.Generator) -> Id:
        entrants = [part[index] for index in rng.integers(len(part), size=self.size).tolist()]
        if isinstance(part, Fronted):
            return max((-part.front(id), part.crowding(id), id) for id in entrants)[2]
        return max((part.fitness(id), id) for id in entrants)[1]
