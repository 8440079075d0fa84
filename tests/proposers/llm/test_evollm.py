"""EvoLLM as a selector and a proposer: what it shows, what it samples, what it remembers, and whole runs of it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import anyio
import numpy as np
import pytest

from speciate import recipes
from speciate.core.budget import Budget
from speciate.core.errors import UsageError
from speciate.core.events import Called, Evaluated, NoteTaken, Proposed, TicketStarted
from speciate.core.ledger import Ledger
from speciate.core.loop import Settings, evolve
from speciate.core.problem import Direction, Language, Objective, Problem, Recipe
from speciate.core.protocols import Context, Store
from speciate.core.rng import stream
from speciate.core.values import (
    FAILURE,
    FITNESS,
    JSON,
    Candidate,
    Change,
    Closed,
    Evaluation,
    Failed,
    Id,
    Placed,
    Placement,
    Plan,
    Proposal,
    Request,
    Started,
    Status,
    canonical,
    digest_of,
)
from speciate.genomes.text import python
from speciate.llm.chat import Chat, Reply
from speciate.populations import Flat
from speciate.proposers.llm import Asking, EvoLLM, Prompter, Shape
from speciate.proposers.mixture import Mixture
from speciate.proposers.syntax import Limits, Reader
from speciate.proposers.vectors import Vectors
from speciate.runners.inline import InlineRunner
from speciate.selection import Tournament
from speciate.testing import MemoryStore, ProposerSuite
from speciate.testing.fakes import FixedContext, FixedView, ScriptedModel
from tests.core.test_toys import Dying, Killed, digest, timeless

from .worlds import asked, propose, reply, shown

TEXT = "# EVOLVE-BLOCK-START\ndef f(x: float) -> float:\n    return {0} * x * x + {1} * x + {2}\n# EVOLVE-BLOCK-END\n"
GOAL = (2.5, -1.5, 4.5)
SEED = TEXT.format(1.0, 0.5, 2.0)
PROBLEM = Problem(
    "curve",
    seeds=(python(SEED, "seed.py"),),
    objectives=(Objective("error", Direction.MINIMIZE),),
    language=Language(),
    budget=Budget(evals=60),
)
SHAPE = Shape(children=4, generations=2, members=2)
LIST = re.compile(r"fitness -?\d+: (\[.*\])")


class Error:
    """The distance of the three numbers from the goal."""

    async def evaluate(self, candidate: Candidate, request: Request, others: Sequence[Candidate]) -> Evaluation:
        found = VECTORS.read(candidate.genome)
        if found is None or len(found.values) != len(GOAL):
            return Evaluation(Status.INVALID, feedback="another program")
        return Evaluation(Status.OK, {"error": -float(np.linalg.norm(found.values - GOAL))})


class Climber:
    """Answers by the prompt alone: on from the worst through the best; one of six is no list."""

    async def complete(self, model: str, prompt: JSON) -> JSON:
        rows = [json.loads(each) for each in LIST.findall(Chat.of(prompt).messages[1].text)]
        if int(digest_of(canonical(prompt)), 16) % 6 == 0:
            return Reply("I cannot.").as_json()
        mean = [round(2 * best - worst) for best, worst in zip(rows[-1], rows[0], strict=True)]
        return Reply(json.dumps(mean)).as_json()


VECTORS = Vectors(PROBLEM.language, Reader(()), Limits())


def strategy(shape: Shape = SHAPE, tries: int = 1) -> EvoLLM:
    return EvoLLM(Tournament(), VECTORS, Prompter(PROBLEM), Asking(model="m", tries=tries), shape)


def candidate(id: Id, *values: float) -> Candidate:
    genome = python(TEXT.format(*values), "seed.py")
    return Candidate(id, genome.digest, genome, notes={"numbers": list(values)})


def placed(of: EvoLLM, ticket: int, plan: Plan, *children: tuple[Candidate, float]) -> None:
    for child, fitness in children:
        found = Evaluation(Status.OK, {"error": fitness})
        of.observe(Placed(ticket, plan, child, Request(), found, Placement(Change.ADDED), 0.0))
    of.observe(Closed(ticket, plan, 0.0))


def warm(shape: Shape = SHAPE) -> tuple[EvoLLM, FixedView]:
    """The seed at -4 and a generation of three around it."""
    of, view = strategy(shape), FixedView({1: -4.0})
    placed(of, 0, Plan(kind="seed"), (candidate(1, 1.0, 0.5, 2.0), -4.0))
    plan = of.select(view, stream(0, 1, "select"))
    assert plan is not None
    assert "generations" not in plan.data
    children = [
        (candidate(2, 1.0, 0.5, 3.0), -3.0),
        (candidate(3, 1.5, 0.5, 2.0), -3.5),
        (candidate(4, 0.5, 0.5, 1.0), -5.0),
    ]
    placed(of, 1, plan, *children)
    return of, FixedView({1: -4.0})


def around(of: EvoLLM, view: FixedView, *answers: str | JSON) -> FixedContext:
    plan = of.select(view, stream(0, 2, "select"))
    assert plan is not None
    model = ScriptedModel(*(reply(each) if isinstance(each, str) else each for each in answers)) if answers else None
    return FixedContext([candidate(1, 1.0, 0.5, 2.0)], plan, model=model)


def test_the_best_of_the_best_generations_stand_in_the_plan_least_first() -> None:
    """Shown are the seed (-4) and the two best of the generation (-3.5, -3). Numbers span 1 to 1.5, 0.5 by the least
    width, and 2 to 3: sigma 0.2 times the sizes 1, 0.5 and 2 makes 0.2, 0.1 and 0.4."""
    of, view = warm()
    plan = of.select(view, stream(0, 2, "select"))
    assert plan is not None
    assert plan.data["generations"] == [[[0, [0, 500, 0]]], [[500, [1000, 500, 0]], [1000, [0, 500, 1000]]]]
    assert plan.data["low"] == pytest.approx([1.0, 0.45, 2.0])
    assert plan.data["width"] == pytest.approx([0.5, 0.1, 1.0])
    assert (plan.data["sigma"], plan.data[FITNESS], plan.parents) == (0.2, -4.0, (1,))


def test_children_are_sampled_around_the_mean_in_each_numbers_size() -> None:
    """[1400, 500, 1500] is 1 + 1.4 * 0.5, 0.45 + 0.5 * 0.1, 2 + 1.5 * 1."""
    made = around(*warm(), "[1400, 500, 1500]")
    found = propose(strategy(), made)
    draws = FixedContext().rng.standard_normal((4, 3))
    expected = np.array([1.7, 0.5, 3.5]) + 0.2 * np.array([1.0, 0.5, 2.0]) * draws
    for each, values in zip(found, expected, strict=True):
        assert isinstance(each, Proposal)
        assert each.notes["mean"] == pytest.approx([1.7, 0.5, 3.5])
        assert each.notes["numbers"] == pytest.approx(values.tolist(), abs=0.005)
        assert each.notes["edit"] == "numbers sampled around the model's mean"


def test_the_prompt_shows_the_numbers_and_asks_for_a_better_fitness() -> None:
    made = around(*warm(), "[0, 0, 0]")
    propose(strategy(), made)
    (chat,) = asked(made)
    text = shown(chat)
    lines = ["Generation 1", "fitness 0: [0, 500, 0]", "Generation 2", "fitness 500: [1000, 500, 0]"]
    assert "\n".join([*lines, "fitness 1000: [0, 500, 1000]", "", "Generation 3, whose mean has fitness 1100:"]) in text
    assert "one JSON list of 3 whole numbers" in text
    assert "Answer format: vector" in text


def test_many_numbers_are_asked_for_block_by_block() -> None:
    of, view = warm()
    made = around(of, view, "[1400, 500]", "[1500]")
    found = propose(strategy(replace(SHAPE, block=2)), made)
    assert [re.findall(LIST, shown(chat))[-1] for chat in asked(made)] == ["[0, 500]", "[1000]"]
    assert isinstance(found[0], Proposal)
    assert found[0].notes["mean"] == pytest.approx([1.7, 0.5, 3.5])


def test_a_block_that_cannot_be_read_keeps_the_best_members_numbers_and_is_noted() -> None:
    made = around(*warm(), "I cannot.", "[1500]")
    found = propose(strategy(replace(SHAPE, block=2)), made)
    assert isinstance(found[0], Proposal)
    assert found[0].notes["mean"] == pytest.approx([1.0, 0.5, 3.5])
    (note,) = made.notes
    assert note.topic == FAILURE
    assert note.data["reason"].startswith("no mean in the reply: it holds no list")
    assert note.data["numbers"] == [0, 2]
    nothing = around(*warm(), "No.")
    found = propose(strategy(), nothing)
    assert isinstance(found[0], Proposal)
    assert found[0].notes["edit"] == "numbers sampled around the best member's"


def test_an_answer_that_cannot_be_read_is_asked_for_again() -> None:
    made = around(*warm(), "[1, 2]", "[1400, 500, 1500]")
    found = propose(strategy(tries=2), made)
    assert isinstance(found[0], Proposal)
    assert found[0].notes["mean"] == pytest.approx([1.7, 0.5, 3.5])
    assert "its last list is of 2 numbers, and 3 are asked for" in asked(made)[1].messages[-1].text
    assert not made.notes


def test_a_reply_that_is_not_whole_is_the_tickets_failure() -> None:
    made = around(*warm(), {"text": "[1", "finish": "truncated"})
    assert str(propose(strategy(), made)).startswith("model truncated")


@pytest.mark.parametrize(("scale", "shift"), [(1e-9, 0.0), (1e6, -1e7), (2.0, 100.0)])
def test_what_is_shown_is_the_same_for_scores_that_are_shifted_or_scaled(scale: float, shift: float) -> None:
    def told(unit: float, zero: float) -> JSON:
        of = strategy()
        placed(of, 0, Plan(kind="seed"), (candidate(1, 1.0, 0.5, 2.0), -4.0 * unit + zero))
        view = FixedView({1: -4.0 * unit + zero})
        plan = of.select(view, stream(0, 1, "select"))
        assert plan is not None
        children = [(candidate(2, 1.0, 0.5, 3.0), -3.0), (candidate(3, 1.5, 0.5, 2.0), -9.0)]
        placed(of, 1, plan, *[(child, fitness * unit + zero) for child, fitness in children])
        again = of.select(view, stream(0, 2, "select"))
        assert again is not None
        return {name: each for name, each in again.data.items() if name != FITNESS}

    assert told(scale, shift) == told(1.0, 0.0)


def test_sigma_falls_after_a_generation_without_a_gain_and_begins_anew() -> None:
    of, view = warm(replace(SHAPE, decay=0.5, least=0.06))  # the first generation's best, -3, was a gain on -4
    sigmas = []
    for ticket, fitness in ((2, -3.2), (3, -2.0), (4, -2.0), (5, -8.0)):
        plan = of.select(view, stream(0, ticket, "select"))
        assert plan is not None
        sigmas.append(plan.data["sigma"])
        placed(of, ticket, plan, (candidate(10 * ticket, 1.0, 0.5, float(ticket)), fitness))
    assert sigmas == pytest.approx([0.2, 0.1, 0.1, 0.2])  # a quarter is below 0.06


def test_a_parent_without_numbers_leaves_the_ticket_to_the_best_that_has_some() -> None:
    of = strategy()
    plain = python("# EVOLVE-BLOCK-START\ndef f(x):\n    return x\n# EVOLVE-BLOCK-END\n", "seed.py")
    placed(of, 0, Plan(kind="seed"), (Candidate(1, plain.digest, plain), -1.0))
    assert of.select(FixedView({1: -1.0}), stream(0, 1, "select")) is None
    placed(of, 1, Plan(), (candidate(2, 1.0, 0.5, 2.0), -4.0))
    view = FixedView({**dict.fromkeys([1], -1.0), 2: -4.0})
    plans = [of.select(view, stream(0, ticket, "select")) for ticket in range(20)]
    assert {plan.parents for plan in plans if plan is not None} == {(2,)}


def test_the_next_generation_waits_for_the_one_before() -> None:
    of, view = warm()
    plan = of.select(view, stream(0, 2, "select"))
    assert plan is not None
    of.observe(Started(2, plan, 0.0))
    assert of.select(view, stream(0, 3, "select")) is None
    of.observe(Failed(2, plan, "model truncated", 0.0))
    assert of.select(view, stream(0, 3, "select")) is not None


def test_a_space_of_which_nothing_comes_is_given_up() -> None:
    """Which is no matter of the model's faults."""
    for reason, given_up in (("no new numbers: all children have the parent's", True), ("model truncated: m", False)):
        of, view = warm()
        for ticket in (2, 3, 4):
            plan = of.select(view, stream(0, ticket, "select"))
            assert plan is not None
            of.observe(Failed(ticket, plan, reason, 0.0))
        assert (of.select(view, stream(0, 5, "select")) is None) is given_up


