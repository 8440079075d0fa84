"""The loop carries every toy: replay equals live, ordered resume equals the whole run, arrival loses nothing."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import anyio
import pytest

from speciate.core.budget import Budget, Stop
from speciate.core.errors import UsageError
from speciate.core.events import Called, CandidatePlaced, Evaluated, Event, Proposed, TicketClosed, TicketFailed, Turn
from speciate.core.ledger import Ledger
from speciate.core.loop import Result, Settings, evolve
from speciate.core.problem import Problem, Recipe
from speciate.core.protocols import Store
from speciate.core.values import Candidate, Cost, Evaluation, Proposal, Request, Status
from speciate.runners.inline import InlineRunner
from speciate.store.sqlite import SqliteStore
from speciate.testing import MemoryStore, state_digest

from .toys import TOYS, Bag, Distance, Echo, Jitter, Mutate, PickOne, Toy, vector

ALL = sorted(TOYS)


class Killed(Exception):
    pass


class Dying(MemoryStore):
    """Dies before it would take its n-th turn, as a process does: what was appended stays."""

    def __init__(self, turns: Sequence[Turn], after: int) -> None:
        super().__init__()
        for turn in turns:
            super().append(turn)
        self.left = after

    def append(self, turn: Turn) -> None:
        if self.left == 0:
            raise Killed
        self.left -= 1
        super().append(turn)


def run(toy: Toy, store: Store, ordered: bool, jitter: int, seed: int = 3) -> tuple[Result, Echo, Distance]:
    model, evaluator = Echo(Jitter(jitter)), Distance(Jitter(jitter + 1))
    runner = InlineRunner(evaluator, slots=3)
    settings = Settings(seed=seed, ordered=ordered)
    call = evolve(toy.problem, toy.recipe, store, runner, settings=settings, model=model)
    return _await(call), model, evaluator


def _await(call: Coroutine[Any, Any, Result]) -> Result:
    async def main() -> Result:
        return await call

    return anyio.run(main)


def events(store: Store) -> list[Event]:
    return [event for turn in store.read() for event in turn.events]


def timeless(store: Store) -> list[tuple[Event, ...]]:
    """The turns without measured time."""
    return [tuple(map(_timeless, turn.events)) for turn in store.read()]


def _timeless(event: Event) -> Event:
    if isinstance(event, Evaluated):
        return replace(event, evaluation=replace(event.evaluation, cost=Cost()))
    return event


def folded(name: str, store: Store) -> Ledger:
    ledger = Ledger(TOYS[name]().recipe, store.candidate)
    for turn in store.read():
        ledger.fold(turn)
    return ledger


def digest(recipe: Recipe) -> str:
    return state_digest([recipe.selector, recipe.proposer, recipe.population, recipe.memory])


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("ordered", [False, True], ids=["arrival", "ordered"])
def test_replay_equals_live(name: str, ordered: bool) -> None:
    toy, store = TOYS[name](), MemoryStore()
    result, _, _ = run(toy, store, ordered, jitter=5)
    ledger = folded(name, store)
    assert result.spent.evals == 60
    assert digest(ledger.recipe) == digest(toy.recipe)
    assert ledger.spent.evals == 60
    assert ledger.best == result.best
    assert not ledger.open


@pytest.mark.parametrize("name", ALL)
def test_the_ordered_log_does_not_depend_on_timing(name: str) -> None:
    logs = []
    for jitter in (0, 11, 42):
        store = MemoryStore()
        run(TOYS[name](), store, True, jitter)
        logs.append(timeless(store))
    assert logs[0] == logs[1] == logs[2]


@pytest.mark.parametrize("name", ALL)
def test_ordered_resume_equals_the_uninterrupted_run(name: str) -> None:
    whole = MemoryStore()
    toy = TOYS[name]()
    run(toy, whole, True, jitter=1)
    turns = list(whole.read())
    for after in (1, 2, len(turns) // 3, len(turns) // 2, len(turns) - 3, len(turns) - 1):
        broken = Dying([], after)
        with pytest.raises(Killed):
            run(TOYS[name](), broken, True, jitter=after)
        again = TOYS[name]()
        rest = Dying(list(broken.read()), 10_000)
        run(again, rest, True, jitter=after + 100)
        assert timeless(rest) == timeless(whole), f"killed after turn {after}"
        assert digest(again.recipe) == digest(toy.recipe)


@pytest.mark.parametrize("name", ALL)
def test_arrival_order_loses_nothing_and_pays_nothing_twice(name: str) -> None:
    store = MemoryStore()
    asked = 0
    for kill in (3, 20, 31):
        broken = Dying(list(store.read()), kill)
        with pytest.raises(Killed):
            run(TOYS[name](), broken, False, jitter=kill)
        assert list(broken.read())[: len(list(store.read()))] == list(store.read())
        store = broken
    before = events(store)
    last = Dying(list(store.read()), 10_000)
    result, model, _ = run(TOYS[name](), last, False, jitter=77)
    after = events(last)
    assert after[: len(before)] == before
    assert result.stop is Stop.EVALUATIONS
    assert result.spent.evals == 60
    recorded = [(e.ticket, e.request, e.n) for e in after if isinstance(e, Called)]
    assert len(recorded) == len(set(recorded)), "a recorded reply was paid again"
    asked = len(model.asked)
    assert asked >= len(recorded) - len([e for e in before if isinstance(e, Called)])
    proposed = {e.candidate.id for e in after if isinstance(e, Proposed) and e.rejected is None}
    placed = {e.candidate for e in after if isinstance(e, CandidatePlaced)}
    assert proposed == placed, "a proposed candidate was lost"


def test_a_nested_run_is_an_evaluation() -> None:
    """MetaDE: the outer genome is the inner run's width; its score is what the inner run reaches."""

    class Inner:
        async def evaluate(self, candidate: Candidate, request: Request, others: Sequence[Candidate]) -> Evaluation:
            toy = TOYS["bounded"]()
            problem = replace(toy.problem, budget=Budget(evals=8), seeds=(vector([candidate.genome.data[0]] * 4),))
            settings = Settings(seed=sum(candidate.genome.data), ordered=True)
            runner = InlineRunner(Distance(Jitter(0, most=0)), slots=1)
            inner = await evolve(problem, toy.recipe, MemoryStore(), runner, settings=settings)
            assert inner.spent.best is not None
            return Evaluation(Status.OK, {"score": inner.spent.best})

    problem = Problem("meta", (vector([1, 1, 1, 1]),), budget=Budget(evals=15), digest="meta")
    recipe = Recipe("meta", PickOne(), Mutate(), Bag(), in_flight=3)
    store = MemoryStore()
    result = _await(evolve(problem, recipe, store, InlineRunner(Inner(), slots=2), settings=Settings(ordered=True)))
    assert result.spent.evals == 15
    assert result.spent.best is not None
    assert result.spent.best > -144


