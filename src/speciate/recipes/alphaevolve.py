from __future__ import annotations

from typing import Annotated

from speciate.core.problem import Problem, Recipe
from speciate.populations import Islands, TextGrid
from speciate.selection import FixedWeights, Inspired, Weighted

from .asked import ModelNames, MostTokens, Temperature, Tries, Weights, asked, served
from .method import Setting, method


@method(
    paper="Novikov et al., AlphaEvolve: a coding agent for scientific and algorithmic discovery, arXiv 2506.13131",
    year=2025,
    model=True,
)
def alphaevolve(
    problem: Problem,
    *,
    models: ModelNames = (),
    weights: Weights = (),
    rewrite: Annotated[float, Setting("operators.rewrite", "share of whole rewrites", low=0, high=1)] = 0.1,
    islands: Annotated[int, Setting("population.islands", "grids that breed by themselves", low=1)] = 4,
    cells: Annotated[int, Setting("population.cells", "of each axis of a grid", low=1)] = 10,
    every: Annotated[int, Setting("population.every", "newcomers between migrations, 0 is never", low=0)] = 100,
    migrants: Annotated[int, Setting("population.migrants", "how many leave each island", low=0)] = 1,
    archive: Annotated[int, Setting("selection.archive", "how many of the best may be parents", low=1)] = 100,
    top: Annotated[int, Setting("prompt.top", "best programs shown besides the parent", low=0)] = 2,
    diverse: Annotated[int, Setting("prompt.diverse", "different programs shown", low=0)] = 2,
    most: MostTokens = 8192,
    temperature: Temperature = None,
    tries: Tries = 2,
) -> Recipe:
    """AlphaEvolve: islands of grids, a pool of models that edit a parent and sometimes write it anew, shown prior
    programs, scores and feedback.

    Of section 2 it has the prompt of prior programs with their scores and what evaluation said, edits as
    SEARCH/REPLACE blocks or whole programs, an ensemble of models, a cascade of stages where the problem has one, and
    a database of islands and grids. The paper gives neither the database's rules nor any number: parents are weighted
    by score and number of children (ShinkaEvolve's rule), grids lie over a program's length and distance from the seed,
    and the defaults are ours. An edit that does not fit is asked for again.

    Args:
        problem: what to improve.
        models: their names; each is asked equally often, or by `weights`.
    """
    from speciate.proposers.llm import Diff, Rewrite
    from speciate.proposers.mixture import Arm, Mixture

    prompter, asking = asked(problem, most, temperature, tries)
    parents = served(Inspired(Weighted(archive), top=top, diverse=diverse), models, weights=weights)
    grids = [TextGrid(problem.seeds[0], cells=cells, measures=problem.measures) for _ in range(islands)]
    works = {Diff.name: Diff(prompter, asking), Rewrite.name: Rewrite(prompter, asking)}
    shares = {Diff.name: 1.0 - rewrite, Rewrite.name: rewrite}
    mixture = Mixture({name: Arm(parents, work) for name, work in works.items()}, FixedWeights(shares))
    kept = Islands(grids, every=every, migrants=migrants)
    return Recipe("alphaevolve", selector=mixture, proposer=mixture, population=kept)
