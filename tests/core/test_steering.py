"""Steered runs: each command does what it says, and replay, kills and ordered mode give the same run again."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
import pytest

from speciate.core.budget import Budget, Stop
from speciate.core.events import Evaluated, Steered, Stopped, TicketStarted, Turn
from speciate.core.loop import Result, Settings, evolve
from speciate.core.values import Candidate, Command, Evaluation, Request
from speciate.runners.inline import InlineRunner
from speciate.testing import MemoryStore

from .scripted import ALL, NEVER, Script, Scripted, drive, folded, plans, position, steered
from .test_toys import Killed, digest, events, timeless
from .toys import TOYS, Distance, Jitter

pytestmark = pytest.mark.usefixtures("at_every_turn")

EVERYTHING: Script = (
    (9, Command("hint", {"text": "try larger steps", "next": 5}, "you")),
    (11, Command("pin", {"id": 2}, "you")),
    (12, Command("ban", {"id": 3}, "you")),
    (14, Command("hint", {"text": "this way", "from": 2}, "you")),
    (16, Command("pause", {}, "you")),
    (16, Command("pin", {"id": 9999}, "you")),
    (16, Command("resume", {}, "you")),
    (20, Command("frobnicate", {"x": 1}, "you")),
    (24, Command("unpin", {"id": 2}, "you")),
    (26, Command("budget", {"evals": 70}, "you")),
)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("ordered", [False, True], ids=["arrival", "ordered"])
def test_replay_of_a_steered_run_equals_live(name: str, ordered: bool) -> None:
    toy, store = TOYS[name](), Scripted(EVERYTHING)
    result = drive(toy, store, ordered=ordered)
    ledger = folded(name, store)
    assert [e.verb for e in steered(store)] == [command.verb for _, command in EVERYTHING]
    assert digest(ledger.recipe) == digest(toy.recipe)
    assert (ledger.best, ledger.budget.evals, ledger.spent.evals) == (result.best, 70, 70)
    assert not ledger.steering.paused
    assert {e.verb for e in steered(store) if e.refused} >= {"frobnicate"}


@pytest.mark.parametrize("name", ALL)
def test_a_steered_ordered_run_killed_and_resumed_equals_the_uninterrupted_one(name: str) -> None:
    """After a kill the commands that are on record stay where they are; those that are not come again, later."""
    whole = Scripted(EVERYTHING)
    toy = TOYS[name]()
    drive(toy, whole, ordered=True)
    turns = list(whole.read())
    places = [index for index, turn in enumerate(turns) if isinstance(turn.events[0], Steered)]
    paused = range(places[4] + 1, places[6] + 1)  # a run that is resumed is not paused: another log
    for after in (places[0] + 1, places[3] + 1, places[7] + 2, places[-1] + 1, len(turns) - 2):
        assert after not in paused
        rest = Scripted(turns=turns[:after])
        drive(TOYS[name](), rest, ordered=True, jitter=after + 100)
        until = next((place for place in places if place >= after), len(turns))
        assert timeless(rest)[:until] == timeless(whole)[:until], f"killed after turn {after}"
    assert digest(folded(name, rest).recipe) == digest(toy.recipe)


def test_kills_lose_no_command_and_do_none_twice() -> None:
    script = [(at, Command("hint", {"text": f"hint {at}"}, "you")) for at in range(6, 30, 3)]
    store: MemoryStore = MemoryStore()
    for _, command in script:
        store.send(command)
    for kill in (2, 9, 30):
        toy = TOYS["random"]()
        broken = _Lazy(store, kill)
        with pytest.raises(Killed):
            drive(toy, broken)
        store = broken.killed()
    drive(TOYS["random"](), store)
    assert [e.args["text"] for e in steered(store)] == [command.args["text"] for _, command in script]


class _Lazy(MemoryStore):
    """Dies at its n-th turn; commands that were taken and are not on record wait again."""

    def __init__(self, before: MemoryStore, after: int) -> None:
        super().__init__()
        for turn in before.turns:
            self.append(turn)
        for command in before.inbox():
            self.send(command)
        self.left = after

    def append(self, turn: Turn) -> None:
        if getattr(self, "left", 1) == 0:
            raise Killed
        if hasattr(self, "left"):
            self.left -= 1
        super().append(turn)


def test_a_paused_run_opens_no_ticket_and_goes_on_when_told_to() -> None:
    store = Scripted([(12, Command("pause", {}, "you")), (NEVER, Command("resume", {}, "you"))])
    result = drive(TOYS["random"](), store)
    log = events(store)
    between = log[position(store, "pause") + 1 : position(store, "resume")]
    assert result.stop is Stop.EVALUATIONS
    assert any(isinstance(e, Evaluated) for e in between), "what is in flight finishes"
    assert not any(isinstance(e, TicketStarted) for e in between)
    assert isinstance(log[position(store, "resume") + 1], TicketStarted)


def test_the_clock_of_active_seconds_stands_still_while_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a virtual clock: ten minutes of pause are no part of a budget of seconds."""
    trio_testing = pytest.importorskip("trio.testing")

    class Slow(Distance):
        async def evaluate(self, candidate: Candidate, request: Request, others: Sequence[Candidate]) -> Evaluation:
            await anyio.sleep(1.0)
            return await super().evaluate(candidate, request, others)

    store = MemoryStore()
    toy = TOYS["random"]()

    async def main() -> None:
        async def person() -> None:
            await anyio.sleep(5.5)
            store.send(Command("pause", {}, "you"))
            await anyio.sleep(600)
            store.send(Command("resume", {}, "you"))

        async with anyio.create_task_group() as group:
            group.start_soon(person)
            runner = InlineRunner(Slow(Jitter(most=0)), slots=3)
            settings = Settings(budget=Budget(evals=40, seconds=60.0))
            results.append(await evolve(toy.problem, toy.recipe, store, runner, settings=settings))

    results: list[Result] = []
    monkeypatch.setattr("speciate.core.loop.POLL", 0.25)
    anyio.run(main, backend="trio", backend_options={"clock": trio_testing.MockClock(autojump_threshold=0)})
    assert results[0].stop is Stop.EVALUATIONS
    assert results[0].spent.seconds < 40