def test_budget_is_exact_when_duplicates_and_failures_happen() -> None:
    for name in ("gepa", "funsearch", "coral"):
        store = MemoryStore()
        run(TOYS[name](), store, False, jitter=9)
        closing = [e for e in events(store) if isinstance(e, TicketClosed | TicketFailed)]
        assert len(closing) == len({e.ticket for e in closing})
        rejected = [e for e in events(store) if isinstance(e, Proposed) and e.rejected]
        assert all(e.rejected and (e.rejected.startswith(("duplicate of", "too large", "budget"))) for e in rejected)


@dataclass
class Limit:
    budget: Budget
    stop: Stop


@pytest.mark.parametrize(
    "limit",
    [
        Limit(Budget(evals=9), Stop.EVALUATIONS),
        Limit(Budget(proposals=7), Stop.PROPOSALS),
        Limit(Budget(seconds=0.0), Stop.SECONDS),
        Limit(Budget(cpu=0.0), Stop.CPU),
        Limit(Budget(evals=500, target=-40.0), Stop.TARGET),
        Limit(Budget(evals=5000, patience=40), Stop.PATIENCE),
        Limit(Budget(evals=500, tokens=100), Stop.TOKENS),
        Limit(Budget(evals=500, cost=0.05), Stop.COST),
    ],
    ids=lambda limit: limit.stop,
)
def test_each_limit_stops_at_a_clean_boundary_and_says_so(limit: Limit) -> None:
    toy = TOYS["shinka"]()
    store = MemoryStore()
    result, _, _ = run(Toy(replace(toy.problem, budget=limit.budget), toy.recipe), store, False, jitter=2)
    assert result.stop is limit.stop
    assert events(store)[-1].reason == limit.stop  # type: ignore[union-attr]
    assert not folded("shinka", store).open
    if limit.budget.evals is not None:
        assert result.spent.evals <= limit.budget.evals
    if limit.budget.proposals is not None:
        assert result.spent.proposals == 7


