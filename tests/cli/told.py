"""A made-up run whose every number is known, and the real `main` beside it: what is said of it can be written out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from speciate.cli import main
from speciate.store.sqlite import SqliteStore
from speciate.testing.history import history
from speciate.testing.store import append_all

from .conftest import Ran

COUNT = 26  # candidates; the best is 20
Tell = Callable[..., Ran]


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose ./runs has made_up-1, finished."""
    folder = tmp_path_factory.mktemp("told")
    with SqliteStore.create(folder / "runs" / "made_up-1.db") as store:
        append_all(store, history(COUNT))
    return folder


@pytest.fixture
def tell(here: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Tell:
    """`main` in this process; what it wrote."""

    def call(*tokens: str) -> Ran:
        capsysbinary.readouterr()
        code = main(tokens)
        out, err = capsysbinary.readouterr()
        return Ran(code, out.decode(), err.decode())

    return call


@pytest.fixture
def told(made_up: Path, tell: Tell, monkeypatch: pytest.MonkeyPatch) -> Tell:
    """The same, beside the made-up run, which must only be read."""
    monkeypatch.chdir(made_up)
    return tell
