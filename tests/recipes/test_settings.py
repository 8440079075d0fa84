"""Recipes by name with typed settings, as the command line gives them."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from speciate import recipes
from speciate.core.errors import UsageError
from speciate.core.problem import Problem
from speciate.populations import Flat, Islands, Ties
from speciate.proposers.mixture import Mixture
from speciate.recipes.operators import Parents
from speciate.selection import Tournament
from speciate.testing import state_digest

from .regression import Regression

TOY = Regression.problem
SEEDS = tuple([each.with_text(each.text.replace("return x", "return 2.0 * x")) for each in TOY.seeds])
FOR_ALL = replace(TOY, seeds=SEEDS, baseline="SEED = 0\n")  # with numbers, and a solver of its own


def refusal(name: str = "speciate", settings: Mapping[str, object] | None = None, problem: Problem = TOY) -> UsageError:
    with pytest.raises(UsageError) as raised:
        recipes.load(name, problem, settings)
    return raised.value


def test_an_unknown_recipe_is_answered_with_the_nearest() -> None:
    error = refusal("map_elite")
    assert (error.what, error.do) == (
        "no recipe named `map_elite`; nearest: map_elites",
        "--recipe map_elites, or speciate recipes",
    )
    assert "speciate" in refusal("xyz").what


def test_an_unknown_setting_is_answered_with_those_there_are() -> None:
    error = refusal(settings={"population.island": 4})
    assert error.what.startswith("--set population.island: no such setting (islands: int, size: int, lifetime: int, ")
    assert error.do == "--set population.islands=4"
    assert "population.islands: int" in refusal(settings={"popluation.islands": 4}).what
    assert refusal("random", {"a": 1}).do == "--set model.temperature=none"
    alone = refusal("baseline", {"a": 1}, FOR_ALL)
    assert alone.what == "--set a: no such setting (there are none)"
    assert alone.do == "recipe baseline has no settings: leave it out"


def test_a_model_for_a_recipe_that_asks_none_is_refused() -> None:
    assert refusal("cma_es", {"models": ["one"]}, FOR_ALL).what == "recipe cma_es asks no model"


@pytest.mark.parametrize("value", [2, 2.0, "2"])
def test_a_value_is_read_in_the_settings_type(value: object) -> None:
    made = recipes.load("speciate", TOY, {"population.islands": value, "population.clones": "none"})
    assert isinstance(made.population, Islands)
    assert len(made.population.parts) == 2
    assert made.spec["settings"]["population.islands"] == 2
    assert made.spec["settings"]["population.clones"] is None


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("population.islands", "four", "--set population.islands=four: expected int"),
        ("population.islands", 2.5, "--set population.islands=2.5: expected int"),
        ("population.islands", True, "--set population.islands=true: expected int"),
        ("population.islands", 0, "--set population.islands=0: it must be 1 or more"),
        ("operators.floor", "1.5", "--set operators.floor=1.5: it must be 0 to 1"),
        ("operators.floor", "nan", "--set operators.floor=nan: it must be 0 to 1"),
        ("population.grid", "yes", "--set population.grid=yes: expected bool"),
        ("population.clones", "long", "--set population.clones=long: expected newer | older | shorter | none"),
        ("population.emigrants", None, "--set population.emigrants=none: expected best | random | non-elite"),
    ],
)
def test_a_wrong_value_is_answered_with_what_is_expected(key: str, value: object, what: str) -> None:
    error = refusal(settings={key: value})
    assert error.what == what
    assert error.do.startswith(f"--set {key}=")


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_a_spec_makes_the_same_recipe_again(name: str) -> None:
    """As resume does, from what the log holds."""
    models = {"models": ("one", "two")} if recipes.RECIPES[name].needs_model else {}
    first = recipes.load(name, FOR_ALL, models)
    spec = json.loads(json.dumps(first.spec))
    again = recipes.load(spec["name"], FOR_ALL, spec["settings"])
    assert (again.name, dict(again.spec)) == (name, spec)
    assert state_digest(again.population) == state_digest(first.population)
    assert state_digest(again.selector) == state_digest(first.selector)
    assert again.population is not first.population


def test_what_was_set_is_in_the_spec_and_what_was_not_too() -> None:
    made = recipes.load("speciate", TOY, {"selection.tournament": "7"})
    assert made.spec["settings"]["selection.tournament"] == 7
    assert made.spec["settings"]["population.size"] == 75


def test_objects_are_given_in_python_and_named_in_the_spec() -> None:
    mine = Flat(7)
    made = recipes.speciate(TOY, population=mine, tournament=2)
    assert made.population is mine
    assert made.spec["objects"] == {"population": "Flat"}
    waiting = recipes.speciate(tournament=2)
    assert waiting.on(TOY).spec == recipes.speciate(TOY, tournament=2).spec


@pytest.mark.parametrize(("name", "settings"), [("map_elites", {}), ("speciate", {"population.grid": True})])
def test_a_grid_needs_measures(name: str, settings: dict[str, object]) -> None:
    error = refusal(name, settings, Problem("bare"))
    assert "needs measures and problem bare declares none" in error.what
    assert "problem.toml" in error.do


def test_the_catalogue_has_a_line_a_paper_and_typed_settings_for_each() -> None:
    entries = {each.name: each for each in recipes.catalogue()}
    assert list(entries) == list(recipes.RECIPES)
    for each in entries.values():
        assert each.summary.endswith(".")
        assert "\n" not in each.summary
        assert each.paper
        assert 1960 < each.year < 2100
    islands = next(each for each in entries["speciate"].settings if each.key == "population.islands")
    assert (islands.type, islands.default) == ("int", 4)
    clones = next(each for each in entries["speciate"].settings if each.key == "population.clones")
    assert (clones.type, clones.default) == ("newer | older | shorter | none", Ties.SHORTER.value)


def test_defaults_are_those_of_the_documentation() -> None:
    made = recipes.load("speciate", TOY)
    assert isinstance(made.population, Islands)
    assert isinstance(made.selector, Mixture)
    choices = {
        arm.selector.selector.__class__ for arm in made.selector.arms.values() if isinstance(arm.selector, Parents)
    }
    assert choices == {Tournament}
    assert (len(made.population.parts), made.population.every) == (4, 500)


def test_a_problem_may_set_what_fits_it_and_a_user_may_overrule_it() -> None:
    own = replace(TOY, settings={"population.islands": 3})
    assert recipes.load("speciate", own).spec["settings"]["population.islands"] == 3
    assert recipes.load("speciate", own, {"population.islands": "2"}).spec["settings"]["population.islands"] == 2
    assert recipes.speciate(own).spec["settings"]["population.islands"] == 3
    assert recipes.load("random", own).spec["settings"] == {}
    with pytest.raises(UsageError, match="no recipe has such a setting"):
        recipes.load("random", replace(TOY, settings={"population.island": 3}))
