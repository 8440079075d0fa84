from __future__ import annotations

from typing import Annotated

from speciate.core.problem import Problem, Recipe
from speciate.populations import Emigrants, Islands, TextGrid
from speciate.selection import ExploreExploit, FixedWeights, Inspired

from .asked import ModelNames, MostTokens, Temperature, Tries, Weights, asked, served
from .method import Setting, method


@method(
    paper="OpenEvolve 0.3 (github.com/algorithmicsuperintelligence/openevolve), after AlphaEvolve",
    year=2025,
    model=True,
)
def openevolve(
    problem: Problem,
    *,
    models: ModelNames = (),
    weights: Weights = (),
    diff: Annotated[bool, Setting("operators.diff", "edits; else whole rewrites")] = True,
    islands: Annotated[int, Setting("population.islands", "grids that breed by themselves", low=1)] = 5,
    cells: Annotated[int, Setting("population.cells", "of each axis of a grid", low=1)] = 10,
    every: Annotated[
        int, Setting("population.every", "children of an island between migrations, 0 is never", low=0)
    ] = 50,
    share: Annotated[float, Setting("population.share", "of an island that migrates", low=0, high=1)] = 0.1,
    explore: Annotated[
        float, Setting("selection.explore", "share of parents drawn from the whole island", low=0, high=1)
    ] = 0.2,
    exploit: Annotated[float, Setting("selection.exploit", "share drawn from the archive", low=0, high=1)] = 0.7,
    archive: Annotated[int, Setting("selection.archive", "how many of the best", low=1)] = 100,
    top: Annotated[int, Setting("prompt.top", "best programs shown besides the parent", low=0)] = 3,
    diverse: Annotated[int, Setting("prompt.diverse", "different programs shown", low=0)] = 2,
    most: MostTokens = 4096,
    temperature: Temperature = 0.7,
    tries: Tries = 1,
) -> Recipe:
    """OpenEvolve: islands of grids over a program's length and distance from the seed, edits by a model that also sees
    the best and the most different programs.

    Defaults are OpenEvolve's. It differs where OpenEvolve's rule depends on the unit of the score, or forgets: parents
    that are neither explored nor exploited are drawn by rank, cells of the grid never move, an edit that matches
    nothing is no child, nothing is evaluated twice, and no member is lost to a limit on the population.

    Args:
        problem: what to improve.
        models: their names; each is asked equally often, or by `weights`.
    """
    from speciate.proposers.llm import Diff, Rewrite
    from speciate.proposers.mixture import Arm, Mixture

    prompter, asking = asked(problem, most, temperature, tries)
    parents = Inspired(ExploreExploit(explore, exploit, archive=archive), top=top, diverse=diverse)
    grids = [TextGrid(problem.seeds[0], cells=cells, measures=problem.measures) for _ in range(islands)]
    kept = Islands(grids, every=every * islands, share=share, emigrants=Emigrants.BEST, both_ways=True, once=True)
    work = (Diff if diff else Rewrite)(prompter, asking)
    mixture = Mixture({work.name: Arm(served(parents, models, weights=weights), work)}, FixedWeights({work.name: 1.0}))
    return Recipe("openevolve", selector=mixture, proposer=mixture, population=kept)
