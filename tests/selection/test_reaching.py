"""What a noisy score must reach: set with the parents, in the engine's direction, and kept to in evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import anyio
import pytest

from speciate import recipes
from speciate.core.budget import Budget
from speciate.core.events import Evaluated, Proposed, TicketStarted
from speciate.core.loop import Settings, evolve
from speciate.core.problem import Reach, Repeats, Stopping
from speciate.core.protocols import Store
from speciate.core.rng import stream
from speciate.core.values import FITNESS, SEED, THRESHOLD, Candidate, Evaluation, Outcome, Plan, Request
from speciate.evaluators.repeat import Repeat
from speciate.runners.inline import InlineRunner
from speciate.selection import Models, Tournament, UniformBandit
from speciate.selection.reaching import Reaching
from speciate.testing import MemoryStore, ToyProblem
from speciate.testing.fakes import FixedView
from tests.core.test_toys import Dying, Killed, timeless

TOY = ToyProblem()
PROBLEM = replace(TOY.problem, repeats=Repeats(12, stop=Stopping.HYBRID))
VIEW = FixedView({1: -7.5, 2: -3.25, 3: -9.0})  # of a metric that is minimised: the user's 7.5, 3.25 and 9


class First:
    """Always these parents; hears what is observed."""

    def __init__(self, *parents: int) -> None:
        self.parents = parents
        self.heard: list[Outcome] = []

    def select(self, view: object, rng: object) -> Plan:
        return Plan(parents=self.parents, data={"kept": 1})

    def observe(self, outcome: Outcome) -> None:
        self.heard.append(outcome)


class Noisy:
    """The toy's score with noise of the request's seed: the same for all candidates, as common random numbers are."""

    async def evaluate(self, candidate: Candidate, request: Request, others: Sequence[Candidate]) -> Evaluation:
        evaluation = await TOY.evaluate(candidate, request, others)
        noise = float(stream(request.seed, 0, "noise").normal(0.0, 0.05))
        return replace(evaluation, scores={name: each + noise for name, each in evaluation.scores.items()})


def run(store: Store) -> None:
    async def main() -> None:
        evaluator = Repeat(Noisy(), PROBLEM.repeats)
        recipe = recipes.random(PROBLEM, proposers=TOY.arms())
        settings = Settings(seed=3, ordered=True, budget=Budget(evals=40))
        await evolve(PROBLEM, recipe, store, InlineRunner(evaluator, slots=2), settings=settings)

    anyio.run(main)


@pytest.mark.parametrize(("reach", "threshold"), [(Reach.BEST, -3.25), (Reach.PARENT, -7.5)])
def test_the_score_to_reach_stands_in_the_plan(reach: Reach, threshold: float) -> None:
    plan = Reaching(First(3, 1), reach).select(VIEW, stream(0, 0, "select"))
    assert plan == Plan(parents=(3, 1), data={"kept": 1, THRESHOLD: threshold})


def test_a_parent_that_failed_has_no_score_to_reach() -> None:
    selector = Reaching(First(3, 99), Reach.PARENT)
    plan = selector.select(VIEW, stream(0, 0, "select"))
    assert plan == Plan(parents=(3, 99), data={"kept": 1, THRESHOLD: -9.0})
    mended = Reaching(First(99), Reach.PARENT).select(VIEW, stream(0, 0, "select"))
    assert mended == Plan(parents=(99,), data={"kept": 1})


def test_without_parents_or_a_best_there_is_nothing_to_reach() -> None:
    assert Reaching(First()).select(VIEW, stream(0, 0, "select")) == Plan(data={"kept": 1})
    assert Reaching(Tournament()).select(FixedView({}), stream(0, 0, "select")) is None


@pytest.mark.parametrize(("reach", "threshold"), [(Reach.BEST, -3.25), (Reach.PARENT, -5.0)])
def test_with_other_parents_it_is_their_score(reach: Reach, threshold: float) -> None:
    selector = Reaching(Models(Tournament(), ["m"], UniformBandit()), reach)
    plan = selector.select(VIEW, stream(0, 0, "select"))
    assert plan is not None
    adopted = selector.adopt(replace(plan, parents=(7,)), -5.0)
    assert adopted.data == {"model": "m", FITNESS: -5.0, THRESHOLD: threshold}
    assert THRESHOLD not in Reaching(First(1), Reach.PARENT).adopt(plan, None).data


def test_what_it_wraps_is_told_once() -> None:
    inner = First(1)
    selector, outcome = Reaching(inner), object()
    for _ in range(2):
        selector.observe(outcome)  # type: ignore[arg-type]
    assert inner.heard == [outcome]


def test_in_a_run_children_that_fall_short_are_measured_less() -> None:
    store = MemoryStore()
    run(store)
    events = [event for turn in store.read() for event in turn.events]
    plans = {event.ticket: event.plan for event in events if isinstance(event, TicketStarted)}
    for event in events:
        if isinstance(event, Proposed):
            data = plans[event.ticket].data
            assert event.request.threshold == (None if plans[event.ticket].kind == SEED else data[THRESHOLD])
    times: dict[bool, list[float]] = {True: [], False: []}
    for event in events:
        if isinstance(event, Evaluated) and event.evaluation.ok and event.request.threshold is not None:
            short = event.evaluation.scores["distance"] < event.request.threshold - 0.2
            times[short].append(event.evaluation.shown["repeats"])
    assert set(times[True]) == {3}
    assert 12 in times[False]


@pytest.mark.parametrize("share", [0.2, 0.7])
def test_an_ordered_run_that_was_killed_goes_on_as_if_it_had_not_been(share: float) -> None:
    whole = MemoryStore()
    run(whole)
    broken = Dying([], int(len(list(whole.read())) * share))
    with pytest.raises(Killed):
        run(broken)
    rest = Dying(list(broken.read()), 10_000)
    run(rest)
    assert timeless(rest) == timeless(whole)


def test_a_problem_without_it_has_its_own_selector() -> None:
    assert not isinstance(recipes.random(TOY.problem, proposers=TOY.arms()).selector, Reaching)
