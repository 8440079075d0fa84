"""The store on disk and the one in memory keep the promises of the Protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from speciate.core.events import Turn
from speciate.core.protocols import Store
from speciate.core.values import Command
from speciate.store import opening
from speciate.store.log import Log
from speciate.store.sqlite import SqliteStore, Sync, request
from speciate.testing.memory_store import MemoryStore
from speciate.testing.store import StoreSuite


class TestSqlite(StoreSuite):
    @pytest.fixture(params=list(Sync))
    def store(self, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Store]:
        with SqliteStore.create(tmp_path / "run-1.db", sync=request.param) as store:
            yield store

    @pytest.fixture
    def request_command(self, store: Store, tmp_path: Path) -> Callable[[Command], object]:
        return lambda command: request(tmp_path / "run-1.db", command)

    @pytest.fixture
    def reader(self, store: Store, tmp_path: Path) -> Callable[[], Sequence[Turn]]:
        def read() -> Sequence[Turn]:
            path = tmp_path / "run-1.db"
            with closing(opening.open_to_read(path)) as connection:
                return list(Log(connection, path).turns())

        return read


class TestMemory(StoreSuite):
    @pytest.fixture(params=[False, True])
    def store(self, request: pytest.FixtureRequest) -> Store:
        return MemoryStore(lazy=request.param)

    @pytest.fixture
    def request_command(self, store: Store) -> Callable[[Command], object]:
        assert isinstance(store, MemoryStore)
        return store.send
