"""Runs of the engine with language models as operators: whatever they answer, replay and resume give the same run."""

from __future__ import annotations

import re

import anyio
import pytest

from speciate.core.budget import Budget
from speciate.core.events import Called, Proposed, TicketFailed
from speciate.core.ledger import Ledger
from speciate.core.loop import Result, Settings, evolve
from speciate.core.problem import Problem, Recipe
from speciate.core.protocols import Store
from speciate.core.values import JSON, Candidate, Evaluation, Request, Status, canonical, digest_of
from speciate.genomes.text import frozen, python
from speciate.llm.chat import Chat, Finish, Reply, Usage
from speciate.populations import Flat
from speciate.proposers.llm import Archive, Asking, Complete, Crossover, Diff, Novel, Prompter, Rewrite, Thresholds
from speciate.proposers.mixture import Arm, Mixture
from speciate.runners.inline import InlineRunner
from speciate.selection import Adaptive, Inspired, Tournament
from speciate.testing import MemoryStore
from tests.core.test_toys import Dying, Killed, digest, events, timeless
from tests.core.toys import Jitter

SEED = "import math\n\n# EVOLVE-BLOCK-START\ndef f(x):\n    return x + 1.0\n# EVOLVE-BLOCK-END\n\nLAST = f(2)\n"
PROBLEM = Problem("toy", seeds=(python(SEED, "seed.py"),), statement="Raise f.", budget=Budget(evals=60))
FAULTS = (Finish.LENGTH, Finish.REFUSAL, Finish.EMPTY, Finish.THROTTLED)


class Answers:
    """A model whose reply is a function of what it is asked: mostly the program's return with another number, in the
    asked format; of ten replies one is a fault, one prose, one an edit that fits nowhere, one outside the markers."""

    def __init__(self, jitter: int) -> None:
        self.jitter = Jitter(jitter)

    async def complete(self, model: str, prompt: JSON) -> JSON:
        drawn = int(digest_of(model, canonical(prompt)), 16)
        await self.jitter.wait()
        chat = Chat.of(prompt)
        kind, number = drawn % 10, drawn // 10 % 60
        if kind == 0:
            return Reply("", FAULTS[number % 4], usage=Usage(9, 9)).as_json()
        text = "I cannot say." if kind == 1 else self._text(chat, kind, f"    return x * {number}.5")
        return Reply(text, usage=Usage(9, 9)).as_json()

    def _text(self, chat: Chat, kind: int, new: str) -> str:
        asked = re.search(r"Answer format: (\w+)", chat.messages[0].text)
        assert asked is not None
        line = re.findall(r"^    return .*$", chat.messages[1].text, re.MULTILINE)[-1]
        match asked[1]:
            case "diff":
                old = "LAST = f(2)" if kind == 3 else "    nowhere()" if kind == 2 else line
                return f"So.\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"
            case "rewrite":
                return f"```python\n# EVOLVE-BLOCK-START\ndef f(x):\n{new}\n# EVOLVE-BLOCK-END\n```\n"
            case _:
                return f"{new}\n"


class Length:
    """Scores by a number of the text: any will do."""

    async def evaluate(self, candidate: Candidate, request: Request, others: object) -> Evaluation:
        return Evaluation(Status.OK, {"score": float(int(digest_of(candidate.text), 16) % 1000)})


def recipe() -> Recipe:
    prompter, archive, asking = Prompter(PROBLEM), Archive(20), Asking(model="m", tries=2)
    chooses = Inspired(Tournament(2), top=1, diverse=1)
    made = (Diff(prompter, asking), Rewrite(prompter, asking), Crossover(prompter, asking), Complete(prompter, asking))
    arms = {
        each.name: Arm(chooses, Novel(each, archive, prompter, thresholds=Thresholds(text=0.9), tries=2))
        for each in made
    }
    mixture = Mixture(arms, Adaptive())
    return Recipe("toy", mixture, mixture, Flat(30), in_flight=3)


def run(store: Store, made: Recipe, jitter: int) -> Result:
    async def main() -> Result:
        runner = InlineRunner(Length(), slots=2)
        settings = Settings(seed=7, ordered=True)
        return await evolve(PROBLEM, made, store, runner, settings=settings, model=Answers(jitter))

    return anyio.run(main)


@pytest.fixture(scope="module")
def whole() -> tuple[MemoryStore, Recipe]:
    store, made = MemoryStore(), recipe()
    assert run(store, made, 1).spent.evals == 60
    return store, made


def test_every_cause_is_named_and_what_is_evaluated_kept_to_the_markers(whole: tuple[MemoryStore, Recipe]) -> None:
    log = events(whole[0])
    causes = {event.reason.partition(":")[0] for event in log if isinstance(event, TicketFailed)}
    assert {"model truncated", "model refused", "edit matched nothing", "edit outside the markers"} <= causes
    assert {"no code in the reply", "too similar to a candidate"} <= causes
    children = [event.candidate for event in log if isinstance(event, Proposed)]
    assert {frozen(each.text) for each in children} == {frozen(SEED)}
    assert {each.operator for each in children} == {"seed", "diff", "rewrite", "crossover", "complete"}
    assert sum(isinstance(event, Called) for event in log) > 60


def test_replay_equals_live(whole: tuple[MemoryStore, Recipe]) -> None:
    store, made = whole
    ledger = Ledger(recipe(), store.candidate)
    for turn in store.read():
        ledger.fold(turn)
    assert digest(ledger.recipe) == digest(made)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_an_ordered_run_killed_and_resumed_equals_the_uninterrupted_one(
    whole: tuple[MemoryStore, Recipe], share: float
) -> None:
    turns = len(list(whole[0].read()))
    broken = Dying([], int(turns * share))
    with pytest.raises(Killed):
        run(broken, recipe(), 7)
    rest = Dying(list(broken.read()), 10_000)
    run(rest, recipe(), 13)
    assert timeless(rest) == timeless(whole[0])
