"""Builds tours city by city, all instances in step: a rule scores the unvisited cities, and the highest is next.

What a rule sees of a city is worked out here, and so is the choice: whatever it answers, each city is visited once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any, TypeAlias

import numpy as np
from instances import Instances  # type: ignore[import-not-found]  # it lies beside this file

from speciate import Invalid

CLOSE = 1e-6  # of a score: vectorised exp and the like differ in the last bits from place to place
NAMES = ("here", "home", "nearest", "second", "mean", "closest", "around", "left")
Row: TypeAlias = tuple[Any, ...]  # the arguments by NAMES: arrays with a number per city, and the float `left`


def build(ask: Callable[[Row], Any], instances: Instances) -> tuple[np.ndarray, list[Row], list[np.ndarray]]:
    """The tours, (instances, cities) from city 0; what was asked at each step, and the scores that were answered.

    `ask` has one number per unvisited city of each instance. Raises Invalid where it does not.
    """
    distances = instances.distances
    count, cities, _ = distances.shape
    every = np.arange(count)
    column = every[:, None]
    others = Others(instances)
    current = np.zeros(count, dtype=int)
    unvisited = np.tile(np.arange(1, cities), (count, 1))
    tours, rows, answers = [current], [], []
    while unvisited.shape[1] > 1:
        left = unvisited.shape[1]
        others.visit(current)
        here = distances[column, current[:, None], unvisited]
        seen = (here, distances[column, 0, unvisited], *others.of(unvisited))
        about = (here.min(axis=1), here.sum(axis=1) / left)  # the present city, the same for all
        row = (*[each.ravel() for each in seen], *[each.repeat(left) for each in about], left / cities)
        scores = checked(ask(row), row)
        rows.append(row)
        answers.append(scores)
        chosen = scores.reshape(count, left).argmax(axis=1)  # the first of them on a tie
        current = unvisited[every, chosen]
        tours.append(current)
        keep = np.ones(unvisited.shape, dtype=bool)
        keep[every, chosen] = False
        unvisited = unvisited[keep].reshape(count, left - 1)
    return np.stack([*tours, unvisited[:, 0]], axis=1), rows, answers


class Others:
    """Each city's distances to the unvisited cities, kept up as these become fewer."""

    def __init__(self, instances: Instances) -> None:
        self._distances = instances.distances
        self._open = instances.apart.copy()  # infinite to itself and to what is visited
        self._sums = instances.distances.sum(axis=2)
        self._count = self._open.shape[1]
        self._two = instances.two.copy()
        self._every = np.arange(len(self._open))

    def visit(self, cities: np.ndarray) -> None:
        """One more of each instance."""
        gone = self._distances[self._every, :, cities]
        self._open[self._every, :, cities] = np.inf
        self._sums -= gone
        self._count -= 1
        self._two[self._every, cities] = -np.inf  # what is visited is not asked for again
        at = np.nonzero(gone <= self._two[:, :, 1])  # only where it was among the two nearest does anything change
        self._two[at] = np.partition(self._open[at], 1, axis=1)[:, :2]

    def of(self, cities: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """For some unvisited cities: the distances to the nearest other one and to the second nearest (to the nearest
        again, where there is no second), and the mean over all others."""
        column = self._every[:, None]
        two = self._two[column, cities]
        nearest, second = two[:, :, 0], two[:, :, 1]
        mean = self._sums[column, cities] / (self._count - 1)
        return nearest, np.where(np.isinf(second), nearest, second), mean


def checked(answer: Any, row: Row) -> np.ndarray:
    """The scores as floats; they may be infinite. Raises Invalid if they are no scores."""
    count = len(row[0])
    try:
        scores = np.asarray(answer)
    except ValueError:  # lists of several lengths
        scores = np.empty(0, dtype=object)
    if scores.dtype.kind not in "fiub":
        raise Invalid(f"priority returned {repr(answer)[:40]}, not an array of numbers")
    if scores.shape != (count,):
        what = f"returned an array of shape {scores.shape} for {count} cities"
        raise Invalid(f"priority {what}: it must give one score per city")
    nan = np.isnan(scores)
    if nan.any():
        raise Invalid(f"priority is NaN for a city with {_shown(row, int(nan.argmax()))}")
    return scores.astype(float, copy=False)


def recheck(ask_all: Callable[[Sequence[Row]], list[Any]], rows: Sequence[Row], answers: Sequence[np.ndarray]) -> None:
    """Asks again for half of the cities of each step, steps and cities shuffled. Raises Invalid where a score is
    another: then it depends on more than that city's own numbers. To be asked of a process without memory."""
    # Which half follows from all the answers: a rule that knew it beforehand could make up the others.
    rng = np.random.default_rng(np.frombuffer(blake2b(b"".join(map(bytes, answers))).digest(), dtype=np.uint64))
    steps = rng.permutation(len(rows)).tolist()
    places = [rng.permutation(len(rows[step][0]))[: (len(rows[step][0]) + 1) // 2] for step in steps]
    again = [
        (*[each[place] for each in rows[step][:-1]], rows[step][-1]) for step, place in zip(steps, places, strict=True)
    ]
    for step, place, row, answer in zip(steps, places, again, ask_all(again), strict=True):
        before, after = answers[step][place], checked(answer, row)
        if np.array_equal(before, after):
            continue
        with np.errstate(over="ignore", invalid="ignore"):  # large ones, and inf - inf
            close = np.abs(before - after) <= CLOSE * np.minimum(np.abs(before), np.abs(after))
        differs = (before != after) & ~(close & np.isfinite(before))
        if differs.any():
            at = int(np.flatnonzero(differs)[0])
            raise Invalid(
                f"priority scores a city with {_shown(row, at)} {before[at]:.6g} among some cities and {after[at]:.6g} "
                "among others: a score may depend on that city's own numbers alone"
            )


def _shown(row: Row, at: int) -> str:
    numbers = [f"{name} {each[at]:.4g}" for name, each in zip(NAMES, row[:-1], strict=False)]
    return ", ".join([*numbers, f"left {row[-1]:g}"])
