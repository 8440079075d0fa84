"""Streams: the same by name, different by any part of it, and independent of each other."""

from __future__ import annotations

import numpy as np

from speciate.core.rng import draw_seed, stream

GOLDEN = [0.608026376461, 0.992465313674, 0.691137071045]


def test_a_stream_is_its_name() -> None:
    assert stream(1, 7, "select").random(5).tolist() == stream(1, 7, "select").random(5).tolist()
    # The scheme is part of every log: these numbers may never change under the same scheme's name.
    assert [round(x, 12) for x in stream(0, 0, "select").random(3).tolist()] == GOLDEN


def test_any_part_of_the_name_makes_another_stream() -> None:
    names = [(1, 7, "select"), (2, 7, "select"), (1, 8, "select"), (1, 7, "propose"), (17, "select"), (1, "7select")]
    draws = {float(stream(*name).random()) for name in names}  # type: ignore[arg-type]
    assert len(draws) == len(names)


def test_streams_are_uncorrelated() -> None:
    rows = np.array([stream(3, ticket, "propose").normal(size=200) for ticket in range(50)])
    correlation = np.corrcoef(rows) - np.eye(50)
    assert float(np.abs(correlation).max()) < 0.4
    assert abs(float(rows.mean())) < 0.05


def test_a_drawn_seed_fits_in_63_bits() -> None:
    seeds = [draw_seed(1, ticket, "inner") for ticket in range(100)]
    assert len(set(seeds)) == 100
    assert all(0 <= seed < 2**63 for seed in seeds)
