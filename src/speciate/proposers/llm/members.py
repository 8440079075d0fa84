"""EvoLLM's view of a search (Lange, Tian & Tang 2024, *Large Language Models As Evolution Strategies*): generations of
vectors as whole numbers, from the least to the most fit, and what a model makes of them, the next mean.

All here is pure. What a model is shown depends on the order and the relative differences of scores alone, so it is the
same for scores that are shifted, or multiplied by something positive; likewise for the numbers themselves.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from .faults import EditFailed, Fault

Array: TypeAlias = npt.NDArray[np.float64]
RESOLUTION = 1000  # steps that the span of the members shown is cut into
HUGE = 1e300  # what is larger is taken as that, so that no span overflows
TARGET = 1100  # the fitness that is asked for, where the best shown has RESOLUTION and the worst 0
_LIST = re.compile(r"\[([^\[\]]*)\]")
_ROW = re.compile(r"-?\d[\d.eE+\-]*(?:\s*,\s*-?\d[\d.eE+\-]*)*")


@dataclass(frozen=True, slots=True)
class Member:
    """One vector, shape (numbers,), and its fitness, higher is better."""

    values: Array
    fitness: float


@dataclass(frozen=True, slots=True)
class Grid:
    """Whole numbers for real ones: `low` is 0 and `low` + `width` is RESOLUTION, for each of the numbers; shapes
    (numbers,)."""

    low: Array
    width: Array

    def integers(self, values: Array) -> list[int]:
        return [int(each) for each in np.rint((_held(values) - self.low) / self.width * RESOLUTION)]

    def reals(self, integers: Sequence[float]) -> Array:
        """Back again; what lies further outside than the span is wide is taken as being there."""
        inside = np.clip(np.array(integers, float), -RESOLUTION, 2 * RESOLUTION)
        return np.asarray(self.low + inside / RESOLUTION * self.width)


def grid_of(members: Sequence[Member], least: Array) -> Grid:
    """The grid that spans the members, in each number by `least` at least, shape (numbers,), around their middle."""
    values = _held(np.array([each.values for each in members]))
    low, high = values.min(axis=0), values.max(axis=0)
    width = np.maximum(high - low, _held(least))
    return Grid((low + high) / 2 - width / 2, width)


def chosen(generations: Sequence[Sequence[Member]], most: int, members: int) -> list[list[Member]]:
    """The `most` generations whose best are the best, and of each its `members` best: generations by their best and
    members by their fitness, the least first; of equals the older first."""
    ranked = [sorted(each, key=_fitness)[-members:] for each in generations if each]
    return sorted(ranked, key=lambda each: each[-1].fitness)[-most:]


def levels(fitnesses: Sequence[float]) -> list[int]:
    """Scores as whole numbers from 0, the worst, to RESOLUTION, the best; all RESOLUTION where they are equal."""
    low, high = min(fitnesses), max(fitnesses)
    half = high / 2 - low / 2  # halved before they are subtracted, so that nothing overflows
    if half == 0:
        return [RESOLUTION] * len(fitnesses)
    return [round((each / 2 - low / 2) / half * RESOLUTION) for each in fitnesses]


def told(generations: Sequence[Sequence[tuple[int, Sequence[int]]]], first: int, last: int) -> str:
    """The lines that show generations of (level, integers), of these the numbers `first` to `last`, half open."""
    lines: list[str] = []
    for number, generation in enumerate(generations, 1):
        lines.append(f"Generation {number}")
        lines += [f"fitness {level}: {list(integers[first:last])}" for level, integers in generation]
    return "\n".join(lines)


def mean_in(reply: str, count: int) -> list[float]:
    """The vector of so many numbers that a reply holds: its last list in brackets that has as many, else the last line
    that is as many numbers. Raises EditFailed where there is none."""
    rows = [match[1] for match in _LIST.finditer(reply)]
    rows = rows or [each[0] for each in map(_ROW.fullmatch, map(str.strip, reply.split("\n"))) if each is not None]
    for row in reversed(rows):
        found = _numbers(row)
        if len(found) == count:
            return found
    detail = f"its last list is of {len(_numbers(rows[-1]))} numbers" if rows else "it holds no list of numbers"
    raise EditFailed(Fault.NO_MEAN, f"{detail}, and {count} are asked for")


def _numbers(row: str) -> list[float]:
    """() for what is no list of finite numbers."""
    try:
        found = [float(each) for each in json.loads(f"[{row}]")]
    except (ValueError, TypeError, RecursionError, OverflowError):
        return []
    return found if all(map(math.isfinite, found)) else []


def _fitness(member: Member) -> float:
    return member.fitness


def _held(values: Array) -> Array:
    return np.clip(values, -HUGE, HUGE)