def test_other_parents_leave_nothing_to_show() -> None:
    of, view = warm()
    plan = of.select(view, stream(0, 2, "select"))
    assert plan is not None
    adopted = of.adopt(replace(plan, parents=(7,)), -1.0)
    assert not {"space", "generations", "sigma"} & set(adopted.data)
    made = FixedContext([candidate(7, 3.0, 3.0, 3.0)], adopted)
    found = propose(strategy(), made)
    assert isinstance(found[0], Proposal)
    assert found[0].notes["mean"] == [3.0, 3.0, 3.0]


@pytest.mark.parametrize("wrong", [{"children": 0}, {"block": 0}, {"warmup": -1}, {"sigma": 1e-4}, {"decay": 1.5}])
def test_a_shape_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"or more|above"):
        Shape(**wrong)  # type: ignore[arg-type]


class TestSuite(ProposerSuite):
    def make(self) -> EvoLLM:
        return strategy()

    def contexts(self) -> list[Context]:
        return [around(*warm(), answer) for answer in ("[1400, 500, 1500]", "I cannot.", "[0, 0, 0]")]


# Whole runs


def recipe() -> Recipe:
    of = EvoLLM(Tournament(3), VECTORS, Prompter(PROBLEM), Asking(model="m", tries=1), Shape(block=2))
    return Recipe("toy", of, of, Flat(30), in_flight=2)


