"""The lists to pack: 500 items of uniform size 20 to 100, capacity 150, as the OR3 set has them."""

from __future__ import annotations

from functools import cache

import numpy as np

from speciate.problems.online_packing import Instance, Lists

CAPACITY, ITEMS, SMALLEST, LARGEST = 150, 500, 20, 100
TRAIN, FRESH = 20, 200
TRAIN_SEED, FRESH_SEED = 1, 2  # the search reads lists of the first only


@cache
def train() -> Lists:
    """The lists of the search, always the same."""
    return Lists(_drawn("train", TRAIN_SEED, TRAIN))


@cache
def fresh() -> Lists:
    """Lists that no search reads."""
    return Lists(_drawn("fresh", FRESH_SEED, FRESH))


def _drawn(name: str, seed: int, count: int) -> tuple[Instance, ...]:
    rng = np.random.Generator(np.random.Philox(seed))
    rows = rng.integers(SMALLEST, LARGEST + 1, size=(count, ITEMS)).tolist()
    return tuple([Instance(f"{name}_{number:03}", CAPACITY, tuple(row)) for number, row in enumerate(rows)])
