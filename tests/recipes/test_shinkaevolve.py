"""ShinkaEvolve's own parts in runs of the engine: its notes, in both modes, after a kill, and where a model fails."""

from __future__ import annotations

from collections import Counter

import anyio
import pytest

from speciate import recipes
from speciate.core.budget import Budget
from speciate.core.events import CandidatePlaced, NoteTaken, TicketFailed, TicketStarted
from speciate.core.ledger import Ledger
from speciate.core.loop import Settings, evolve
from speciate.core.problem import Recipe
from speciate.core.protocols import Store
from speciate.core.values import JSON, REFLECT, canonical, digest_of
from speciate.llm.chat import Chat, Embed, Finish, Reply, Usage
from speciate.models import names_of
from speciate.testing import InProcess, MemoryStore
from speciate.testing.model_server.embedding import vector
from tests.core.test_toys import Dying, Killed, digest, events, timeless
from tests.core.toys import Jitter

from .fixed import FORMAT, PROBLEM, SAYS
from .regression import Regression

ALL = {
    "operators.fix": 0.1,
    "instructions.every": 12,
    "prompt.failures": 2,
    "novelty.embedder": ["vectors"],
    "novelty.judge": ["judge"],
}


class Answers:
    """A reply is a function of what is asked; of the questions that end in notes every `faulty`-th fails."""

    def __init__(self, jitter: int, faulty: int = 4) -> None:
        self.jitter = Jitter(jitter)
        self.faulty = faulty

    async def complete(self, model: str, prompt: JSON) -> JSON:
        drawn = int(digest_of(model, canonical(prompt)), 16)
        await self.jitter.wait()
        if "embed" in prompt:
            return Reply(vectors=tuple(map(vector, Embed.of(prompt).texts)), usage=Usage(9)).as_json()
        chat = Chat.of(prompt)
        found = FORMAT.search(chat.messages[0].text)
        assert found is not None
        if found[1] in ("items", "text") and drawn % self.faulty == 0:
            return Reply("", Finish.REFUSAL, usage=Usage(9, 9)).as_json()
        return Reply(SAYS[found[1]](chat, drawn % 840), usage=Usage(9, 9)).as_json()


def recipe(**settings: JSON) -> Recipe:
    return recipes.load("shinkaevolve", PROBLEM, {"models": ["one", "two"], **settings})


def run(store: Store, made: Recipe, jitter: int = 1, *, ordered: bool = True, evals: int = 60, faulty: int = 4) -> None:
    async def main() -> None:
        settings = Settings(seed=5, ordered=ordered, budget=Budget(evals=evals))
        runner = InProcess(Regression(), slots=2)
        await evolve(PROBLEM, made, store, runner, settings=settings, model=Answers(jitter, faulty))

    anyio.run(main)


@pytest.fixture(scope="module")
def whole() -> tuple[MemoryStore, Recipe]:
    store, made = MemoryStore(), recipe(**ALL)
    run(store, made)
    return store, made


def test_replay_equals_live(whole: tuple[MemoryStore, Recipe]) -> None:
    store, made = whole
    ledger = Ledger(recipe(**ALL), store.candidate)
    for turn in store.read():
        ledger.fold(turn)
    assert digest(ledger.recipe) == digest(made)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_an_ordered_run_killed_and_resumed_equals_the_uninterrupted_one(
    whole: tuple[MemoryStore, Recipe], share: float
) -> None:
    broken = Dying([], int(len(list(whole[0].read())) * share))
    with pytest.raises(Killed):
        run(broken, recipe(**ALL), 7)
    rest = Dying(list(broken.read()), 10_000)
    run(rest, recipe(**ALL), 13)
    assert timeless(rest) == timeless(whole[0])


@pytest.mark.parametrize("ordered", [True, False], ids=["ordered", "arrival"])
def test_every_program_is_summarised_once_and_every_period_once(ordered: bool) -> None:
    store = MemoryStore()
    run(store, recipe(), ordered=ordered, evals=65)
    plans = [each.plan for each in events(store) if isinstance(each, TicketStarted) and each.plan.kind == REFLECT]
    new = [id for plan in plans for id in plan.inspirations[: plan.data["new"]]]
    placed = [each.candidate for each in events(store) if isinstance(each, CandidatePlaced)]
    assert 4 <= len(plans) <= 6
    assert max(Counter(new).values()) == 1
    assert all(plan.data["new"] >= 10 for plan in plans)
    assert len(placed) - len(new) <= 20  # the seed, and those since the last period


def test_with_a_model_that_never_reflects_the_search_goes_on_and_asks_once_a_period() -> None:
    store = MemoryStore()
    run(store, recipe(), evals=65, faulty=1)
    log = events(store)
    tickets = {each.ticket for each in log if isinstance(each, TicketStarted) and each.plan.kind == REFLECT}
    failed = {each.ticket for each in log if isinstance(each, TicketFailed)}
    assert 5 <= len(tickets) <= 6
    assert tickets <= failed
    assert not [each for each in log if isinstance(each, NoteTaken)]


def test_later_prompts_have_a_recommendation_and_notes_can_be_turned_off() -> None:
    store = MemoryStore()
    run(store, recipe(), evals=45, faulty=10**6)
    plans = [each.plan for each in events(store) if isinstance(each, TicketStarted)]
    told = ["recommendation" in (plan.notes or {}) for plan in plans if plan.kind == "propose"]
    first = told.index(True)
    assert first >= 10
    assert all(told[first:])
    store = MemoryStore()
    run(store, recipe(**{"scratchpad.every": 0}), evals=25)
    assert not [each for each in events(store) if isinstance(each, TicketStarted) and each.plan.kind == REFLECT]


def test_every_model_that_it_may_ask_is_known_before_anything_is_spent() -> None:
    assert names_of(recipe()) == ("one", "two")
    named = {"scratchpad.models": ["two", "three"]}
    assert names_of(recipe(**ALL, **named)) == ("one", "two", "three", "vectors", "judge")
