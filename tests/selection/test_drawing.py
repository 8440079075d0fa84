from collections import Counter

import pytest

from speciate.core.rng import stream
from speciate.core.values import REFLECT, SEED, Plan
from speciate.selection import Crowded, Drawing, Founding, Models, Styles, Tournament, UniformBandit
from speciate.testing import FixedView

from .outcomes import placed, started

VIEW = FixedView({1: 1.0, 2: 2.0, 3: 3.0})
WORDS = {"role": ("role_a", "role_b"), "task": ("task_a", "task_b", "")}


def test_each_template_is_drawn_alike_often_and_the_temperature_within_its_limits() -> None:
    drawn = [Styles(WORDS, (0.1, 0.4))(stream(0, draw)) for draw in range(1200)]
    roles = Counter(each["words"]["role"] for each in drawn)
    tasks = Counter(each["words"]["task"] for each in drawn)
    assert all(abs(roles[name] / 1200 - 1 / 2) < 0.05 for name in WORDS["role"])
    assert all(abs(tasks[name] / 1200 - 1 / 3) < 0.05 for name in WORDS["task"])
    temperatures = [each["temperature"] for each in drawn]
    assert (min(temperatures), max(temperatures)) == (0.1, 0.4)
    assert abs(sum(temperatures) / 1200 - 0.25) < 0.01


def test_nothing_to_draw_adds_nothing() -> None:
    assert Styles()(stream(0)) == {}


@pytest.mark.parametrize("temperatures", [(-0.1, 0.4), (0.4, 0.1)])
def test_impossible_temperatures_are_refused(temperatures: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="the lower first"):
        Styles(temperatures=temperatures)


def test_a_placeholder_needs_templates() -> None:
    with pytest.raises(ValueError, match="a template"):
        Styles({"role": ()})


def test_the_plan_keeps_what_the_inner_selector_says() -> None:
    selector = Drawing(Models(Tournament(20), ["m"], UniformBandit()), Styles(WORDS))
    plan = selector.select(VIEW, stream(0))
    assert plan is not None
    assert (plan.parents, plan.data["model"], plan.data["fitness"], set(plan.data["words"])) == (
        (3,),
        "m",
        3.0,
        {"role", "task"},
    )


def test_with_other_parents_what_was_drawn_stays() -> None:
    selector = Drawing(Models(Tournament(), ["m"], UniformBandit()), Styles(WORDS))
    plan = Plan(parents=(2,), data={"words": {"role": "role_a"}, "model": "m", "fitness": 1.0})
    assert selector.adopt(plan, 2.0).data == {"words": {"role": "role_a"}, "model": "m", "fitness": 2.0}


def test_an_empty_view_draws_nothing() -> None:
    assert Drawing(Tournament(), Styles(WORDS)).select(FixedView({}), stream(0)) is None


def founding(count: int) -> Founding:
    selector = Founding(Crowded(30), count)
    selector.observe(placed(Plan(SEED), 1.0, id=1))
    selector.observe(placed(Plan(SEED), None, id=2))  # a seed that fails is no parent
    return selector


def test_the_first_plans_have_the_seed_for_a_parent_and_then_the_best_breed() -> None:
    selector = founding(2)
    for ticket in range(2):
        plan = selector.select(VIEW, stream(0, ticket))
        assert plan is not None
        assert plan.parents == (1,)
        selector.observe(started(plan, ticket))
    plan = selector.select(VIEW, stream(0, 2))
    assert plan is not None
    assert plan.parents == (3,)


def test_the_loops_own_tickets_and_those_that_think_are_not_counted() -> None:
    selector = founding(1)
    selector.observe(started(Plan(SEED)))
    selector.observe(started(Plan(REFLECT, operator="think")))
    plan = selector.select(VIEW, stream(0))
    assert plan is not None
    assert plan.parents == (1,)


def test_a_seed_that_has_left_the_population_founds_nothing() -> None:
    plan = founding(5).select(FixedView({7: 1.0, 8: 2.0}), stream(0))
    assert plan is not None
    assert plan.parents == (8,)


def test_a_plan_of_several_parents_is_the_inner_selectors() -> None:
    plan = founding(5).plan(VIEW, stream(0), 2)
    assert plan is not None
    assert plan.parents == (3, 3)


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="-1 plans"):
        Founding(Tournament(), -1)
