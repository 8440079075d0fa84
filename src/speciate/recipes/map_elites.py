from __future__ import annotations

from typing import Annotated

from speciate.core.errors import UsageError
from speciate.core.problem import Problem, Recipe
from speciate.populations import MapElites, Ties
from speciate.selection import Uniform

from .asked import Asked, ModelNames, MostTokens, Temperature, Tries, baseline
from .method import Setting, method
from .operators import Arms


@method(paper="Mouret & Clune, Illuminating search spaces by mapping elites, arXiv 1504.04909", year=2015)
def map_elites(
    problem: Problem,
    *,
    ties: Annotated[Ties, Setting("population.ties", "who holds a cell at equal fitness")] = Ties.SHORTER,
    clones: Annotated[Ties | None, Setting("population.clones", "which of equal behaviour is kept")] = None,
    models: ModelNames = (),
    most: MostTokens = 8192,
    temperature: Temperature = None,
    tries: Tries = 2,
    proposers: Arms | None = None,
) -> Recipe:
    """MAP-Elites: the best of every cell of a grid over the problem's measures, parents drawn uniformly from the cells.

    As in the paper's section 3: one grid, uniform choice among its elites, a child replaces the elite of its cell if
    it is better. Of the paper's claims it reproduces that the grid's best rivals that of a search for the best alone,
    with diverse elites beside it. Operators are drawn uniformly.

    Args:
        problem: what to improve; it must declare measures, whose cells are set there.
        models: language models; with any, their edits and rewrites are the only operators.
        proposers: your operators by name, in place of those that apply.
    """
    if not problem.measures:
        raise UsageError(
            f"recipe map_elites needs measures and problem {problem.name} declares none",
            "add [[measures]] to problem.toml, or take --recipe speciate, which needs none",
        )
    mixture = baseline(problem, Uniform(), proposers, Asked(models, most, temperature, tries))
    grid = MapElites(problem.measures, ties=ties, clones=clones)
    return Recipe("map_elites", selector=mixture, proposer=mixture, population=grid)
