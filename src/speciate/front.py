"""The front door from Python: `speciate.evolve`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .core.budget import Budget
from .core.values import MODELS
from .models import Answering, aside, names_in
from .session import Source, Wanted, new_run

if TYPE_CHECKING:
    from .core.problem import Problem, Recipe
    from .core.protocols import Model
    from .recipes import Chosen
    from .store.queries import Run


def evolve(
    problem: str | Path | Problem,
    recipe: str | Recipe | Chosen = "speciate",
    *,
    model: str | Sequence[str] | Model | None = None,
    budget: int | Budget | None = None,
    seed: int = 0,
    store: str | Path = "runs",
    slots: int | None = None,
    calls: int | None = None,
    ordered: bool = False,
) -> Run:
    """Evolve better candidates of a problem, and return the run, opened for reading.

    Args:
        problem: a shipped name, a folder, or a Problem.
        recipe: a name, a recipe with settings (`recipes.speciate(islands=2)`), or a Recipe.
        model: a language model's name, or several, for a recipe that asks one; keys come from the environment. Or a
            Model of one's own: `Cached(Pool(["gpt-5-mini"]), "replies")`, `replay("runs/bin_packing-1.db")`, or any
            object with its one method.
        budget: evaluations, or a Budget (its target in the engine's direction); None is the problem's own.
        seed: of all random streams.
        store: the folder that runs are kept in.
        slots: evaluations at once; None is one a core.
        calls: questions to models at once; None is 16 at least, in ordered mode 8.
        ordered: make the run repeatable (same seed, same candidates); timing then decides nothing.

    Raises UsageError, ProblemError (SeedError if the seed does not score), StoreError, SandboxError, EvaluatorFault.
    """
    from .core.problem import Problem
    from .store.queries import Run

    source = None if isinstance(problem, Problem) else Source(str(problem))
    loaded = problem if isinstance(problem, Problem) else Source(str(problem)).load()
    limits = Budget(evals=budget) if isinstance(budget, int) else budget
    own = None if model is None or isinstance(model, str | Sequence) else model
    names = _names(model) if own is None or isinstance(recipe, str) else ()
    answering = Answering(own=own)
    wanted = Wanted(recipe, {MODELS: names} if names else {}, limits, seed, slots, ordered, answering, calls)
    with new_run(loaded, wanted, Path(store), source) as session:
        aside(session.drive)
    return Run(session.path)


def _names(model: str | Sequence[str] | Model | None) -> tuple[str, ...]:
    """The names by which a recipe asks."""
    if isinstance(model, str):
        return (model,)
    if model is None or isinstance(model, Sequence):
        return tuple(model or ())
    return tuple(names_in(model))
