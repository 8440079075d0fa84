"""The selectors and populations of the published methods inside the engine: a log replays to the same state, and an
ordered run that was killed goes on as if it had not been."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from speciate.core.budget import Budget
from speciate.core.events import Evaluated, Event, TicketStarted, Turn
from speciate.core.ledger import Ledger
from speciate.core.loop import Settings, evolve
from speciate.core.problem import Recipe
from speciate.core.protocols import Context, Store
from speciate.core.values import Cost, Note, Proposal
from speciate.populations import Clusters, Emigrants, Flat, Islands, MapElites, Resets
from speciate.proposers.mixture import Arm, Mixture
from speciate.recipes.operators import Parents
from speciate.runners.inline import InlineRunner
from speciate.selection import (
    AsymmetricUCB,
    BeamSearch,
    BestOfN,
    Boltzmann,
    ExploreExploit,
    FixedWeights,
    Inspired,
    Models,
    Thompson,
    Weighted,
)
from speciate.store.queries import Run
from speciate.store.sqlite import SqliteStore
from speciate.testing import MemoryStore, ScriptedModel, ToyProblem, state_digest
from speciate.testing.toy import Step

TOY = ToyProblem()
NAMES = ["large", "small"]
EVALS = 80


class Asks:
    """Asks the plan's model, and steps from the first parent whatever it says."""

    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        await context.call(context.plan.data["model"], {"messages": []})
        return [Proposal(Step(0.7)(context.parents[0].genome, context.rng))]


def shinkaevolve() -> Recipe:
    selector = Models(Inspired(Weighted(), top=2, diverse=4, pool=4), NAMES, AsymmetricUCB())
    islands = Islands([Flat(10), Flat(10)], every=9, migrants=2, emigrants=Emigrants.NON_ELITE)
    return Recipe("shinkaevolve", selector, Asks(), islands, in_flight=4)


def funsearch() -> Recipe:
    population = Resets(Islands([Clusters(20, 3) for _ in range(4)], every=0), lambda: Clusters(20, 3), every=11)
    selector = Models(Boltzmann(), NAMES, FixedWeights({"large": 1.0, "small": 0.5}))
    return Recipe("funsearch", selector, Asks(), population, in_flight=4)


def openevolve() -> Recipe:
    shared = Models(Inspired(ExploreExploit()), NAMES, Thompson())
    arms = {"diff": Arm(shared, Asks()), "crossover": Arm(Parents(shared, 2), Asks())}
    mixture = Mixture(arms, AsymmetricUCB())
    grids = [MapElites(TOY.problem.measures) for _ in range(3)]
    return Recipe("openevolve", mixture, mixture, Islands(grids, every=8, share=0.1, both_ways=True, once=True))


def beam() -> Recipe:
    return Recipe("beam", Models(BeamSearch(), NAMES, Thompson()), Asks(), Flat(20), in_flight=4)


def best_of_n() -> Recipe:
    return Recipe("best_of_n", Models(BestOfN(), NAMES, AsymmetricUCB()), Asks(), Flat(20), in_flight=4)


EACH = pytest.mark.parametrize("make", [shinkaevolve, funsearch, openevolve, beam, best_of_n])


class Killed(Exception):
    pass


class Dying(MemoryStore):
    """Takes so many turns and dies at the next."""

    left = 10**9

    def append(self, turn: Turn) -> None:
        if not self.left:
            raise Killed
        self.left -= 1
        super().append(turn)


def run(recipe: Recipe, store: Store, *, ordered: bool = True) -> None:
    problem = replace(TOY.problem, budget=Budget(evals=EVALS))
    model = ScriptedModel({"text": "", "cost": {"tokens": 10, "usd": 0.001}})
    runner = InlineRunner(TOY, slots=3)
    settings = Settings(seed=5, ordered=ordered)

    async def main() -> None:
        await evolve(problem, recipe, store, runner, settings=settings, model=model)

    anyio.run(main)


def state(recipe: Recipe) -> str:
    return state_digest([recipe.selector, recipe.proposer, recipe.population])


def events(store: MemoryStore) -> list[Event]:
    """Without measured time."""
    found = [event for turn in store.read() for event in turn.events]
    return [
        replace(event, evaluation=replace(event.evaluation, cost=Cost())) if isinstance(event, Evaluated) else event
        for event in found
    ]


@EACH
@pytest.mark.parametrize("ordered", [False, True], ids=["arrival", "ordered"])
def test_replay_equals_live(make: Callable[[], Recipe], ordered: bool) -> None:
    live, store = make(), MemoryStore()
    run(live, store, ordered=ordered)
    ledger = Ledger(make(), store.candidate)
    for turn in store.read():
        ledger.fold(turn)
    assert ledger.spent.evals == EVALS
    assert state(ledger.recipe) == state(live)
    started = [event.plan for event in events(store) if isinstance(event, TicketStarted)]
    models = [plan.data["model"] for plan in started if plan.kind == "propose"]
    assert len(models) >= EVALS - 1
    assert set(models) == set(NAMES)


@EACH
@pytest.mark.parametrize("after", [1, 60, 131])
def test_a_killed_ordered_run_goes_on_as_if_it_had_not_been(make: Callable[[], Recipe], after: int) -> None:
    whole, store = MemoryStore(), Dying()
    run(make(), whole)
    store.left = after
    with pytest.raises(Killed):
        run(make(), store)
    store.left = 10**9
    resumed = make()
    run(resumed, store)
    assert events(store) == events(whole)


@pytest.mark.parametrize("make", [shinkaevolve, funsearch, openevolve])
def test_the_store_shows_the_islands_as_they_are(make: Callable[[], Recipe], tmp_path: Path) -> None:
    """After migrations one way and both, and after resets."""
    recipe, path = make(), tmp_path / "run-1.db"
    with SqliteStore.create(path) as store:
        run(recipe, store)
    with Run(path) as found:
        shown = [(each.size, each.best_id) for each in found.summary().islands]
    parts = recipe.population.view().parts
    assert [size for size, _ in shown] == [len(part) for part in parts]
    scores = [None if id is None else part.fitness(id) for (_, id), part in zip(shown, parts, strict=True)]
    assert scores == [None if part.best is None else part.fitness(part.best) for part in parts]
