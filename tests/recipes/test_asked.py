"""Recipes that ask a language model, on the real engine and sandbox, with the model server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import speciate
from speciate.testing.model_server import Server, Settings, running

ARMS = {"alphaevolve": {"diff", "rewrite"}, "openevolve": {"diff"}, "funsearch": {"complete"}}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(Settings(seed=2)) as server:
        yield server


@pytest.mark.parametrize("name", ARMS)
def test_a_run_asks_its_model(name: str, server: Server, tmp_path: Path) -> None:
    model = f"local/test-model@{server.url}"
    with speciate.evolve(
        "bin_packing", name, model=model, budget=60, seed=1, store=tmp_path, slots=1, ordered=True
    ) as run:
        summary = run.summary()
    assert summary.evals == 60
    assert {move.operator for move in summary.moves if move.tries} - {"seed"} == ARMS[name]
    (used,) = summary.models
    assert (used.model, used.answered) == (model, used.calls)
    assert used.calls >= 59
    assert summary.counts["ok"] > 45
