"""The conformance suite of `core.protocols.Store`: subclass it and give it a store.

    class TestMine(StoreSuite):
        @pytest.fixture
        def store(self, tmp_path):
            with MyStore(tmp_path) as store:
                yield store

Where the inbox can be reached from outside, override `request_command` as well; where a second reader can be opened on
the same run, `reader`. What is not given is skipped.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import pytest

from speciate.core.codec import encode_turn
from speciate.core.errors import StoreError
from speciate.core.events import Evaluated, Proposed, Turn
from speciate.core.protocols import Store
from speciate.core.values import SEALED, Candidate, Command, Evaluation, Id

from .history import history


def append_all(store: Store, turns: Iterable[Turn]) -> None:
    """Append the turns and wait until they are durable."""

    async def main() -> None:
        for turn in turns:
            store.append(turn)
        await store.commit()

    anyio.run(main)


class StoreSuite:
    """What the engine relies on."""

    @pytest.fixture
    def store(self) -> Store:
        """A store of an empty run."""
        raise NotImplementedError("override the fixture `store`")

    @pytest.fixture
    def request_command(self, store: Store) -> Callable[[Command], object]:
        """Puts a command into the inbox as another process would."""
        pytest.skip("no way to reach the inbox was given")

    @pytest.fixture
    def reader(self, store: Store) -> Callable[[], Sequence[Turn]]:
        """What somebody else reads of the run at this moment."""
        pytest.skip("no second reader was given")

    @pytest.fixture
    def closed(self, store: Store) -> Store:
        """The store, closed."""
        close: Any = getattr(store, "close", None)
        if close is None:
            pytest.skip("this store has no close")
        close()
        return store

    def test_an_empty_run_has_no_turn(self, store: Store) -> None:
        assert list(store.read()) == []

    def test_what_was_appended_is_read(self, store: Store) -> None:
        turns = list(history(40))
        append_all(store, turns)
        assert list(store.read()) == turns

    def test_the_order_of_names_is_kept(self, store: Store) -> None:
        """The first score is the fitness, the first file the main one: equality of mappings would not notice."""
        turns = list(history(5))
        append_all(store, turns)
        assert [encode_turn(turn) for turn in store.read()] == [encode_turn(turn) for turn in turns]

    def test_the_log_has_no_gap(self, store: Store) -> None:
        append_all(store, history(40))
        following = 1
        for turn in store.read():
            assert turn.first == following
            following = turn.last + 1

    def test_reading_goes_on_after_what_is_known(self, store: Store) -> None:
        turns = list(history(20))
        append_all(store, turns)
        for known in turns:
            assert next(iter(store.read(known.last)), None) == next(
                (turn for turn in turns if turn.first > known.last), None
            )

    def test_a_turn_out_of_order_is_refused(self, store: Store) -> None:
        first, second, third, *_ = history(3)
        append_all(store, [first])
        for wrong in (first, third, Turn(second.first, 0.0, ())):
            with pytest.raises(StoreError):
                store.append(wrong)
        append_all(store, [second, third])
        assert [turn.first for turn in store.read()] == [first.first, second.first, third.first]

    def test_commit_without_anything_to_do_returns(self, store: Store) -> None:
        append_all(store, [])

    @pytest.mark.parametrize("backend", ["asyncio", "trio"])
    def test_many_may_wait_for_a_commit(self, store: Store, backend: str) -> None:
        turns = list(history(30))
        seen: list[int] = []

        async def one(turn: Turn) -> None:
            store.append(turn)
            await store.commit()
            seen.append(turn.first)
            assert next(iter(store.read(turn.first - 1))) == turn

        async def main() -> None:
            async with anyio.create_task_group() as group:
                for turn in turns:
                    group.start_soon(one, turn)
                    await anyio.lowlevel.checkpoint()

        anyio.run(main, backend=backend)
        assert sorted(seen) == [turn.first for turn in turns]

    def test_a_candidate_is_found_with_its_latest_evaluation(self, store: Store) -> None:
        turns = list(history(40))
        append_all(store, turns)
        for id, (candidate, evaluation) in _latest(turns).items():
            assert store.candidate(id) == (candidate, evaluation)

    def test_an_unknown_candidate_is_a_key_error(self, store: Store) -> None:
        append_all(store, history(3))
        with pytest.raises(KeyError):
            store.candidate(1_000)

    def test_a_command_is_taken_once(self, store: Store, request_command: Callable[[Command], object]) -> None:
        assert list(store.inbox()) == []
        commands = [Command("budget", {"evals": 200}, "ada"), Command("stop")]
        for command in commands:
            request_command(command)
        assert list(store.inbox()) == commands
        assert list(store.inbox()) == []
        append_all(store, history(2))
        assert list(store.inbox()) == []

    def test_blobs_come_back(self, store: Store) -> None:
        data = bytes(range(256)) * 100
        digest = store.blobs.put(data)
        assert store.blobs.put(data) == digest
        assert store.blobs.get(digest) == data
        with pytest.raises(KeyError):
            store.blobs.get("0" * 32)

    def test_a_reader_beside_the_writer_sees_whole_turns(
        self, store: Store, reader: Callable[[], Sequence[Turn]]
    ) -> None:
        turns = list(history(60))
        over = threading.Event()

        def watch() -> None:
            while not over.is_set():
                seen = list(reader())
                assert seen == turns[: len(seen)]

        with ThreadPoolExecutor(1) as pool:
            watching = pool.submit(watch)
            try:
                append_all(store, turns)
            finally:
                over.set()
            watching.result()
        assert list(reader()) == turns

    def test_after_close_everything_raises(self, closed: Store) -> None:
        for use in (
            lambda: closed.append(next(iter(history(1)))),
            lambda: list(closed.read()),
            lambda: closed.candidate(0),
            closed.inbox,
            lambda: anyio.run(closed.commit),
        ):
            with pytest.raises(StoreError):
                use()


def _latest(turns: Iterable[Turn]) -> dict[Id, tuple[Candidate, Evaluation | None]]:
    known: dict[Id, tuple[Candidate, Evaluation | None]] = {}
    for turn in turns:
        for event in turn.events:
            if isinstance(event, Proposed) and event.new:
                known[event.candidate.id] = (event.candidate, None)
            elif isinstance(event, Evaluated) and event.request.stage != SEALED:
                known[event.candidate] = (known[event.candidate][0], event.evaluation)
    return known
