"""A run whose model fails as often as not: it completes its budget, keeps within its money, counts what happened."""

from __future__ import annotations

import re
from collections import Counter

import anyio
import pytest

from speciate import recipes
from speciate.core.budget import Budget, Stop
from speciate.core.events import Called, CandidatePlaced, Evaluated, Event, TicketFailed
from speciate.core.loop import Result, evolve
from speciate.core.loop import Settings as RunSettings
from speciate.core.values import JSON
from speciate.llm.chat import Reply
from speciate.llm.pool import Patience, Pool
from speciate.llm.prices import Price, Prices
from speciate.testing import InProcess, MemoryStore
from speciate.testing.model_server import Fault, Server, Settings, serve
from tests.llm.server import VirtualClock
from tests.llm.test_faults import NAMED

from .regression import Regression

EVALS = 30
PRICES = Prices(every=Price(1.0, 10.0))
# What the proposers make of a text that is no child: the first words of a ticket's failure.
REFUSED = {
    Fault.WRONG_EDIT: "edit matched nothing",
    Fault.OUTSIDE: "edit outside the markers",
    Fault.NO_OP: "edit changed nothing",
    Fault.WRONG_FORMAT: "no code in the reply",
    Fault.HUGE: "model truncated",
}


async def faulty(faults: dict[Fault, float], budget: Budget, seed: int = 3) -> tuple[Result, list[Event], Server]:
    """One run of AlphaEvolve's recipe on a problem that takes no time; one answer a ticket, so that each fault of the
    text ends one."""
    events: list[Event] = []
    async with serve(Settings(seed=seed, faults=faults, retry_after=0.01)) as server:
        deadline = 30.0 if Fault.HANG not in faults else 0.2 if len(faults) == 1 else 2.0
        patience = Patience(attempt=deadline, attempts=8)
        pool = Pool([f"local/test@{server.url}"], prices=PRICES, clock=VirtualClock(), patience=patience)
        recipe = recipes.alphaevolve(Regression.problem, models=tuple(pool.names), tries=1, most=400)
        store = MemoryStore()
        settings = RunSettings(seed=seed, budget=budget)
        result = await evolve(Regression.problem, recipe, store, InProcess(Regression()), settings=settings, model=pool)
        await pool.close()
        for turn in store.read():
            events += turn.events
        return result, events, server


def kept_whole(result: Result, events: list[Event]) -> None:
    """Every evaluated candidate is on record once, and placed."""
    evaluated = [each.candidate for each in events if isinstance(each, Evaluated)]
    placed = [each.candidate for each in events if isinstance(each, CandidatePlaced)]
    assert sorted(evaluated) == sorted(placed)
    assert len(set(evaluated)) == len(evaluated) == result.spent.evals


def causes(events: list[Event]) -> Counter[str]:
    """What calls met on the way to their replies, and why tickets failed, by name."""
    met = Counter(each.reason.partition(":")[0] for each in events if isinstance(each, TicketFailed))
    for each in events:
        if isinstance(each, Called):
            met.update(Reply.of(each.reply).faults)
    return met


@pytest.mark.parametrize("fault", Fault)
def test_a_fault_in_three_of_ten_answers_is_counted_by_its_cause(fault: Fault) -> None:
    result, events, server = anyio.run(faulty, {fault: 0.3}, Budget(evals=EVALS))
    given = server.log.faults()[fault]
    assert (result.stop, result.spent.evals) == (Stop.EVALUATIONS, EVALS)
    kept_whole(result, events)
    assert given >= 5
    counted = causes(events)[NAMED[fault].value if fault in NAMED else REFUSED[fault]]
    assert counted >= given if fault is Fault.HANG else counted == given  # impatient with what is only slow, too


def test_all_faults_together() -> None:
    """But for the hang, whose deadline would have to be so short that it meets what is only slow, too."""
    faults: dict[Fault, float] = {each: 0.7 / len(Fault) for each in Fault if each is not Fault.HANG}
    result, events, server = anyio.run(faulty, faults, Budget(evals=60))
    given, counted = server.log.faults(), causes(events)
    assert (result.stop, result.spent.evals) == (Stop.EVALUATIONS, 60)
    kept_whole(result, events)
    assert sum(given.values()) > 80
    for name in {finish.value for finish in NAMED.values()} - {"timeout", "truncated"}:
        assert counted[name] == sum(given[fault] for fault, finish in NAMED.items() if finish.value == name)
    # A rewrite that cannot be used has other words than an edit, so those of texts are told from their sum.
    texts = sum(times for reason, times in counted.items() if reason.startswith(("edit", "no code", "child")))
    assert texts >= sum(given[fault] for fault, reason in REFUSED.items() if not reason.startswith("model"))


@pytest.mark.parametrize("rate", [0.0, 0.7])
@pytest.mark.parametrize("limit", [0.0, 0.004, 0.1])
def test_money_is_never_overspent(limit: float, rate: float) -> None:
    """The server bills every answer that it gave, those that were lost on the way too."""
    faults = dict.fromkeys(Fault, rate / len(Fault)) if rate else {}
    result, events, server = anyio.run(faulty, faults, Budget(evals=1_000, cost=limit))
    billed = sum(each.input * 1e-6 + each.output * 1e-5 for each in server.log.entries if each.status == 200)
    assert result.stop is Stop.COST
    kept_whole(result, events)
    assert billed <= limit + 1e-12
    assert result.spent.usd <= limit + 1e-12
    assert result.spent.usd >= billed * (1 - 1e-9)


def test_a_model_that_gives_nothing_new_is_not_asked_for_ever() -> None:
    result, events, _ = anyio.run(faulty, {Fault.NO_OP: 1.0}, Budget(evals=EVALS))
    asked = sum(isinstance(each, Called) for each in events)
    assert result.stop is Stop.EXHAUSTED
    assert result.detail == "500 answers of models in a row gave duplicates or failed"
    assert 500 <= asked < 520


class Mortal:
    """A model whose server is stopped after so many calls. Runs ask it by a name of its own, whatever the server's."""

    def __init__(self, server: Server, calls: int) -> None:
        self.name = f"local/test@{server.url}"
        self.pool = Pool([self.name], prices=PRICES, clock=VirtualClock())
        self._server, self._left = server, calls

    @property
    def gone(self) -> str:
        return self.pool.gone

    async def complete(self, model: str, prompt: JSON) -> JSON:
        self._left -= 1
        if not self._left:
            await self._server.stop()
        return await self.pool.complete(self.name, prompt)


def test_a_server_that_is_gone_stops_the_run_which_goes_on_when_it_is_back() -> None:
    store = MemoryStore()

    async def run(calls: int) -> Result:
        async with serve(Settings(seed=3)) as server:
            recipe = recipes.alphaevolve(Regression.problem, models=("mortal",), tries=1, most=400)
            settings = RunSettings(seed=3, budget=Budget(evals=EVALS), in_flight=4)
            mortal, runner = Mortal(server, calls), InProcess(Regression())
            result = await evolve(Regression.problem, recipe, store, runner, settings=settings, model=mortal)
            await mortal.pool.close()
            return result

    stopped = anyio.run(run, 15)
    assert stopped.stop is Stop.MODEL
    assert re.fullmatch(r"the last \d+ calls got no answer \(dropped: no connection to .*\)", stopped.detail)
    assert 5 <= stopped.spent.evals < EVALS
    resumed = anyio.run(run, 1_000)
    assert (resumed.stop, resumed.spent.evals) == (Stop.EVALUATIONS, EVALS)
    kept_whole(resumed, [event for turn in store.read() for event in turn.events])
