"""The lists to pack: 5000 items of Weibull size, scale 45 and shape 3, rounded and clipped to 1..100, capacity 100."""

from __future__ import annotations

from functools import cache

import numpy as np

from speciate.problems.online_packing import Instance, Lists

CAPACITY, ITEMS, SCALE, SHAPE = 100, 5000, 45, 3
TRAIN, FRESH = 5, 5
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
    rows = np.rint(SCALE * rng.weibull(SHAPE, size=(count, ITEMS))).clip(1, CAPACITY).astype(int).tolist()
    return tuple([Instance(f"{name}_{number}", CAPACITY, tuple(row)) for number, row in enumerate(rows)])
