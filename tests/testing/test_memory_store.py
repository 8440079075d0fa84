"""The store in memory: what is durable, what a kill loses, and how it fails. A run on it, killed and resumed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import anyio
import pytest

from speciate import recipes
from speciate.core.budget import Budget
from speciate.core.errors import StoreError
from speciate.core.events import Evaluated, Proposed, Stopped, Turn
from speciate.core.loop import Result, Settings, evolve
from speciate.core.values import Candidate, Command, Evaluation, Request, Status
from speciate.testing import InProcess, MemoryStore, StoreSuite, ToyProblem, numbers, state_digest

TOY = ToyProblem()
ONE = Candidate(1, "d", numbers([1.0, 1.0, 1.0]))
FOUND = TOY.score(ONE.genome)


class TestMemoryStore(StoreSuite):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()

    @pytest.fixture
    def request_command(self, store: MemoryStore) -> Callable[[Command], object]:
        return store.send

    @pytest.fixture
    def reader(self, store: MemoryStore) -> Callable[[], Sequence[Turn]]:
        return lambda: list(store.read())


def proposed(first: int) -> Turn:
    return Turn(first, 0.0, (Proposed(1, ONE, Request()),))


def commit(store: MemoryStore) -> None:
    anyio.run(store.commit)


def test_what_is_committed_can_be_read() -> None:
    store = MemoryStore(lazy=True)
    store.append(proposed(1))
    store.append(Turn(2, 0.1, (Evaluated(1, 1, Request(), FOUND), Stopped("target"))))
    assert list(store.read()) == []
    with pytest.raises(KeyError):
        store.candidate(1)
    commit(store)
    assert [turn.first for turn in store.read()] == [1, 2]
    assert [turn.first for turn in store.read(since=1)] == [2]
    assert store.candidate(1) == (ONE, FOUND)


def test_a_sealed_evaluation_is_not_the_candidates_latest() -> None:
    store = MemoryStore()
    store.append(proposed(1))
    store.append(Turn(2, 0.0, (Evaluated(1, 1, Request(stage="sealed"), Evaluation(Status.CRASHED)),)))
    assert store.candidate(1) == (ONE, None)


def test_a_turn_must_follow_the_last_one() -> None:
    store = MemoryStore()
    store.append(proposed(1))
    for wrong in (proposed(1), proposed(3), Turn(2, 0.0, ())):
        with pytest.raises(StoreError, match="cannot follow event 1"):
            store.append(wrong)


def test_after_a_failure_nothing_is_taken() -> None:
    store = MemoryStore(fail_at=2)
    store.append(proposed(1))
    for _ in range(2):
        with pytest.raises(StoreError):
            store.append(proposed(2))
    with pytest.raises(StoreError):
        commit(store)
    assert len(list(store.read())) == 1


def test_a_kill_loses_what_was_not_durable_and_commands_wait_until_they_are_done() -> None:
    store = MemoryStore(lazy=True)
    store.append(proposed(1))
    commit(store)
    store.send(Command("pause"))
    store.send(Command("stop"))
    assert [each.verb for each in store.inbox()] == ["pause", "stop"]
    assert store.inbox() == []
    store.append(Turn(2, 0.0, (Stopped("steered"),)))
    after = store.killed()
    assert [turn.first for turn in after.read()] == [1]
    assert [each.verb for each in after.inbox()] == ["pause", "stop"]
    commit(store)
    assert list(store.killed().inbox()) == []


def test_blobs_are_found_by_their_digest() -> None:
    store = MemoryStore()
    digest = store.blobs.put(b"weights")
    assert store.blobs.put(b"weights") == digest
    assert store.killed().blobs.get(digest) == b"weights"
    with pytest.raises(KeyError):
        store.blobs.get("unknown")


def run(store: MemoryStore, name: str) -> tuple[Result, str, str]:
    recipe = recipes.RECIPES[name](TOY.problem, proposers=TOY.arms())
    settings = Settings(seed=3, budget=Budget(evals=80), ordered=True)

    async def go() -> Result:
        return await evolve(TOY.problem, recipe, store, InProcess(TOY), settings=settings)

    result = anyio.run(go)
    return result, state_digest(recipe.population), state_digest(recipe.selector)


OWN = {"cma_es", "baseline"}  # whose programs these are not: `tests.recipes.test_baselines`

KEYLESS = [name for name, each in recipes.RECIPES.items() if not each.needs_model and name not in OWN]


@pytest.mark.parametrize("name", KEYLESS)
@pytest.mark.parametrize("fail_at", [3, 60, 211])
def test_a_run_that_is_killed_and_resumed_equals_the_uninterrupted_one(name: str, fail_at: int) -> None:
    """Every recipe, in ordered mode: the same events, and the same state of its roles."""
    whole = MemoryStore()
    result, population, selector = run(whole, name)
    broken = MemoryStore(lazy=True, fail_at=fail_at)
    with pytest.raises(StoreError):
        run(broken, name)
    after = broken.killed()
    resumed, population_after, selector_after = run(after, name)
    assert [turn.events for turn in after.read()] == [turn.events for turn in whole.read()]
    assert (resumed.best, population_after, selector_after) == (result.best, population, selector)
