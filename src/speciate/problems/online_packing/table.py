"""A priority rule as a table, fetched in one crossing and checked to be one: the score of a bin may depend on the
item and on that bin's capacity alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from speciate.core.errors import Invalid

CLOSE = 1e-9  # of the row's largest score: vectorised exp and the like differ in the last bits from place to place


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """What a rule prefers. `order` has per item size the remaining capacities that it fits into, a byte each, the
    highest score first; `ranks` per item size 256 bytes, from a remaining capacity to the rank of its score, 0 where
    the item does not fit; `tied`: whether there is a size for which two capacities score alike."""

    order: Mapping[int, bytes]
    ranks: Mapping[int, bytes]
    tied: bool


@dataclass(frozen=True, eq=False)
class Query:
    """What is asked of every rule for one capacity and one set of item sizes; made once.

    `rows` has for each size all remaining capacities that fit and can come up, then for each size a shuffled part of
    them, the untouched bin last in both. In the answers laid end to end, `expected[i]` is where the whole row has
    what stands at `len(expected)` from the end plus i; `row` and `column` are where an answer goes in the grid.
    """

    capacity: int
    sizes: tuple[int, ...]
    rows: list[tuple[float, np.ndarray]]
    expected: np.ndarray
    row: np.ndarray
    column: np.ndarray

    @classmethod
    def of(cls, capacity: int, sizes: tuple[int, ...]) -> Query:
        rng = np.random.default_rng(capacity)
        smallest = min(sizes)
        rows: list[tuple[float, np.ndarray]] = []
        parts: list[tuple[float, np.ndarray]] = []
        expected: list[int] = []
        start = 0
        for size in sizes:
            bins = np.array([*range(size, capacity - smallest + 1), capacity], dtype=float)
            last = len(bins) - 1
            place = np.array([*rng.permutation(last)[: (last + 1) // 2], last])
            rows.append((float(size), bins))
            parts.append((float(size), bins[place]))
            expected += (start + place).tolist()
            start += len(bins)
        row = np.repeat(np.arange(len(sizes)), [len(bins) for _, bins in rows])
        column = np.concatenate([bins for _, bins in rows]).astype(int)
        return cls(capacity, sizes, rows + parts, np.array(expected), row, column)

    def ranks(self, answers: Sequence[Any]) -> np.ndarray:
        """Dense ranks of what a rule answered to `rows`, bytes of shape (sizes, capacities from the least to the
        whole): 0 where the item does not fit, equal for equal scores. Raises Invalid if it is no rule."""
        flat = np.concatenate([_scores(answer, row) for answer, row in zip(answers, self.rows, strict=True)])
        if np.isnan(flat).any():
            raise self._nan(flat)
        whole, part = flat[: len(self.row)], flat[len(self.row) :]
        expected = whole[self.expected]
        if not np.array_equal(expected, part):
            self._check_close(expected, part)
        return self._dense(whole)

    def table(self, ranks: np.ndarray) -> Table:
        """The same as orders of preference."""
        below = self.below
        places = np.argsort(ranks, axis=1, kind="stable")[:, ::-1]
        ordered = np.take_along_axis(ranks, places, axis=1)
        fitting = np.count_nonzero(ordered, axis=1).tolist()
        capacities = (places + below).astype(np.uint8)
        order = {size: capacities[at, : fitting[at]].tobytes() for at, size in enumerate(self.sizes)}
        padded = np.zeros((len(self.sizes), 256), dtype=np.uint8)
        padded[:, below : below + ranks.shape[1]] = ranks
        tied = (ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] > 0)
        return Table(order, {size: padded[at].tobytes() for at, size in enumerate(self.sizes)}, bool(tied.any()))

    @property
    def below(self) -> int:
        """The capacity that the first column of ranks stands for: the greatest into which nothing fits."""
        return min(self.sizes) - 1

    def _nan(self, flat: np.ndarray) -> Invalid:
        at = int(np.flatnonzero(np.isnan(flat))[0])
        items = np.concatenate([np.full(len(bins), item) for item, bins in self.rows])
        left = np.concatenate([bins for _, bins in self.rows])
        return Invalid(f"priority({items[at]:g}, bins) is NaN for a bin with {left[at]:g} left")

    def _check_close(self, expected: np.ndarray, part: np.ndarray) -> None:
        start = 0
        for item, bins in self.rows[len(self.sizes) :]:
            ours, theirs = expected[start : start + len(bins)], part[start : start + len(bins)]
            start += len(bins)
            exact = ours != theirs  # then as floats, for integers wrap around and bools cannot be subtracted
            ours, theirs = ours.astype(float), theirs.astype(float)
            largest = np.max(np.abs(ours[np.isfinite(ours)]), initial=0.0)
            with np.errstate(over="ignore", invalid="ignore"):  # large ones, and inf - inf
                differs = exact & ~(np.abs(ours - theirs) <= CLOSE * largest)
            if differs.any():
                at = int(np.flatnonzero(differs)[0])
                raise Invalid(
                    f"priority({item:g}, bins) scores a bin with {bins[at]:g} left {ours[at]:.6g} among some bins and "
                    f"{theirs[at]:.6g} among others: a score may depend on the item and that bin's capacity alone"
                )

    def _dense(self, scores: np.ndarray) -> np.ndarray:
        grid = np.full((len(self.sizes), self.capacity - self.below + 1), -np.inf)
        grid[self.row, self.column - self.below] = np.maximum(scores, np.finfo(float).min)
        order = np.argsort(grid, axis=1)
        ordered = np.take_along_axis(grid, order, axis=1)
        steps = np.zeros(grid.shape, dtype=np.uint8)  # 255 steps at most: a byte holds them
        steps[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
        ranks = np.empty(grid.shape, dtype=np.uint8)
        np.put_along_axis(ranks, order, np.cumsum(steps, axis=1, dtype=np.uint8), axis=1)
        return ranks


def _scores(answer: Any, row: tuple[float, np.ndarray]) -> np.ndarray:
    item, bins = row
    try:
        scores = np.asarray(answer)
    except ValueError:  # lists of several lengths
        scores = np.empty(0, dtype=object)
    if scores.dtype.kind not in "fiub":
        raise Invalid(f"priority({item:g}, bins) returned {repr(answer)[:40]}, not an array of numbers")
    if scores.shape != bins.shape:
        what = f"returned an array of shape {scores.shape} for {len(bins)} bins"
        raise Invalid(f"priority({item:g}, bins) {what}: it must give one score per bin")
    return scores
