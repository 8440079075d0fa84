from __future__ import annotations

from typing import Annotated

from speciate.core.problem import Problem, Recipe
from speciate.memory import Failures, Instructions, Scratchpad, Together
from speciate.populations import Emigrants, Flat, Islands
from speciate.selection import UCB1, AsymmetricUCB, FixedWeights, Inspired, Mending, Reflecting, Several, Weighted

from .asked import ModelNames, MostTokens, Temperature, Tries, asked, served
from .method import Names, Setting, method


@method(
    paper="Lange, Imajuku & Cetin, ShinkaEvolve: towards open-ended and sample-efficient program evolution, "
    "arXiv 2509.19349",
    year=2025,
    model=True,
)
def shinkaevolve(
    problem: Problem,
    *,
    models: ModelNames = (),
    rewrite: Annotated[float, Setting("operators.rewrite", "share of whole rewrites", low=0, high=1)] = 0.3,
    crossover: Annotated[float, Setting("operators.crossover", "share of crossovers", low=0, high=1)] = 0.1,
    fix: Annotated[
        float, Setting("operators.fix", "share of fixes; 0 is while there is no parent", low=0, high=1)
    ] = 0.0,
    islands: Annotated[int, Setting("population.islands", "that breed by themselves", low=1)] = 2,
    archive: Annotated[int, Setting("population.archive", "the best that are kept, over all islands", low=1)] = 40,
    every: Annotated[int, Setting("population.every", "newcomers between migrations", low=1)] = 10,
    share: Annotated[float, Setting("population.share", "of an island that migrates", low=0, high=1)] = 0.0,
    top: Annotated[int, Setting("prompt.top", "best programs shown besides the parent", low=0)] = 2,
    diverse: Annotated[int, Setting("prompt.diverse", "others shown, of the archive", low=0)] = 4,
    failures: Annotated[int, Setting("prompt.failures", "kinds of failure shown", low=0)] = 0,
    scratchpad: Annotated[int, Setting("scratchpad.every", "programs between notes, 0 is never", low=0)] = 10,
    thinkers: Annotated[Names, Setting("scratchpad.models", "that write them, none: the models")] = (),
    instructions: Annotated[int, Setting("instructions.every", "results between new ones, 0 is never", low=0)] = 0,
    embedder: Annotated[Names, Setting("novelty.embedder", "embedding model, none: compared by text")] = (),
    judge: Annotated[Names, Setting("novelty.judge", "model that judges what is similar, none: refused")] = (),
    alike: Annotated[float, Setting("novelty.alike", "cosine from which embeddings are alike", low=0, high=1)] = 0.99,
    attempts: Annotated[int, Setting("novelty.tries", "proposals until one is new", low=1)] = 3,
    most: MostTokens = 8192,
    temperature: Temperature = None,
    tries: Tries = 3,
) -> Recipe:
    """ShinkaEvolve: few programs, well chosen: parents by score and children, models by a bandit that weighs gain
    against cost, variants refused before they are evaluated, and notes that a model keeps of it all.

    After sections 3.1 to 3.3 and the authors' code: edits, rewrites and crossovers at 0.6, 0.3 and 0.1; two islands
    without migration; parents weighted by a sigmoid of score over the number of children; two of the best and four of
    the archive shown; the asymmetric bandit over models; novelty by the cosine of embeddings (0.99), with or without a
    judge; every ten programs summaries, insights and recommendations, one of which is in each later prompt; the repair
    of a failed program while there is no parent. `instructions.every` turns on the evolution of prompts, off in the
    authors' defaults too.

    It differs: without `novelty.embedder` programs are compared by their text; each island has its share of the
    archive for its own, and of programs that score the same in every case it keeps one; the parents of a crossover are
    of one island, both drawn by weight; what migrates stays at home too; a period's summaries are one call and not ten;
    what evolves of a prompt are words beside the problem's statement; a run of which no seed scores ends, so repairs
    take a share of their own (`operators.fix`); islands are not spawned when the search stagnates.

    Args:
        problem: what to improve.
        models: their names; a bandit chooses.
    """
    from speciate.proposers.llm import Archive, Crossover, Diff, Fix, Instruct, Novel, Reflect, Rewrite, Thresholds
    from speciate.proposers.mixture import Arm, Mixture
    from speciate.proposers.routed import Routed

    prompter, asking = asked(problem, most, temperature, tries)
    by, judges = "".join(embedder[:1]), "".join(judge[:1])
    known, limits = Archive(), Thresholds(None, alike) if by else Thresholds()
    parents = served(Inspired(Weighted(archive), top=top, diverse=diverse, pool=diverse), models, AsymmetricUCB())
    weights = {"diff": max(1 - rewrite - crossover - fix, 0.0), "rewrite": rewrite, "crossover": crossover, "fix": fix}
    arms = {"fix": Arm(served(Mending(), models), Fix(prompter, asking))}
    for work in (Diff(prompter, asking), Rewrite(prompter, asking), Crossover(prompter, asking)):
        novel = Novel(work, known, prompter, thresholds=limits, embedder=by, judge=judges, tries=attempts)
        arms[work.name] = Arm(Several(parents) if work.parents > 1 else parents, novel)
    mixture = Mixture(arms, FixedWeights(weights))
    kept = [Flat(max(archive // islands, 1)) for _ in range(islands)]
    population = Islands(kept, every=every if share else 0, share=share, emigrants=Emigrants.NON_ELITE)

    notes = [Scratchpad(scratchpad)] if scratchpad else []
    words = [Instructions(UCB1(), every=instructions)] if instructions else []
    works = {Scratchpad.operator: Reflect(prompter, asking), Instructions.operator: Instruct(prompter, asking)}
    return Recipe(
        "shinkaevolve",
        selector=Reflecting(mixture, (*notes, *words), thinkers or models),
        proposer=Routed(works, mixture),
        population=population,
        memory=Together(*notes, *words, *([Failures(failures)] if failures else [])),
    )
