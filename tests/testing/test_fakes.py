"""The fakes against the suites, and against what they stand in for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import anyio
import pytest

from speciate.core.errors import ProposalFailed, UsageError
from speciate.core.protocols import Runner, View
from speciate.core.values import JSON, Candidate, Genome, Noted, Outcome, Plan, Proposal, Rejected, Request
from speciate.testing import (
    EvaluatorSuite,
    FixedContext,
    FixedProposer,
    FixedView,
    InProcess,
    MemorySuite,
    ProposerSuite,
    RunnerSuite,
    ScriptedModel,
    ToyProblem,
    numbers,
)

TOY = ToyProblem()


class TestToyEvaluator(EvaluatorSuite):
    def make(self) -> ToyProblem:
        return TOY

    def good(self) -> Sequence[Genome]:
        return [numbers([0.0, 0.0, 0.0]), numbers(TOY.goal)]

    def bad(self) -> Sequence[Genome]:
        return [numbers([0.0]), numbers([0.0, 99.0, 0.0]), Genome("text", {"p": "no numbers"})]


@pytest.mark.parametrize("arm", ["small", "large", "fickle"])
class TestToyOperators(ProposerSuite):
    @pytest.fixture(autouse=True)
    def _which(self, arm: str) -> None:
        self.arm = arm

    def make(self) -> FixedProposer:
        return TOY.arms()[self.arm]


class TestInProcess(RunnerSuite):
    def make(self) -> AbstractAsyncContextManager[Runner]:
        @asynccontextmanager
        async def running() -> AsyncIterator[Runner]:
            yield InProcess(TOY, slots=3)

        return running()

    def genomes(self) -> Sequence[Genome]:
        return [numbers([1.0, 1.0, 1.0]), numbers([0.0])]


class Lessons:
    """The smallest memory: the last lesson of each topic."""

    def __init__(self) -> None:
        self.lessons: dict[str, JSON] = {}

    def recall(self, plan: Plan) -> JSON:
        return dict(self.lessons)

    def answer(self, question: JSON) -> JSON:
        return self.lessons.get(question)

    def observe(self, outcome: Outcome) -> None:
        if isinstance(outcome, Noted):
            self.lessons[outcome.note.topic] = outcome.note.data


class TestLessons(MemorySuite):
    def make(self) -> Lessons:
        return Lessons()

    def questions(self) -> Sequence[JSON]:
        return ["lesson", "unheard of"]


def test_the_best_of_the_toy_is_its_goal() -> None:
    assert TOY.score(numbers(TOY.goal)).fitness == 0.0
    assert TOY.score(numbers([3.0, -2.0, 5.0])).fitness == -4.0
    assert TOY.score(numbers([3.0, -2.0, 5.0])).cases == (0.0, 0.0, -4.0)


def test_a_runner_evaluates_no_more_at_once_than_it_has_slots() -> None:
    async def run() -> int:
        runner = InProcess(TOY, slots=2)
        genome = numbers([0.0, 0.0, 0.0])
        async with anyio.create_task_group() as group:
            for id in range(8):
                group.start_soon(runner.evaluate, Candidate(id, "", genome), Request(), ())
        return runner.most

    assert anyio.run(run) == 2


def test_a_scripted_model_says_its_replies_in_turn() -> None:
    async def run() -> list[JSON]:
        model = ScriptedModel({"text": "a"}, lambda prompt: {"text": prompt[::-1]})
        said = [await model.complete("m", prompt) for prompt in ("one", "two", "three")]
        assert model.prompts == [("m", "one"), ("m", "two"), ("m", "three")]
        return said

    assert anyio.run(run) == [{"text": "a"}, {"text": "owt"}, {"text": "a"}]
    with pytest.raises(ValueError, match="at least one reply"):
        ScriptedModel()


def test_a_fixed_context_answers_what_it_was_given() -> None:
    async def run() -> None:
        parent = Candidate(1, "", numbers([1.0, 2.0, 3.0]))
        context = FixedContext([parent], model=ScriptedModel({"text": "hi"}), score=TOY.score)
        assert await context.call("m", "p") == {"text": "hi"}
        assert (await context.evaluate(parent.genome)).ok
        assert context.genome(1) is parent.genome
        assert isinstance(await context.submit(Proposal(parent.genome)), Rejected)
        for door in (FixedContext().call("m", "p"), FixedContext().evaluate(parent.genome), context.look("?")):
            with pytest.raises(UsageError):
                await door

    anyio.run(run)


def test_a_fixed_proposer_that_has_nothing_fails() -> None:
    async def run() -> None:
        with pytest.raises(ProposalFailed, match="nothing came to mind"):
            await FixedProposer(lambda genome, rng: None).propose(FixedContext([Candidate(1, "", numbers([1.0]))]))

    anyio.run(run)


def test_a_fixed_view_is_a_view() -> None:
    view = FixedView({3: 1.0, 1: 2.0, 2: 1.0})
    assert isinstance(view, View)
    assert (list(view.top), view.best, view[0], len(view), view.fitness(3)) == ([1, 2, 3], 1, 3, 3, 1.0)
