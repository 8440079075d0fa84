"""The front door from Python: `speciate.evolve`."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .core.budget import Budget
from .core.values import MODELS
from .session import Session, Source, Wanted, new_run

if TYPE_CHECKING:
    from .core.problem import Problem, Recipe
    from .recipes import Chosen
    from .store.queries import Run


def evolve(
    problem: str | Path | Problem,
    recipe: str | Recipe | Chosen = "speciate",
    *,
    model: str | Sequence[str] | None = None,
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
        model: a language model's name, or several, for a recipe that asks one; keys come from the environment.
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
    names = (model,) if isinstance(model, str) else tuple(model or ())
    wanted = Wanted(recipe, {MODELS: names} if names else {}, limits, seed, slots, ordered, calls=calls)
    with new_run(loaded, wanted, Path(store), source) as session:
        _anywhere(session)
    return Run(session.path)


def _anywhere(session: Session) -> None:
    """Drives it, in a thread of its own where this one has an event loop already, as in a notebook."""
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        session.drive()
        return
    failed: list[BaseException] = []

    def work() -> None:
        try:
            session.drive()
        except BaseException as error:  # noqa: BLE001  # raised again in the caller's thread
            failed.append(error)

    thread = threading.Thread(target=work, name="speciate")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