def run(store: Store, made: Recipe) -> None:
    async def main() -> None:
        settings = Settings(seed=7, ordered=True)
        await evolve(PROBLEM, made, store, InlineRunner(Error(), slots=2), settings=settings, model=Climber())

    anyio.run(main)


@pytest.fixture(scope="module")
def whole() -> tuple[MemoryStore, Recipe]:
    store, made = MemoryStore(), recipe()
    run(store, made)
    return store, made


def test_a_generation_is_one_ticket_and_failures_are_noted(whole: tuple[MemoryStore, Recipe]) -> None:
    log = [event for turn in whole[0].read() for event in turn.events]
    plans = {event.ticket: event.plan for event in log if isinstance(event, TicketStarted)}
    calls = Counter(event.ticket for event in log if isinstance(event, Called))
    children = Counter(event.ticket for event in log if isinstance(event, Proposed))
    shown_ = [ticket for ticket, plan in plans.items() if "generations" in (plan.data or {})]
    assert {calls[ticket] for ticket in shown_} == {2}
    made = Counter(children[ticket] for ticket in shown_)
    assert made.most_common(1)[0][0] == max(made) == 5  # fewer where two draws are the same program
    assert {event.note.topic for event in log if isinstance(event, NoteTaken)} == {FAILURE}
    scores = [event.evaluation.fitness for event in log if isinstance(event, Evaluated)]
    assert len(scores) == 60
    assert max(each for each in scores if each is not None) > -2.5  # the seed's is -3.54


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
    broken = Dying([], int(len(list(whole[0].read())) * share))
    with pytest.raises(Killed):
        run(broken, recipe())
    rest = Dying(list(broken.read()), 10_000)
    run(rest, recipe())
    assert timeless(rest) == timeless(whole[0])


def test_without_edits_a_seed_without_numbers_is_refused() -> None:
    plain = replace(PROBLEM, seeds=(python(SEED.replace("1.0 * x * x + 0.5 * x + 2.0", "x"), "seed.py"),))
    with pytest.raises(UsageError, match="the seed of problem curve has none"):
        recipes.load("evollm", plain, {"models": "m", "operators.structure": 0})
    alone = recipes.load("evollm", PROBLEM, {"models": "m", "operators.structure": 0})
    assert isinstance(alone.selector, Mixture)
    assert list(alone.selector.arms) == ["evollm"]
    assert recipes.load("evollm", plain, {"models": "m"})
