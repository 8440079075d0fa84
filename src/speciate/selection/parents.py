"""Selection of parents within one island, itself drawn uniformly among those that have members.

Every selector here is pure, costs at most as many draws as a tournament has entrants, and returns None while there is
nobody to select. `select` takes as many parents as the selector was made for, `plan` as many as it is told to: an
operator that needs two parents asks for two. They differ where the island has as many members.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from speciate.core.protocols import View
from speciate.core.values import Id, Plan

TRIES = 8  # draws for a parent that is not selected yet, before a repeated one is accepted


@runtime_checkable
class Plans(Protocol):
    """A selector that also plans for as many parents as it is told: what an operator that wants two asks."""

    def select(self, view: View, rng: np.random.Generator) -> Plan | None: ...
    def plan(self, view: View, rng: np.random.Generator, parents: int) -> Plan | None: ...


class ByIsland(ABC):
    """What the selectors share. A new one says only how to `pick` one parent from an island that has members.

    Raises:
        ValueError: for fewer than one parent.
    """

    def __init__(self, *, parents: int = 1) -> None:
        if parents < 1:
            raise ValueError(f"selection of {parents} parents: it must be 1 or more")
        self.parents = parents

    @abstractmethod
    def pick(self, part: View, rng: np.random.Generator) -> Id: ...

    def select(self, view: View, rng: np.random.Generator) -> Plan | None:
        return self.plan(view, rng, self.parents)

    def plan(self, view: View, rng: np.random.Generator, parents: int) -> Plan | None:
        parts = view.parts
        island = drawn_island(parts, rng)
        if island is None:
            return None
        chosen = [self.pick_on(parts, island, rng)]
        while len(chosen) < parents:
            chosen.append(self.another(parts, island, chosen, rng))
        return Plan(parents=tuple(chosen), island=island)

    def pick_on(self, parts: Sequence[View], island: int, rng: np.random.Generator) -> Id:
        """One parent from this island, for a selector that must know which it is, or what is on the others."""
        return self.pick(parts[island], rng)

    def another(self, parts: Sequence[View], island: int, chosen: list[Id], rng: np.random.Generator) -> Id:
        """A parent besides those chosen, if there is one."""
        for _ in range(TRIES if len(parts[island]) > 1 else 1):
            id = self.pick_on(parts, island, rng)
            if id not in chosen:
                break
        return id


def drawn_island(parts: Sequence[View], rng: np.random.Generator) -> int | None:
    """One of those that have members, all alike; None where none has. A single one costs no draw."""
    inhabited = [index for index, part in enumerate(parts) if len(part)]
    if len(inhabited) < 2:
        return inhabited[0] if inhabited else None
    return inhabited[int(rng.integers(len(inhabited)))]


def fitness_of(part: View, id: Id) -> float | None:
    """None for one that is no member: a parent that failed, or that lives elsewhere."""
    try:
        return part.fitness(id)
    except KeyError:
        return None


def has(part: View, id: Id) -> bool:
    return fitness_of(part, id) is not None


def drawn(weights: npt.NDArray[np.float64], rng: np.random.Generator) -> int:
    """An index with a chance proportional to its weight: none below 0, one at least above."""
    cumulative = weights.cumsum()
    at = int(cumulative.searchsorted(rng.random() * cumulative[-1], side="right"))
    return at if at < len(weights) else int(np.flatnonzero(weights)[-1])  # rounding carried the draw to the end


def median(values: npt.NDArray[np.float64]) -> float:
    """Of any finite values: halved before they are added, so that nothing overflows. A tenth of numpy's time for the
    few dozen that selectors look at."""
    ranked, middle = values.copy(), len(values) - 1
    ranked.sort()
    return float(ranked[middle // 2] * 0.5 + ranked[(middle + 1) // 2] * 0.5)


class Uniform(ByIsland):
    """Every member of an island alike."""

    def pick(self, part: View, rng: np.random.Generator) -> Id:
        return part[int(rng.integers(len(part)))]


class Tournament(ByIsland):
    """The fittest of `size` members drawn with replacement (Goldberg & Deb 1991); of equals the newest, by id.

    Raises:
        ValueError: for a size below 1.
    """

    def __init__(self, size: int = 4, *, parents: int = 1) -> None:
        super().__init__(parents=parents)
        if size < 1:
            raise ValueError(f"a tournament of {size}: it must be 1 or more")
        self.size = size

    def pick(self, part: View, rng: np.random.Generator) -> Id:
        entrants = [part[index] for index in rng.integers(len(part), size=self.size).tolist()]
        return max((part.fitness(id), id) for id in entrants)[1]


class Rank(ByIsland):
    """Linear ranking (Baker 1985): the chance falls linearly from the best to the worst of `view.top`.

    Args:
        pressure: how often the best is expected per draw of as many parents as there are members, 1 (all alike) to 2
            (the worst never).

    Raises:
        ValueError: for a pressure outside 1 to 2.
    """

    def __init__(self, pressure: float = 1.8, *, parents: int = 1) -> None:
        super().__init__(parents=parents)
        if not 1 <= pressure <= 2:
            raise ValueError(f"a selection pressure of {pressure}: linear ranking has 1 to 2")
        self.pressure = pressure

    def pick(self, part: View, rng: np.random.Generator) -> Id:
        """By inversion of F(x) = s x - (s - 1) x^2, x from 0 (the best) to 1."""
        top = part.top
        s, u = self.pressure, float(rng.random())
        x = 2 * u / (s + (s * s - 4 * (s - 1) * u) ** 0.5)
        return top[min(int(x * len(top)), len(top) - 1)]


class PowerLaw(ByIsland):
    """The chance of the member of rank r, 1 the best, is proportional to r ** -alpha (ShinkaEvolve: Lange et al.
    2025). `alpha` 0 is uniform over `view.top`, infinity the best alone.

    Raises:
        ValueError: for a negative alpha.
    """

    def __init__(self, alpha: float = 1.0, *, parents: int = 1) -> None:
        super().__init__(parents=parents)
        if not alpha >= 0:
            raise ValueError(f"a power law of alpha {alpha}: it must be 0 or more")
        self.alpha = alpha

    def pick(self, part: View, rng: np.random.Generator) -> Id:
        top = part.top
        return top[int(np.searchsorted(_power_law(len(top), self.alpha), rng.random(), side="right"))]


@lru_cache(maxsize=4096)
def _power_law(members: int, alpha: float) -> npt.NDArray[np.float64]:
    """Cumulative chances, shape (members,); the last is 1 or more, so that a draw below 1 always falls inside."""
    cumulative = np.cumsum(np.arange(1, members + 1, dtype=float) ** -alpha)
    cumulative /= cumulative[-1]
    cumulative[-1] = 1.0
    cumulative.setflags(write=False)
    return cumulative


class Always(ByIsland):
    """Always a seed: one of the candidates with the ids 1 to `first` (a run numbers its seeds before all else), drawn
    uniformly. For an append-only population, where these stay in front. While none of them is in, None.

    Raises:
        ValueError: for `first` below 1.
    """

    def __init__(self, first: int = 1, *, parents: int = 1) -> None:
        super().__init__(parents=parents)
        if first < 1:
            raise ValueError(f"always one of the first {first}: it must be 1 or more")
        self.first = first

    def plan(self, view: View, rng: np.random.Generator, parents: int) -> Plan | None:
        return super().plan(view, rng, parents) if any(self._seeds(part) for part in view.parts) else None

    def pick(self, part: View, rng: np.random.Generator) -> Id:
        seeds = self._seeds(part)
        return seeds[int(rng.integers(len(seeds)))] if len(seeds) > 1 else seeds[0]

    def _seeds(self, part: View) -> list[Id]:
        front = (part[index] for index in range(min(self.first, len(part))))
        return [id for id in front if id <= self.first]
