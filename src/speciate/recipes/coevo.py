from __future__ import annotations

from typing import Annotated

from speciate.core.problem import Problem, Recipe
from speciate.memory import Library
from speciate.populations import Flat
from speciate.selection import FixedWeights, ReciprocalRank, Reflecting, Seeds, Several

from .asked import ModelNames, MostTokens, Temperature, Tries, Weights, asked, served
from .method import Names, Setting, method

OPERATORS = ("crossover_positive", "crossover_negative", "mutation_positive", "mutation_negative")


@method(
    paper="Guo, Zhang & Lin, CoEvo: continual evolution of symbolic solutions using large language models, "
    "arXiv 2412.18890",
    year=2024,
    model=True,
)
def coevo(
    problem: Problem,
    *,
    models: ModelNames = (),
    weights: Weights = (),
    size: Annotated[int, Setting("population.size", "members", low=1)] = 5,
    start: Annotated[float, Setting("operators.start", "share of solutions from nothing", low=0, high=1)] = 0.2,
    parents: Annotated[int, Setting("operators.parents", "of a crossover", low=2)] = 2,
    ideas: Annotated[int, Setting("ideas.asked", "of each layer", low=1)] = 3,
    layers: Annotated[int, Setting("ideas.layers", "programs of one ticket at most", low=1)] = 2,
    library: Annotated[int, Setting("library.size", "ideas that are kept", low=1)] = 30,
    recalled: Annotated[int, Setting("library.recalled", "ideas in a prompt, 0 is none", low=0)] = 5,
    same: Annotated[float, Setting("library.same", "likeness of two that are one", low=0.01, high=1)] = 0.8,
    cluster: Annotated[float, Setting("library.cluster", "likeness not recalled twice", low=0.01, high=1)] = 0.6,
    kept: Annotated[int, Setting("library.kept", "ideas taken in of one improvement, 0 is none", low=0)] = 3,
    embedder: Annotated[Names, Setting("library.embedder", "embedding model, none: likeness by words")] = (),
    most: MostTokens = 8192,
    temperature: Temperature = None,
    tries: Tries = 2,
) -> Recipe:
    """CoEvo: ideas, thoughts and a program in one answer, new ideas while they improve it, and a library of the ideas
    that did.

    After the paper: solutions from nothing, crossovers and mutations that are positive (motivated by their parents) or
    negative (unlike them); a tree of ideas in layers, each begun from how the program of the last one scored, as long
    as that is better than the one before; a library to which the ideas of solutions that improved are added, merged
    where they say the same, recalled at random for new solutions and by likeness for deeper layers, one of a cluster;
    parents by 1 / (rank + members).

    A library of 30 is the paper's, 3 ideas in each of 2 layers and 5 ideas recalled are of the authors' code. It
    differs in that likeness is of words unless an embedder is set, clusters are formed by one threshold and not by
    density, ideas that merge count as one, a solution has no LaTeX form beside code and words, what helped is asked
    once a ticket, and operators are drawn rather than taken in turn: the authors' scripts begin 6 of 10 solutions from
    nothing (`operators.start`), in a population of 2; the size here is ours.

    Args:
        problem: what to improve.
        models: their names; each is asked equally often, or by `weights`.
    """
    from speciate.proposers.llm import Reason, Tree
    from speciate.proposers.mixture import Arm, Mixture

    prompter, asking = asked(problem, most, temperature, tries)
    tree = Tree((ideas,) * layers, recalled, kept)

    def reason(name: str, count: int) -> Reason:
        return Reason(name, prompter, asking, parents=count, tree=tree, embedder="".join(embedder[:1]))

    ranked = served(ReciprocalRank(), models, weights=weights)
    arms = {"start": Arm(served(Seeds(len(problem.seeds)), models, weights=weights), reason("start", 0))}
    for name in OPERATORS:
        count = parents if name.startswith("crossover") else 1
        arms[name] = Arm(Several(ranked, count) if count > 1 else ranked, reason(name, count))
    shares = {"start": start, **dict.fromkeys(OPERATORS, (1.0 - start) / len(OPERATORS))}
    mixture = Mixture(arms, FixedWeights(shares))
    known = Library(library, count=max(recalled, 1), same=same, cluster=cluster)
    selector = Reflecting(mixture, (known,), models) if recalled else mixture
    return Recipe("coevo", selector=selector, proposer=mixture, population=Flat(size), memory=known)
