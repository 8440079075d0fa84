"""Several completions of one prompt in a run: the budget, the log, and what is counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from speciate.core.budget import Budget, Stop
from speciate.core.events import Called, Evaluated, NoteTaken, Proposed, TicketFailed, TicketStarted
from speciate.core.loop import Result, Settings, evolve
from speciate.core.problem import Recipe
from speciate.core.protocols import Store
from speciate.core.values import FAILURE, JSON, Cost, canonical, digest_of
from speciate.llm.chat import Finish, Reply, Usage
from speciate.populations import Flat
from speciate.proposers.llm import Asking, Complete, Prompter
from speciate.runners.inline import InlineRunner
from speciate.selection import Tournament
from speciate.store.queries import Run
from speciate.store.sqlite import SqliteStore
from speciate.testing import MemoryStore
from tests.core.test_toys import Dying, Killed, timeless

from .test_engine import PROBLEM, Length

PRICE = 0.001


class Answers:
    """The n-th time that it is asked the same, another answer; one of five is no function, one of five is cut. Those
    that a log holds have been asked for."""

    def __init__(self, store: Store) -> None:
        events = [event for turn in store.read() for event in turn.events]
        self.asked = Counter(canonical(event.prompt) for event in events if isinstance(event, Called))

    async def complete(self, model: str, prompt: JSON) -> JSON:
        key = canonical(prompt)
        drawn = int(digest_of(key, str(self.asked[key])), 16)
        self.asked[key] += 1
        if drawn % 5 == 1:
            return Reply("", Finish.LENGTH, usage=Usage(50, 50), usd=PRICE).as_json()
        text = "I cannot say." if drawn % 5 == 0 else f"    return x * {drawn % 1000}.5\n"
        return Reply(text, usage=Usage(50, 50), usd=PRICE).as_json()


class Foreseen(Answers):
    """It also tells what a call may take."""

    def most(self, model: str, prompt: JSON) -> Cost:
        return Cost(tokens=200, usd=2 * PRICE)


def run(store: Store, budget: Budget, *, ordered: bool = True, in_flight: int = 3) -> tuple[Result, Answers]:
    complete = Complete(Prompter(PROBLEM), Asking(model="m", tries=1, samples=4))
    recipe = Recipe("toy", Tournament(2), complete, Flat(30), in_flight=in_flight)
    model = Foreseen(store) if budget.cost else Answers(store)

    async def main() -> Result:
        settings = Settings(seed=7, ordered=ordered, budget=budget)
        runner = InlineRunner(Length(), slots=2)
        return await evolve(replace(PROBLEM, budget=budget), recipe, store, runner, settings=settings, model=model)

    return anyio.run(main), model


@pytest.mark.parametrize("ordered", [True, False])
def test_each_ticket_asks_so_often_and_every_child_is_proposed(ordered: bool) -> None:
    store = MemoryStore()
    result, _ = run(store, Budget(evals=41), ordered=ordered)
    events = [event for turn in store.read() for event in turn.events]
    calls = Counter(event.ticket for event in events if isinstance(event, Called))
    tickets = [event.ticket for event in events if isinstance(event, TicketStarted) and event.plan.kind == "propose"]
    assert {calls[ticket] for ticket in tickets} == {4}
    for ticket in tickets:
        assert {event.n for event in events if isinstance(event, Called) and event.ticket == ticket} == {0, 1, 2, 3}
        mine = [event for event in events if getattr(event, "ticket", None) == ticket]
        came = Counter(type(event) for event in mine)
        assert came[Proposed] + came[NoteTaken] + came[TicketFailed] == 4
    assert (result.stop, result.spent.evals) == (Stop.EVALUATIONS, 41)
    assert sum(isinstance(event, Evaluated) for event in events) == 41


def test_money_is_never_passed_and_what_was_paid_for_is_kept() -> None:
    store = MemoryStore()
    result, model = run(store, Budget(cost=30.5 * PRICE))
    assert result.stop is Stop.COST
    calls = sum(model.asked.values())
    assert 27 <= calls <= 29  # one more might take 2, and so might the other two tickets' calls
    assert result.spent.usd == pytest.approx(calls * PRICE)
    events = [event for turn in store.read() for event in turn.events]
    answered = Counter(event.ticket for event in events if isinstance(event, Called))
    ended = Counter(event.ticket for event in events if isinstance(event, Proposed | NoteTaken | TicketFailed))
    assert all(ended[ticket] >= count for ticket, count in answered.items())


@pytest.mark.parametrize("share", [0.1, 0.45, 0.8])
def test_an_ordered_run_killed_and_resumed_equals_the_uninterrupted_one(share: float) -> None:
    whole = MemoryStore()
    run(whole, Budget(evals=41), in_flight=1)
    broken = Dying([], int(len(list(whole.read())) * share))
    with pytest.raises(Killed):
        run(broken, Budget(evals=41), in_flight=1)
    rest = Dying(list(broken.read()), 10_000)
    run(rest, Budget(evals=41), in_flight=1)
    assert timeless(rest) == timeless(whole)


def test_failures_of_single_answers_are_counted_by_name(tmp_path: Path) -> None:
    path = tmp_path / "run-1.db"
    with SqliteStore.create(path) as store:
        run(store, Budget(evals=41))
        events = [event for turn in store.read() for event in turn.events]
    noted = [event.note for event in events if isinstance(event, NoteTaken)]
    failed = [event.reason for event in events if isinstance(event, TicketFailed)]
    assert noted
    assert {note.topic for note in noted} == {FAILURE}
    reasons = Counter(reason.partition(":")[0] for reason in [*failed, *(note.data["reason"] for note in noted)])
    with Run(path) as found:
        skipped = found.summary().skipped
    assert skipped.failures == reasons
    assert set(reasons) == {"no code in the reply", "model truncated"}
    assert skipped.failed == sum(reasons.values())
