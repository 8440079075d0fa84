from __future__ import annotations

from speciate.core.problem import Problem, Recipe
from speciate.populations import Flat, Ties
from speciate.selection import Uniform

from .asked import Asked, ModelNames, MostTokens, Temperature, Tries, baseline
from .method import method
from .operators import Arms


@method(
    paper="a baseline, as in Mitchell, Holland & Forrest, When will a genetic algorithm outperform hill climbing",
    year=1993,
)
def hill_climbing(
    problem: Problem,
    *,
    models: ModelNames = (),
    most: MostTokens = 8192,
    temperature: Temperature = None,
    tries: Tries = 2,
    proposers: Arms | None = None,
) -> Recipe:
    """The baseline without a population: the best so far is the parent, and a child that is not worse takes its place.

    Random-mutation hill climbing, or a (1+1) evolutionary algorithm whose mutation is one operator drawn uniformly:
    a child of equal score replaces its parent, so that the search may walk along a plateau. It has the default's
    operators and its filter of duplicates, so what another recipe gains on it is due to keeping more than one program.
    Operators of two parents get the same one twice. With several evaluations under way children may be of a parent that
    has been replaced meanwhile; each is compared with the best when it is scored.

    Args:
        problem: what to improve.
        models: language models; with any, their edits and rewrites are the only operators.
        proposers: your operators by name, in place of those that apply.
    """
    mixture = baseline(problem, Uniform(), proposers, Asked(models, most, temperature, tries))
    alone = Flat(1, ties=Ties.NEWER, clones=None)
    return Recipe("hill_climbing", selector=mixture, proposer=mixture, population=alone)
