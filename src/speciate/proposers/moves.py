"""Moves of arrays: pure functions from an array (and a generator) to another, the neighbourhoods of a local search.

An array is points, shape (n, d), whose rows may stand in any order, or a step function, shape (n,). Steps are in units
of each column's spread, since nothing is known of what the numbers mean; a scale is drawn anew each time, so that one
move serves far from an optimum and near to it.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]
FINEST, COARSEST = 1e-4, 0.3  # of a column's spread: the least and the greatest step
LENGTHS = (20, 2000)  # of a step function: where resampling stops


def bounds(array: Array) -> tuple[Array, Array]:
    """The least and the greatest of each column, shapes (d,)."""
    columns = array.reshape(len(array), -1)
    return columns.min(axis=0), columns.max(axis=0)


def spread(array: Array) -> Array:
    """Of each column, never 0: the size of its numbers where all are equal."""
    low, high = bounds(array)
    width = high - low
    return np.where(width > 0, width, np.where(np.abs(high) > 0, np.abs(high), 1.0))


def nudge(array: Array, rng: np.random.Generator) -> Array:
    """Gaussian steps of one scale: on one row, a few neighbours in memory, or all."""
    scale = _scale(rng)
    rows = len(array)
    draw = rng.random()
    some = 1 if draw < 0.35 else int(rng.integers(2, max(3, rows // 4 + 1))) if draw < 0.7 else rows
    chosen = rng.choice(rows, size=min(some, rows), replace=False)
    columns = array.reshape(rows, -1).copy()
    columns[chosen] += rng.normal(0, 1, (len(chosen), columns.shape[1])) * scale * spread(array)
    return _within(columns, array, rng)


def relocate(array: Array, rng: np.random.Generator) -> Array:
    """Points: one or two of them anywhere in the box of all (basin hopping's relocation: the rest makes room). A step
    function: a bump or a dent of any width, or all of it a little smoother or shifted."""
    if array.ndim == 1:
        return (_bump, _bump, _smooth, _shift)[int(rng.integers(4))](array, rng)
    low, high = bounds(array)
    moved = array.copy()
    for row in rng.choice(len(array), size=1 if rng.random() < 0.7 else min(2, len(array)), replace=False):
        moved[row] = rng.uniform(low, np.where(high > low, high, low + 1.0))
    return moved


def reshape(array: Array, rng: np.random.Generator) -> Array:
    """A step function on a finer or a coarser grid; of points, two of them exchange one coordinate, or all are turned
    over."""
    if array.ndim == 1:
        return resampled(array, _length(len(array), rng))
    moved = array.copy()
    column = int(rng.integers(array.shape[1]))
    if rng.random() < 0.7 and len(array) > 1:
        one, other = rng.choice(len(array), size=2, replace=False)
        moved[[one, other], column] = moved[[other, one], column]
        return moved
    low, high = bounds(array)
    half = array[:, column] < rng.uniform(low[column], high[column])
    moved[half] = low + high - moved[half]  # a part of the figure, mirrored through the middle of the box
    return moved


def recombine(array: Array, other: Array, rng: np.random.Generator) -> Array:
    """A part of each. Points: cut and splice (Deaven & Ho 1995), the rows of one on this side of a random cut and those
    of the other beyond it, as many as the first has. Step functions: a stretch of the other, or a mean of both."""
    if array.ndim == 1:
        return _spliced(array, resampled(other, len(array)), rng)
    if array.shape != other.shape:
        return relocate(array, rng)
    direction = rng.normal(0, 1, array.shape[1]) / spread(array)
    ours, theirs = np.argsort(array @ direction, kind="stable"), np.argsort(other @ direction, kind="stable")
    cut = int(rng.integers(1, len(array))) if len(array) > 1 else 1
    return np.concatenate([array[ours[:cut]], other[theirs[cut:]]])


def resampled(array: Array, length: int) -> Array:
    """A step function on another grid: each new step takes the mean of what it covers (shape (length,))."""
    if length == len(array):
        return array.copy()
    total = np.concatenate([[0.0], np.cumsum(array)])
    edges = np.linspace(0, len(array), length + 1)
    found: Array = np.diff(np.interp(edges, np.arange(len(array) + 1), total)) * (length / len(array))
    return found


def _scale(rng: np.random.Generator) -> float:
    return math.exp(rng.uniform(math.log(FINEST), math.log(COARSEST)))


def _within(columns: Array, array: Array, rng: np.random.Generator) -> Array:
    """In the shape of `array` and mostly inside its box: where numbers end is often where they must."""
    columns = columns.reshape(len(array), -1)
    if rng.random() < 0.8:
        low, high = bounds(array)
        box = low < high  # a column of equal numbers has no range to keep to
        columns = np.where(box, np.clip(columns, low, high), columns)
    return columns.reshape(array.shape)


def _bump(array: Array, rng: np.random.Generator) -> Array:
    width = len(array) * math.exp(rng.uniform(math.log(0.01), math.log(0.3)))
    at = np.arange(len(array)) - rng.uniform(0, len(array))
    height = rng.normal(0, 1) * 3 * _scale(rng) * float(spread(array)[0])
    return _within(array + height * np.exp(-0.5 * (at / width) ** 2), array, rng)


def _smooth(array: Array, rng: np.random.Generator) -> Array:
    width = int(rng.integers(2, max(3, len(array) // 8 + 1)))
    padded = np.pad(array, (width // 2, width - 1 - width // 2), mode="edge")
    smooth = np.convolve(padded, np.full(width, 1 / width), mode="valid")
    return array + rng.uniform(0, 1) * (smooth - array)


def _shift(array: Array, rng: np.random.Generator) -> Array:
    return np.roll(array, int(rng.integers(1, max(2, len(array) // 4)))) if rng.random() < 0.7 else array[::-1].copy()


def _length(length: int, rng: np.random.Generator) -> int:
    draw = rng.random()
    if draw < 0.5:
        new = 2 * length
    elif draw < 0.8:
        new = round(length * rng.uniform(0.7, 1.5))
    else:
        new = length + int(rng.integers(1, 4)) * (1 if rng.random() < 0.5 else -1)
    return int(min(max(new, LENGTHS[0]), LENGTHS[1]))


def _spliced(array: Array, other: Array, rng: np.random.Generator) -> Array:
    if rng.random() < 0.4:
        share = rng.random()
        return share * array + (1 - share) * other
    first, last = sorted(rng.integers(0, len(array) + 1, size=2))
    moved = array.copy()
    moved[first:last] = other[first:last]
    return moved
