"""The mixture of operators: what it draws, what it pays, and that every recipe has the same arms."""

from __future__ import annotations

from collections import Counter

import pytest

from speciate import recipes
from speciate.core.errors import UsageError
from speciate.core.problem import Problem
from speciate.core.rng import stream
from speciate.core.values import (
    Candidate,
    Change,
    Evaluation,
    Failed,
    Placed,
    Placement,
    Plan,
    Rejected,
    Request,
    Status,
)
from speciate.proposers.mixture import Mixture
from speciate.recipes.operators import operators
from speciate.selection import Adaptive, Tournament, Uniform, UniformBandit, Weighted
from speciate.testing import FixedProposer, FixedView, SelectorSuite, ToyProblem, numbers

from .regression import Regression

TOY = ToyProblem()


class Recorder(UniformBandit):
    def __init__(self) -> None:
        self.paid: list[tuple[str, float]] = []

    def reward(self, arm: str, value: float) -> None:
        self.paid.append((arm, value))


class TestMixture(SelectorSuite):
    def make(self) -> Mixture:
        return operators(TOY.problem, Tournament(2), Adaptive(), TOY.arms())


def placed(plan: Plan, fitness: float | None) -> Placed:
    genome = numbers([0.0])
    status = Status.CRASHED if fitness is None else Status.OK
    scores = {} if fitness is None else {"distance": fitness}
    candidate = Candidate(9, genome.digest, genome)
    return Placed(1, plan, candidate, Request(), Evaluation(status, scores), Placement(Change.ADDED), 0.0)


def test_an_operator_gets_as_many_parents_as_it_wants_and_is_named_in_the_plan() -> None:
    arms = {"one": FixedProposer(lambda g, r: g), "two": FixedProposer(lambda g, r: g, parents=2)}
    mixture = operators(TOY.problem, Uniform(), UniformBandit(), arms)
    view = FixedView({1: 1.0, 2: 5.0, 3: 3.0})
    plans = [plan for t in range(200) if (plan := mixture.select(view, stream(0, t)))]
    assert {(plan.operator, len(plan.parents)) for plan in plans} == {("one", 1), ("two", 2)}
    assert 70 < Counter(plan.operator for plan in plans)["one"] < 130
    for plan in plans:
        assert plan.data == {"fitness": max(view.fitness(id) for id in plan.parents)}


def test_it_pays_the_gain_over_the_best_parent_and_nothing_else() -> None:
    bandit = Recorder()
    mixture = operators(TOY.problem, Uniform(), bandit, TOY.arms())
    plan = Plan(parents=(1,), operator="small", data={"fitness": -2.0})
    mixture.observe(placed(plan, -0.5))
    mixture.observe(placed(plan, -3.0))
    mixture.observe(placed(plan, None))
    mixture.observe(Rejected(1, plan, None, "duplicate of 1", 0.0))
    mixture.observe(Failed(1, plan, "nothing came to mind", 0.0))
    mixture.observe(placed(Plan(kind="seed", operator="seed"), 1.0))
    assert bandit.paid == [("small", 1.5), ("small", 0.0), ("small", 0.0), ("small", 0.0), ("small", 0.0)]


def test_proposers_in_a_row_are_named_after_their_classes() -> None:
    same = FixedProposer(lambda g, r: g)
    mixture = operators(TOY.problem, Uniform(), UniformBandit(), [same, same])
    assert list(mixture.arms) == ["fixedproposer", "fixedproposer_2"]


def test_a_problem_to_which_no_operator_applies_is_refused() -> None:
    with pytest.raises(UsageError, match=r"no operator applies to problem toy \(kinds of seed: numbers\)"):
        recipes.load("speciate", TOY.problem)
    with pytest.raises(UsageError, match="kinds of seed: none"):
        recipes.load("random", Problem("empty"))


OWN = {"cma_es", "baseline"}  # work of another kind
KEYLESS = [name for name, method in recipes.RECIPES.items() if not method.needs_model and name not in OWN]


def test_baselines_have_the_operators_of_the_default() -> None:
    arms = [list(recipes.load(name, Regression.problem).selector.arms) for name in KEYLESS]  # type: ignore[attr-defined]
    assert arms[0]
    assert all(each == arms[0] for each in arms)


def test_a_selector_that_several_arms_share_learns_once() -> None:
    selector = Weighted(sharpness=1e-9)  # all sigmoids are 1/2
    one, two = (FixedProposer(lambda genome, rng: genome, parents=count) for count in (1, 2))
    mixture = operators(ToyProblem().problem, selector, UniformBandit(), {"one": one, "two": two})
    genome = ToyProblem().problem.seeds[0]
    plan = Plan(parents=(1,), operator="one")
    child = Candidate(5, genome.digest, genome, (1,))
    mixture.observe(Placed(1, plan, child, Request(), Evaluation(Status.CRASHED), Placement(Change.KEPT_OUT), 0.0))
    assert selector.weights(FixedView({1: 1.0, 2: 0.0}), [1, 2]).tolist() == pytest.approx([0.25, 0.5])
