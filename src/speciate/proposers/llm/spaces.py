"""What EvoLLM keeps of each search, and the numbers of the strategy."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np

from .members import Member


@dataclass(frozen=True, slots=True)
class Shape:
    """Of the strategy, in the paper's terms.

    Args:
        children: sampled around each mean, N.
        generations: shown, K, those whose best are the best.
        members: shown of each generation, M, its best.
        warmup: generations of a space that are sampled around the parent, before the model is asked.
        block: numbers that are asked for at once; more are asked for block by block.
        sigma: the first standard deviation, in units of each number's own size (`Vector.scale`).
        decay: of sigma after a generation without a gain; below `least` it begins anew.

    Raises ValueError for what is out of its range.
    """

    children: int = 5
    generations: int = 5
    members: int = 5
    warmup: int = 1
    block: int = 10
    sigma: float = 0.2
    decay: float = 0.5
    least: float = 1e-3

    def __post_init__(self) -> None:
        if min(self.children, self.generations, self.members, self.block) < 1 or self.warmup < 0:
            raise ValueError(f"{self}: children, generations, members and block are 1 or more, warmup 0 or more")
        if not (self.sigma > self.least > 0 and 0 < self.decay <= 1):
            raise ValueError(f"{self}: sigma is above least, which is above 0, and decay above 0 and at most 1")


SHAPE = Shape()


@dataclass(slots=True)
class Space:
    """What is known of the vectors of one key. Generations by ticket, in the order in which they began."""

    sigma: float
    generations: OrderedDict[int, list[Member]] = field(default_factory=OrderedDict)
    best: float = -np.inf  # of the generations that are over, their parents included
    under_way: int = 0  # generations
    barren: int = 0
