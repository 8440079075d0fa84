from __future__ import annotations

from speciate.core.problem import Problem, Recipe
from speciate.populations import Flat
from speciate.selection import Always

from .asked import Asked, ModelNames, MostTokens, Temperature, Tries, baseline
from .method import method
from .operators import Arms


@method(paper="a baseline, as in Brown et al., Large language monkeys, arXiv 2407.21787", year=2024)
def best_of_n(
    problem: Problem,
    *,
    models: ModelNames = (),
    most: MostTokens = 8192,
    temperature: Temperature = None,
    tries: Tries = 2,
    proposers: Arms | None = None,
) -> Recipe:
    """The baseline without evolution: the seed is always the parent, and the best of all its children counts.

    It has the default's operators and its filter of duplicates, so what another recipe gains on it is due to building
    on what was found. With several seeds each ticket draws one of them uniformly.

    Args:
        problem: what to improve.
        models: language models; with any, their edits and rewrites are the only operators.
        proposers: your operators by name, in place of those that apply.
    """
    seeds = Always(first=max(1, len(problem.seeds)))
    mixture = baseline(problem, seeds, proposers, Asked(models, most, temperature, tries))
    return Recipe("best_of_n", selector=mixture, proposer=mixture, population=Flat())