def test_a_paused_run_that_is_resumed_after_a_kill_is_not_paused_any_more() -> None:
    store = Scripted([(12, Command("pause", {}, "you")), (40, Command("stop", {}, "you"))])
    assert drive(TOYS["random"](), store).stop is Stop.STEERED
    rest = Scripted(turns=store.turns)
    assert drive(TOYS["random"](), rest).stop is Stop.EVALUATIONS
    assert [(e.verb, e.author) for e in steered(rest)] == [("pause", "you"), ("stop", "you"), ("resume", "resume")]


def test_stop_ends_the_run_as_ctrl_c_does_and_it_can_be_resumed() -> None:
    store = Scripted([(12, Command("stop", {}, "you"))])
    assert drive(TOYS["random"](), store).stop is Stop.STEERED
    last = events(store)[-1]
    assert isinstance(last, Stopped)
    assert last.reason == "steered"
    assert drive(TOYS["random"](), Scripted(turns=store.turns)).spent.evals == 60


def test_a_hint_is_in_so_many_plans_beside_what_memory_recalls() -> None:
    store = Scripted([(12, Command("hint", {"text": "try less", "next": 3}, "you"))])
    drive(TOYS["coral"](), store)
    hinted = [plan.notes for _, plan in plans(store) if plan.notes and "hints" in plan.notes]
    assert hinted
    assert all(notes["hints"] == ["try less"] and "notes" in notes for notes in hinted)
    store = Scripted([(12, Command("hint", {"text": "try less", "next": 3}, "you"))])
    drive(TOYS["random"](), store)
    at = position(store, "hint")
    after = [e.plan.notes for e in events(store)[at:] if isinstance(e, TicketStarted)]
    assert after[:4] == [{"hints": ["try less"]}] * 3 + [None]
    assert folded("random", store).steering.hints == []


def test_commands_wait_for_a_finished_run_and_more_budget_continues_it() -> None:
    store = MemoryStore()
    drive(TOYS["random"](), store)
    count = len(events(store))
    store.send(Command("hint", {"text": "later"}, "you"))
    assert drive(TOYS["random"](), store).spent.evals == 60
    assert [type(e).__name__ for e in events(store)[count:]] == ["Steered", "Stopped"]
    store.send(Command("budget", {"evals": 64}, "you"))
    assert drive(TOYS["random"](), store).spent.evals == 64
