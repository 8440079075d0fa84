"""From the keys of problem.toml, in the user's direction, to the engine's values, where higher is better."""

from __future__ import annotations

from typing import Any

from speciate.core.budget import Budget
from speciate.core.problem import Limits, Measure, Objective, Problem, Stage

from .schema import ProblemKeys


def problem_of(keys: ProblemKeys, *, name: str, **fields: Any) -> Problem:
    """The Problem these keys describe; `fields` are those that no key gives (seeds, source, digest ...)."""
    objectives = tuple(
        Objective(name, each.direction, each.unit, each.digits) for name, each in keys.objectives.items()
    )
    sign = objectives[0].direction.sign

    def turned(value: float | None) -> float | None:
        return None if value is None else sign * value

    budget = keys.budget.model_dump()
    budget["target"] = turned(keys.budget.target)
    return Problem(
        name=name,
        statement=keys.statement.strip(),
        objectives=objectives,
        measures=tuple(Measure(name, each.low, each.high, each.cells) for name, each in keys.measures.items()),
        stages=tuple(Stage(each.name, turned(each.threshold), each.seconds) for each in keys.stages),
        sealed=keys.sealed,
        limits=Limits(**keys.limits.model_dump()),
        packages=keys.packages,
        budget=Budget(**budget),
        published={name: each.model_dump() for name, each in keys.published.items()},
        **fields,
    )
