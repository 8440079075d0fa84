from collections import Counter
from collections.abc import Sequence

import pytest

from speciate.core.rng import stream
from speciate.core.values import FAILURE, SEED, Change, Cost, Note, Noted, Plan
from speciate.proposers.mixture import Arm, Mixture
from speciate.selection import AsymmetricUCB, FixedWeights, Inspired, Models, Uniform, UniformBandit, Weighted
from speciate.testing import FixedProposer, FixedView

from .outcomes import closed, failed, placed, rejected, started

VIEW = FixedView({1: 1.0, 2: 5.0})


class Ear:
    """A bandit that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, object]] = []

    def chances(self, arms: Sequence[str]) -> Sequence[float]:
        return [1.0 / len(arms)] * len(arms)

    def reward(self, arm: str, value: float) -> None:
        self.told.append((arm, value))


class CostEar(Ear):
    def started(self, arm: str) -> None:
        self.told.append((arm, "started"))

    def charge(self, arm: str, cost: Cost) -> None:
        self.told.append((arm, cost))


def plan_of(model: str, fitness: float | None = None) -> Plan:
    return Plan(parents=(1,), data={"model": model} if fitness is None else {"model": model, "fitness": fitness})


def test_a_model_stands_in_the_plan_beside_the_parents_fitness() -> None:
    plan = Models(Uniform(parents=2), ["gpt-5-mini"], UniformBandit()).select(VIEW, stream(0))
    assert plan is not None
    assert plan.data == {"model": "gpt-5-mini", "fitness": 5.0}


def test_models_are_drawn_by_their_weights() -> None:
    models = Models(Uniform(), ["a", "b", "c"], FixedWeights({"a": 8.0, "b": 2.0, "c": 0.0}))
    plans = [models.select(VIEW, stream(0, ticket)) for ticket in range(4000)]
    drawn = Counter(plan.data["model"] for plan in plans if plan is not None)
    assert set(drawn) == {"a", "b"}
    assert abs(drawn["a"] / 4000 - 0.8) < 0.024


def test_a_gain_is_what_the_child_scores_above_the_parent_and_the_seed() -> None:
    ear = Ear()
    models = Models(Uniform(), ["a", "b"], ear)
    models.observe(placed(Plan(SEED), -3.0))
    models.observe(placed(Plan(SEED), -7.0))
    for plan, score in (
        (plan_of("a", -10.0), -2.0),  # 1 above the seed
        (plan_of("a", -2.0), -0.5),  # 1.5 above the parent
        (plan_of("b", -2.0), -2.5),
        (plan_of("b", -2.0), None),
        (plan_of("b"), -1.0),  # a plan without a known parent: 2 above the seed
    ):
        models.observe(placed(plan, score))
    assert ear.told == [("a", 1.0), ("a", 1.5), ("b", 0.0), ("b", 0.0), ("b", 2.0)]


def test_what_brings_nothing_is_a_failure_once() -> None:
    ear = Ear()
    models = Models(Uniform(), ["a"], ear)
    plan = plan_of("a", 0.0)
    models.observe(started(plan, 1))
    models.observe(failed(plan, 1))
    models.observe(started(plan, 2))
    models.observe(rejected(plan, 2))
    models.observe(closed(plan, 2))
    models.observe(started(plan, 3))
    models.observe(closed(plan, 3))
    models.observe(started(plan, 4))
    models.observe(placed(plan, 2.0, ticket=4))
    models.observe(placed(plan, 2.0, ticket=4, change=Change.UPDATED))
    models.observe(closed(plan, 4))
    models.observe(started(plan, 5))
    models.observe(Noted(5, plan, Note("summary"), 0.0))
    models.observe(closed(plan, 5))
    assert ear.told == [("a", 0.0), ("a", 0.0), ("a", 0.0), ("a", 2.0)]


def test_of_several_answers_each_that_fails_is_a_failure() -> None:
    """Two of three failed and one was a gain; then three of three."""
    ear = Ear()
    models, plan = Models(Uniform(), ["a"], ear), plan_of("a", 0.0)
    wrong = Note(FAILURE, {"reason": "model refused: a"})
    models.observe(started(plan, 1))
    for outcome in (Noted(1, plan, wrong, 0.0), Noted(1, plan, wrong, 0.0), placed(plan, 2.0), closed(plan, 1)):
        models.observe(outcome)
    assert ear.told == [("a", 0.0), ("a", 0.0), ("a", 2.0)]
    models.observe(started(plan, 2))
    models.observe(Noted(2, plan, wrong, 0.0))
    models.observe(Noted(2, plan, wrong, 0.0))
    models.observe(failed(plan, 2))
    assert ear.told[3:] == [("a", 0.0)] * 3


def test_costs_are_told_when_the_ticket_ends_to_a_bandit_that_weighs_them() -> None:
    ear = CostEar()
    models = Models(Uniform(), ["a"], ear)
    cost, unknown = Cost(tokens=900, usd=0.01), Cost(tokens=7, usd=None)
    models.observe(started(plan_of("a", 0.0), 1))
    models.observe(placed(plan_of("a", 0.0), 2.0))
    models.observe(closed(plan_of("a", 0.0), 1, cost))
    models.observe(failed(plan_of("a", 0.0), 2, unknown))
    assert ear.told == [("a", "started"), ("a", 2.0), ("a", cost), ("a", unknown)]


def test_plans_of_others_are_none_of_its_business() -> None:
    ear = CostEar()
    models = Models(Uniform(), ["a"], ear)
    for plan in (Plan(), plan_of("gone"), Plan(data=["model"]), Plan(SEED)):
        for outcome in (started(plan), placed(plan, 1.0), rejected(plan), failed(plan), closed(plan)):
            models.observe(outcome)
    assert ear.told == []


def test_with_other_parents_it_is_the_same_models_work() -> None:
    models = Models(Inspired(Uniform()), ["a"], Ear())
    plan = Plan(parents=(2,), inspirations=(1, 2), data={"model": "a", "fitness": 1.0, "arm": 3})
    adopted = models.adopt(plan, 5.0)
    assert (adopted.inspirations, adopted.data) == ((1,), {"model": "a", "fitness": 5.0, "arm": 3})
    assert models.adopt(plan, None).data == {"model": "a", "arm": 3}


def test_a_cheap_model_that_gains_as_much_is_preferred() -> None:
    models = Models(Uniform(), ["dear", "cheap"], AsymmetricUCB(epsilon=0.0))
    for ticket in range(40):
        plan = models.select(VIEW, stream(0, ticket))
        assert plan is not None
        models.observe(started(plan, ticket))
        models.observe(placed(plan, 5.5, ticket=ticket))
        models.observe(closed(plan, ticket, Cost(usd=0.5 if plan.data["model"] == "dear" else 0.01)))
    last = models.select(VIEW, stream(1))
    assert last is not None
    assert last.data["model"] == "cheap"


def test_a_mixture_inside_hears_nothing_twice_and_a_selector_everything() -> None:
    """The engine tells a mixture as the proposer; who chooses parents is told through the wrapper alone."""
    ear = Ear()
    mixture = Mixture({"arm": Arm(Uniform(), FixedProposer(lambda genome, rng: genome))}, ear)
    outer = Models(mixture, ["a"], UniformBandit())
    plan = outer.select(VIEW, stream(0))
    assert plan is not None
    assert (plan.operator, plan.data["model"]) == ("arm", "a")
    for each in (outer, mixture):
        each.observe(placed(plan, 9.0))
    assert len(ear.told) == 1

    inner = Weighted(sharpness=1e-9)
    Models(inner, ["a"], UniformBandit()).observe(placed(Plan(parents=(1,)), 9.0))
    assert inner.weights(VIEW, [1, 2]).tolist() == pytest.approx([0.25, 0.5])
