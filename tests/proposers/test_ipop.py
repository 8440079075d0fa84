"""CMA-ES on the numbers of one program: generations, restarts, and what it does with parents that are not its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from speciate.core.problem import Language
from speciate.core.protocols import Context
from speciate.core.rng import stream
from speciate.core.values import (
    SEED,
    Candidate,
    Change,
    Closed,
    Evaluation,
    Genome,
    Outcome,
    Placed,
    Placement,
    Plan,
    Proposal,
    Rejected,
    Request,
    Started,
    Status,
)
from speciate.genomes.text import python
from speciate.proposers.ipop import IPOP, MEAN, ROUND, VALUES
from speciate.proposers.starts import Starts
from speciate.proposers.syntax import Limits, Reader
from speciate.proposers.vectors import Vectors
from speciate.testing import FixedContext, FixedView, ProposerSuite, state_digest

from .programs import candidate, program

TEXT = "def f(x: float) -> float:\n    return 2.0 * x * x - 4.0 * x + 0.5\n"
VIEW = FixedView({1: 0.0})
LAMBDA = 4 + int(3 * np.log(3))
Score = Callable[[np.ndarray], float | None]


def made(*texts: str) -> IPOP:
    """With these seeds, each evaluated."""
    ipop = IPOP(Vectors(Language(), Reader(()), Limits()))
    for id, text in enumerate(texts, 1):
        plan = Plan(SEED, operator=SEED)
        for outcome in (Started(id, plan, 0.0), *ended(id, plan, python(text), 0.0)):
            ipop.observe(outcome)
    return ipop


def ended(ticket: int, plan: Plan, genome: Genome, fitness: float | None) -> Iterator[Outcome]:
    found = Evaluation(Status.CRASHED) if fitness is None else Evaluation(Status.OK, {"score": fitness})
    yield Placed(ticket, plan, candidate(genome, ticket), Request(), found, Placement(Change.ADDED), 0.0)
    yield Closed(ticket, plan, 0.0)


def drawn(ipop: IPOP, first: int, count: int) -> list[tuple[int, Plan]]:
    """As many tickets as it plans, and no more than so many, all begun."""
    begun = []
    for ticket in range(first, first + count):
        plan = ipop.select(VIEW, stream(0, ticket))
        if plan is None:
            break
        ipop.observe(Started(ticket, plan, 0.0))
        begun.append((ticket, plan))
    return begun


def searched(ipop: IPOP, score: Score, tickets: int) -> list[Plan]:
    """The plans of so many tickets, each scored by its numbers when its generation is out."""
    plans: list[Plan] = []
    while len(plans) < tickets:
        for ticket, plan in drawn(ipop, 10 + len(plans), 10_000):
            plans.append(plan)
            for outcome in ended(ticket, plan, python(TEXT), score(np.array(plan.data[VALUES]))):
                ipop.observe(outcome)
    return plans


def bowl(values: np.ndarray) -> float:
    return -float(np.square(np.array([1.0, 10.0, 100.0]) * (values - np.array([1.0, -5.0, 0.2]))).sum())


def test_it_waits_for_a_seed_with_numbers_and_for_each_generation() -> None:
    assert made().select(VIEW, stream(0)) is None
    assert made("def f(x):\n    return x\n").select(VIEW, stream(0)) is None
    ipop = made(TEXT)
    begun = drawn(ipop, 10, 100)
    assert len(begun) == LAMBDA
    assert [plan.parents for _, plan in begun] == [(1,)] * LAMBDA
    ipop.observe(Rejected(10, begun[0][1], None, "duplicate", 0.0))
    ipop.observe(Closed(10, begun[0][1], 0.0))
    assert len(drawn(ipop, 200, 100)) == 1  # in its place


def test_it_finds_the_bottom_of_an_ellipsoid() -> None:
    plans = searched(made(TEXT), bowl, 600)
    assert max(bowl(np.array(plan.data[VALUES])) for plan in plans) > -1e-6
    assert plans[0].data[MEAN] == [2.0, 4.0, 0.5]


def test_where_nothing_changes_it_restarts_elsewhere_with_a_doubled_generation() -> None:
    plans = searched(made(TEXT), lambda values: 0.0, 700)
    begun = [plan.data[MEAN] for plan in plans if MEAN in plan.data]
    assert len(begun) >= 3
    assert begun[0] == [2.0, 4.0, 0.5]
    assert all(np.ptp([each[at] for each in begun]) > 0.1 for at in range(3))
    ipop = made(TEXT)
    while not ipop._round:
        searched(ipop, lambda values: 0.0, 1)
    assert len(drawn(ipop, 10_000, 100)) == 2 * LAMBDA


def test_several_seeds_take_turns_and_are_not_moved_the_first_time() -> None:
    other = "def f(x: float) -> float:\n    return 7.0 * x\n"
    plans = searched(made(TEXT, other), lambda values: 0.0, 900)
    begun = {plan.data[ROUND]: (plan.parents, plan.data[MEAN]) for plan in plans if MEAN in plan.data}
    assert begun[0] == ((1,), [2.0, 4.0, 0.5])
    assert begun[1] == ((2,), [7.0])
    assert begun[2][0] == (1,)
    assert begun[2][1] != [2.0, 4.0, 0.5]


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_arrival_within_a_generation_does_not_matter(order: int) -> None:
    ipop = made(TEXT)
    begun = drawn(ipop, 10, 100)
    for ticket, plan in begun[::order]:
        score = None if ticket % 3 == 0 else bowl(np.array(plan.data[VALUES]))
        for outcome in ended(ticket, plan, python(TEXT), score):
            ipop.observe(outcome)
    following = drawn(ipop, 100, 100)
    expected = drawn(_told_in_order(), 100, 100)
    assert [plan.data[VALUES] for _, plan in following] == [plan.data[VALUES] for _, plan in expected]


def _told_in_order() -> IPOP:
    ipop = made(TEXT)
    for ticket, plan in drawn(ipop, 10, 100):
        score = None if ticket % 3 == 0 else bowl(np.array(plan.data[VALUES]))
        for outcome in ended(ticket, plan, python(TEXT), score):
            ipop.observe(outcome)
    return ipop


def test_selecting_changes_nothing_and_chance_comes_from_the_stream() -> None:
    ipop = made(TEXT)
    for _ in range(2):  # before there is a distribution, and after
        before = state_digest(ipop)
        assert ipop.select(VIEW, stream(3)) == ipop.select(VIEW, stream(3))
        assert state_digest(ipop) == before
        drawn(ipop, 10, 1)


def test_other_parents_get_numbers_of_their_own_and_teach_nothing() -> None:
    ipop = made(TEXT)
    plan = ipop.select(VIEW, stream(0))
    assert plan is not None
    adopted = ipop.adopt(Plan(plan.kind, (9,), data=plan.data), 1.0)
    assert (adopted.parents, adopted.data) == ((9,), {})
    before = state_digest(ipop)
    for outcome in (Started(50, adopted, 0.0), *ended(50, adopted, python(TEXT), 1.0)):
        ipop.observe(outcome)
    assert state_digest(ipop) == before


class TestNumbers(ProposerSuite):
    def make(self) -> IPOP:
        ipop = made(TEXT)
        ipop.vectors.read(self.parent(1).genome)  # what was parsed is remembered, which is no state
        return ipop

    def contexts(self) -> list[Context]:
        return [FixedContext([self.parent(1)], seed=seed) for seed in range(5)]

    def parent(self, id: int) -> Candidate:
        return candidate(program("steps"), id)


class TestStarts(ProposerSuite):
    def make(self) -> Starts:
        return Starts(Genome("text", {"main.c": "const int SEED = 0;\n"}))

    def contexts(self) -> list[Context]:
        return [FixedContext([], seed=seed) for seed in range(5)]


def test_a_start_in_another_language_keeps_its_file() -> None:
    suite, digests = TestStarts(), set()
    for context in suite.contexts():
        proposal = suite.propose(suite.make(), context)[0]
        assert isinstance(proposal, Proposal)
        assert proposal.genome is not None
        assert list(proposal.genome.files) == ["main.c"]
        digests.add(proposal.genome.digest)
    assert len(digests) == 5
