"""Two runs that the questions are asked of: a long plain one, and one where models speak and candidates are hostile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from speciate.dashboard.api import ROUTES, Asked, Bytes, Document
from speciate.store.queries import Run
from speciate.store.sqlite import SqliteStore
from speciate.testing.history import history
from speciate.testing.store import append_all

from .spoken import spoken

Answers = Callable[..., dict[str, Any]]
BY_PATTERN = {route.pattern: route.ask for route in ROUTES}


@pytest.fixture(scope="package")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plain") / "made_up-1.db"
    with SqliteStore.create(path) as store:
        append_all(store, history(300))
    return path


@pytest.fixture(scope="package")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("talk") / "talk-1.db"
    with SqliteStore.create(path) as store:
        append_all(store, spoken())
    return path


@pytest.fixture
def run(plain: Path) -> Iterator[Run]:
    with Run(plain) as opened:
        yield opened


@pytest.fixture
def said(talk: Path) -> Iterator[Run]:
    with Run(talk) as opened:
        yield opened


def bytes_of(run: Run, pattern: str, path: dict[str, str] | None = None, /, **query: object) -> bytes:
    """What is sent; a name that is a keyword of Python has a line behind it."""
    asked = Asked(path or {}, {name.rstrip("_"): str(value) for name, value in query.items()})
    answer = BY_PATTERN[pattern](run, asked)
    return answer.encode() if isinstance(answer, Document) else b"".join(answer.parts)


def ask(run: Run, pattern: str, path: dict[str, str] | None = None, /, **query: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bytes_of(run, pattern, path, **query))
    return found


def file_of(run: Run, pattern: str, path: dict[str, str], /) -> Bytes:
    answer = BY_PATTERN[pattern](run, Asked(path))
    assert isinstance(answer, Bytes)
    return answer
