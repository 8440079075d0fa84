"""Moves of arrays: what each keeps, for any array."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from speciate.proposers import moves
from speciate.proposers.moves import Array

NUMBERS = st.floats(-1e6, 1e6)
POINTS = arrays(float, st.tuples(st.integers(1, 12), st.integers(1, 4)), elements=NUMBERS)
STEPS = arrays(float, st.integers(1, 60), elements=NUMBERS)
SEEDS = st.integers(0, 2**32 - 1)
ONE_PARENT = (moves.nudge, moves.relocate, moves.reshape)
Move = Callable[[Array, np.random.Generator], Array]


@pytest.mark.parametrize("move", ONE_PARENT)
@given(POINTS, SEEDS)
def test_points_stay_as_many_and_finite(move: Move, array: Array, seed: int) -> None:
    before = array.copy()
    moved = move(array, np.random.default_rng(seed))
    assert moved.shape == array.shape
    assert np.isfinite(moved).all()
    assert np.array_equal(array, before), "the parent's array was changed"


@pytest.mark.parametrize("move", ONE_PARENT)
@given(STEPS, SEEDS)
def test_step_functions_stay_step_functions(move: Move, array: Array, seed: int) -> None:
    before = array.copy()
    moved = move(array, np.random.default_rng(seed))
    assert moved.ndim == 1
    assert moved.size
    assert np.isfinite(moved).all()
    assert np.array_equal(array, before)


@given(STEPS, st.integers(1, 200))
def test_another_grid_has_the_same_mean(array: Array, length: int) -> None:
    found = moves.resampled(array, length)
    assert found.shape == (length,)
    assert found.mean() == pytest.approx(array.mean(), rel=1e-9, abs=1e-6)


def test_a_finer_grid_repeats_and_a_coarser_one_averages() -> None:
    assert moves.resampled(np.array([1.0, 3.0]), 4) == pytest.approx([1, 1, 3, 3])
    assert moves.resampled(np.array([1.0, 1.0, 3.0, 5.0]), 2) == pytest.approx([1, 4])


@given(SEEDS)
def test_cut_and_splice_takes_whole_rows_of_both(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ours, theirs = rng.uniform(size=(8, 2)), rng.uniform(size=(8, 2)) + 0.001
    rows = {tuple(row) for row in [*ours.tolist(), *theirs.tolist()]}
    child = moves.recombine(ours, theirs, rng)
    assert child.shape == ours.shape
    assert {tuple(row) for row in child.tolist()} <= rows


def test_relocation_moves_few_points_and_leaves_the_others() -> None:
    array = np.random.default_rng(0).uniform(size=(20, 3))
    for seed in range(30):
        moved = moves.relocate(array, np.random.default_rng(seed))
        assert 1 <= (moved != array).any(axis=1).sum() <= 2


def test_scales_of_nudges_range_from_fine_to_coarse() -> None:
    array = np.random.default_rng(1).uniform(size=(10, 2))
    steps = [np.abs(moves.nudge(array, np.random.default_rng(seed)) - array).max() for seed in range(300)]
    assert min(steps) < 1e-3
    assert max(steps) > 0.2
