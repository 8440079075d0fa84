from __future__ import annotations

from speciate.core.problem import Problem, Recipe
from speciate.populations import Flat
from speciate.selection import Uniform

from .asked import Asked, ModelNames, MostTokens, Temperature, Tries, baseline
from .method import method
from .operators import Arms


@method(paper="a baseline, as in Langdon & Poli, Foundations of genetic programming", year=2002)
def random(
    problem: Problem,
    *,
    models: ModelNames = (),
    most: MostTokens = 8192,
    temperature: Temperature = None,
    tries: Tries = 2,
    proposers: Arms | None = None,
) -> Recipe:
    """The baseline without selection: a uniform parent among all valid candidates, a uniform operator.

    It has the default's operators and its filter of duplicates, so what another recipe gains on it is due to
    selection, to structure and to the choice of operators.

    Args:
        problem: what to improve.
        models: language models; with any, their edits and rewrites are the only operators.
        proposers: your operators by name, in place of those that apply.
    """
    mixture = baseline(problem, Uniform(), proposers, Asked(models, most, temperature, tries))
    return Recipe("random", selector=mixture, proposer=mixture, population=Flat())