def test_cpu_seconds_end_a_run_and_only_what_was_under_way_passes_them() -> None:
    class Dear(Distance):
        async def evaluate(self, candidate: Candidate, request: Request, others: Sequence[Candidate]) -> Evaluation:
            return replace(await super().evaluate(candidate, request, others), cost=Cost(seconds=9.0, cpu=2.0))

    toy, store = TOYS["random"](), MemoryStore()
    runner = InlineRunner(Dear(Jitter(1)), slots=3)
    result = _await(evolve(toy.problem, toy.recipe, store, runner, settings=Settings(budget=Budget(cpu=15.0))))
    assert result.stop is Stop.CPU
    evaluated = [each for each in events(store) if isinstance(each, Evaluated)]
    assert result.spent.cpu == 2.0 * len(evaluated)
    assert 15.0 <= result.spent.cpu <= 15.0 + 2.0 * 6  # twice as many tickets as slots


@pytest.mark.parametrize("budget", [Budget(seconds=5.0), Budget(cpu=5.0)], ids=["seconds", "cpu"])
def test_timing_decides_nothing_in_ordered_mode(budget: Budget) -> None:
    toy, runner = TOYS["random"](), InlineRunner(Distance(Jitter(1)), slots=1)
    with pytest.raises(UsageError, match=r"a budget of 5 (CPU )?seconds cannot be kept in ordered mode"):
        _await(evolve(toy.problem, toy.recipe, MemoryStore(), runner, settings=Settings(ordered=True, budget=budget)))


def test_a_finished_run_is_left_as_it_is_and_more_budget_continues_it() -> None:
    toy, store = TOYS["random"](), MemoryStore()
    first, _, _ = run(toy, store, False, 1)
    count = len(events(store))
    again, _, evaluator = run(TOYS["random"](), store, False, 1)
    assert (again.stop, again.best) == (first.stop, first.best)
    assert len(events(store)) == count
    assert evaluator.count == 0
    settings = Settings(budget=Budget(evals=75))
    toy = TOYS["random"]()
    runner = InlineRunner(Distance(Jitter()), slots=2)
    more = _await(evolve(toy.problem, toy.recipe, store, runner, settings=settings))
    assert more.spent.evals == 75


def test_an_exhausted_search_ends_with_its_reason() -> None:
    class Same:
        async def propose(self, context: object) -> Sequence[Proposal]:
            return [Proposal(vector([0, 0, 1, 2]))]

    problem = Problem("toy", (vector([0, 0, 1, 2]),), budget=Budget(evals=5), digest="toy")
    recipe = Recipe("same", PickOne(), Same(), Bag(), in_flight=2)
    result = _await(evolve(problem, recipe, MemoryStore(), InlineRunner(Distance(Jitter(most=0)), slots=1)))
    assert result.stop is Stop.EXHAUSTED
    assert "in a row were duplicates or failed" in result.detail


@pytest.mark.parametrize("name", ALL)
def test_the_real_store_carries_every_toy(name: str, tmp_path: Path) -> None:
    """The same log on disk as in memory, folded back from the file to the same state."""
    memory = MemoryStore()
    run(TOYS[name](), memory, True, jitter=1)
    toy = TOYS[name]()
    with SqliteStore.create(tmp_path / "run.db") as store:
        run(toy, store, True, jitter=9)
        assert timeless(store) == timeless(memory)
        assert digest(folded(name, store).recipe) == digest(toy.recipe)
