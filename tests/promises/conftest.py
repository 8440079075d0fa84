"""Real runs as a user starts them, killed from outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from speciate.testing.engines import APPROXIMATE, Engine, written


@pytest.fixture(scope="session")
def problem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(APPROXIMATE, tmp_path_factory.mktemp("problems") / "approximate")


@pytest.fixture
def engine(problem: Path, tmp_path: Path) -> Engine:
    return Engine(problem, tmp_path / "runs")
