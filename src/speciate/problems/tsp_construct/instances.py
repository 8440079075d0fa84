"""The instances: 50 cities, uniform in a square of side 100; and the shortest tours, which `optimal.py` found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path

import numpy as np

CITIES = 50
SIDE = 100  # so that whole numbers, which a search tries first, mean something beside distances
COUNT = 64
SEEDS = {"train": 1, "fresh": 2}  # the search reads the first only
TOURS = Path(__file__).with_name("optimal.json")


@dataclass(frozen=True, eq=False)
class Instances:
    """`distances` of shape (instances, cities, cities); `best`, the lengths of the shortest tours known."""

    distances: np.ndarray
    best: np.ndarray

    @cached_property
    def apart(self) -> np.ndarray:
        """The distances, a city infinitely far from itself."""
        return self.distances + np.diag(np.full(self.distances.shape[1], np.inf))

    @cached_property
    def two(self) -> np.ndarray:
        """Each city's distances to the nearest other and to the second nearest: (instances, cities, 2)."""
        return np.partition(self.apart, 1, axis=2)[:, :, :2]

    @lru_cache(maxsize=64)  # noqa: B019  the instances live as long as the worker
    def part(self, cases: tuple[int, ...]) -> Instances:
        """Only these. Raises IndexError for a number that there is not."""
        return Instances(self.distances[list(cases)], self.best[list(cases)])


def points(name: str) -> np.ndarray:
    """The cities of "train" or "fresh": (instances, cities, 2), always the same."""
    return SIDE * np.random.Generator(np.random.Philox(SEEDS[name])).random((COUNT, CITIES, 2))


def between(cities: np.ndarray) -> np.ndarray:
    """The distances of the cities: (..., cities, 2) to (..., cities, cities)."""
    return np.asarray(np.sqrt(np.square(cities[..., :, None, :] - cities[..., None, :, :]).sum(axis=-1)))


def edges(distances: np.ndarray, tours: np.ndarray) -> np.ndarray:
    """The lengths of the steps of closed tours, one tour per instance: (instances, cities) of city numbers."""
    rows = np.arange(len(tours))[:, None]
    return np.asarray(distances[rows, tours, np.roll(tours, -1, axis=1)])


@cache
def named(name: str) -> Instances:
    """Those of "train" or "fresh"."""
    distances = between(points(name))
    tours: Sequence[Sequence[int]] = json.loads(TOURS.read_text(encoding="utf-8"))[name]
    return Instances(distances, edges(distances, np.array(tours)).sum(axis=1))
