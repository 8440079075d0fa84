from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from speciate.core.errors import UsageError
from speciate.core.problem import Problem, Recipe
from speciate.populations import Clusters, Islands, Resets
from speciate.selection import Boltzmann, FixedWeights

from .asked import ModelNames, MostTokens, Temperature, Tries, Weights, asked, served
from .method import Setting, method


@method(
    paper="Romera-Paredes et al., Mathematical discoveries from program search with large language models, Nature 625",
    year=2024,
    model=True,
)
def funsearch(
    problem: Problem,
    *,
    models: ModelNames = (),
    weights: Weights = (),
    shots: Annotated[int, Setting("prompt.shots", "versions shown, at most as many as clusters", low=1)] = 2,
    samples: Annotated[int, Setting("prompt.samples", "completions of each prompt", low=1)] = 4,
    islands: Annotated[int, Setting("population.islands", "that never mix but by resets", low=1)] = 10,
    resets: Annotated[
        int, Setting("population.resets", "newcomers between resets of the worse half, 0 is never", low=0)
    ] = 1000,
    initial: Annotated[float, Setting("selection.temperature", "at the start of a period", low=1e-9)] = 0.1,
    period: Annotated[int, Setting("selection.period", "newcomers of an island until it starts again", low=1)] = 30_000,
    normalised: Annotated[bool, Setting("selection.normalised", "scores in units of their spread")] = True,
    most: MostTokens = 2048,
    temperature: Temperature = None,
    tries: Tries = 1,
) -> Recipe:
    """FunSearch: islands of clusters by behaviour; a model continues a row of versions of one function, the better ones
    last.

    After the paper's Methods: ten islands, clusters by the tuple of per-case scores, softmax over their scores at a
    falling temperature, over lengths within one, at most two versions in a prompt and four completions of it, the worse
    half of the islands settled anew by another's best now and then. It differs in what the paper leaves to its
    surroundings: a reset comes after so many newcomers and not every four hours, scores are measured in units of their
    spread (`selection.normalised=false` is the paper's form), and programs that were seen before are not evaluated
    again.

    Args:
        problem: what to improve; its program is Python and has one function to evolve.
        models: their names; each is asked equally often, or by `weights`.

    Raises:
        UsageError: where the program has no such function.
    """
    from speciate.proposers.llm import Complete
    from speciate.proposers.mixture import Arm, Mixture

    _check(problem)
    prompter, asking = asked(problem, most, temperature, tries)
    versions = Boltzmann(initial, period, normalised=normalised, parents=shots)
    kept = Resets(Islands([Clusters() for _ in range(islands)], every=0), Clusters, every=resets)
    work = Complete(prompter, replace(asking, samples=samples), parents=shots)
    mixture = Mixture({work.name: Arm(served(versions, models, weights=weights), work)}, FixedWeights({work.name: 1.0}))
    return Recipe("funsearch", selector=mixture, proposer=mixture, population=kept)


def _check(problem: Problem) -> None:
    """That there is a function to evolve: else no ticket comes to anything."""
    from speciate.proposers.llm.completing import file_of, function_of
    from speciate.proposers.llm.faults import EditFailed

    programs = [seed for seed in problem.seeds if seed.files]
    for seed in programs:
        try:
            function_of(seed.files[file_of(seed)])
        except EditFailed:
            continue
        return
    if programs:
        name = next(iter(programs[0].files))
        raise UsageError(
            f"funsearch continues a Python function, and nothing that may change in {name} is one",
            "write such a function at the top of what may change, or take --recipe openevolve, which rewrites any text",
        )
