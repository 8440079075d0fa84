"""What a recorded run said, said again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import anyio
import pytest

from speciate.core.budget import Budget
from speciate.core.codec import encode, without_measured
from speciate.core.errors import UsageError
from speciate.core.events import Called, Event, Granted, Opened, Steered, Stopped, Turn
from speciate.core.loop import Settings, evolve
from speciate.core.problem import Problem, Recipe
from speciate.core.protocols import Context
from speciate.core.rng import SCHEME
from speciate.core.values import JSON, Cost, Note, Proposal, canonical, digest_of
from speciate.llm.chat import Chat, Message, Reply, Speaker, Usage
from speciate.llm.replay import Replay
from speciate.runners.inline import InlineRunner
from speciate.testing import MemoryStore
from tests.core.toys import Bag, Distance, Jitter, PickOne, vector


def chat(text: str) -> JSON:
    return Chat((Message(Speaker.USER, text),)).as_json()


def granted(ticket: int, text: str, n: int = 0, refused: str | None = None) -> Granted:
    return Granted(ticket, digest_of("call", "m", canonical(chat(text))), n, refused=refused)


def called(ticket: int, text: str, said: str, n: int = 0) -> Called:
    request = digest_of("call", "m", canonical(chat(text)))
    return Called(ticket, request, n, "m", chat(text), Reply(said).as_json())


def opened(budget: dict[str, JSON]) -> Opened:
    return Opened(1, {}, {}, budget, True, 8, SCHEME, None, None)


def turns(*events: Event) -> list[Turn]:
    return [Turn(at + 1, 0.0, (event,)) for at, event in enumerate(events)]


def ask(model: Replay, *texts: str) -> list[str]:
    async def main() -> list[str]:
        return [Reply.of(await model.complete("m", chat(each))).text for each in texts]

    return anyio.run(main)


def test_like_requests_are_answered_in_the_order_in_which_they_were_made() -> None:
    log = turns(
        granted(1, "a"), granted(2, "a"), granted(3, "b"), granted(2, "a", 1), granted(4, "a", refused="cost"),
        called(2, "a", "second"), called(3, "b", "other"), called(2, "a", "third", 1), called(1, "a", "first"),
    )  # fmt: skip
    model = Replay(log)
    assert len(model) == 4
    assert ask(model, "a", "b", "a", "a") == ["first", "other", "second", "third"]


def test_a_call_that_was_cut_off_is_passed_over() -> None:
    log = turns(granted(1, "a"), granted(2, "a"), called(2, "a", "second"), granted(1, "a"), called(1, "a", "first"))
    assert ask(Replay(log), "a", "a") == ["first", "second"]
    assert ask(Replay(turns(granted(1, "a"), granted(2, "a"), called(2, "a", "second"))), "a") == ["second"]


def test_what_was_not_asked_is_not_answered() -> None:
    model = Replay(turns(granted(1, "a"), called(1, "a", "first")), "bin_packing-1")
    with pytest.raises(UsageError, match="bin_packing-1 never asked m this"):
        ask(model, "b")
    assert ask(model, "a") == ["first"]
    with pytest.raises(UsageError, match="asked m this once and no more") as raised:
        ask(model, "a")
    assert "seed" in raised.value.do


@pytest.mark.parametrize(
    ("events", "changed"),
    [
        ((Stopped("evaluations"), granted(2, "a")), ""),
        ((Steered("budget", {"evals": 9}, "resume"), granted(2, "a")), ""),
        ((Steered("hint", {}, "me", refused="too late"),), ""),
        ((granted(2, "a"), Stopped("interrupted")), ""),
        ((Steered("hint", {}, "me"),), "was steered (hint)"),
        ((Stopped("interrupted"), granted(2, "a")), ""),
        ((replace(granted(1, "a"), again=True),), ""),
        ((opened({"evals": 9}), replace(granted(1, "a"), again=True)), ""),
        ((opened({"cost": 1.0}), replace(granted(1, "a"), again=True)), "paid for calls that a kill cut off"),
        ((opened({"tokens": 1_000}), replace(granted(1, "a"), again=True)), "paid for calls that a kill cut off"),
    ],
)
def test_what_changed_the_course_of_a_run_is_told(events: tuple[Event, ...], changed: str) -> None:
    assert Replay(turns(granted(1, "a"), *events)).changed == changed


def test_what_was_reserved_is_reserved_again() -> None:
    grant = replace(granted(1, "a"), tokens=70, usd=0.5)
    assert Replay(turns(grant)).most("m", chat("a")) == Cost(tokens=70, usd=0.5)
    assert Replay([]).most("m", chat("a")) == Cost()


class Idea:
    """A model with as many answers as it is asked, however alike the questions, after some while."""

    def __init__(self) -> None:
        self.jitter = Jitter(3)
        self.asked = 0

    def most(self, model: str, prompt: JSON) -> Cost:
        return Cost(tokens=100, usd=0.01)

    async def complete(self, model: str, prompt: JSON) -> JSON:
        self.asked += 1
        reply = Reply(str(self.asked), usage=Usage(10, self.asked % 7), usd=0.001 * (self.asked % 9))
        await self.jitter.wait()
        return reply.as_json()


class Asks:
    """Moves by what a model says, which it asks the same every time."""

    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        told = [Reply.of(await context.call("m", chat("a number, please"))) for _ in range(2)]
        step = sum(int(each.text) for each in told) % 11 - 5
        return [Proposal(vector([each + step for each in context.parents[0].genome.data]))]


def run(model: Idea | Replay, seed: int) -> MemoryStore:
    store = MemoryStore()
    problem = Problem("toy", (vector([40, 7, 0]),), budget=Budget(cost=0.5, failures=None))
    recipe = Recipe("asks", PickOne(), Asks(), Bag(), in_flight=6)

    async def main() -> None:
        runner = InlineRunner(Distance(Jitter(seed)), slots=3)
        await evolve(problem, recipe, store, runner, settings=Settings(ordered=True), model=model)

    anyio.run(main)
    return store


def test_a_recorded_run_repeats_event_for_event_without_its_model() -> None:
    recorded = run(Idea(), 1)
    repeated = run(Replay(recorded.read()), 2)
    events = [[event for turn in store.read() for event in turn.events] for store in (recorded, repeated)]
    assert sum(isinstance(each, Called) for each in events[0]) > 50
    assert [without_measured(encode(each)) for each in events[1]] == [
        without_measured(encode(each)) for each in events[0]
    ]
