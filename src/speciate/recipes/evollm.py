from __future__ import annotations

from typing import Annotated

from speciate.core.errors import UsageError
from speciate.core.problem import Problem, Recipe
from speciate.populations import Flat
from speciate.selection import FixedWeights, Tournament

from .asked import ModelNames, MostTokens, Temperature, Tries, Weights, asked, served
from .method import Setting, method
from .operators import NODES


@method(
    paper="Lange, Tian & Tang, Large language models as evolution strategies, GECCO, arXiv 2402.18381",
    year=2024,
    model=True,
)
def evollm(
    problem: Problem,
    *,
    models: ModelNames = (),
    weights: Weights = (),
    children: Annotated[int, Setting("strategy.children", "sampled around each mean", low=1)] = 5,
    generations: Annotated[int, Setting("prompt.generations", "shown, the best", low=1)] = 5,
    members: Annotated[int, Setting("prompt.members", "shown of each generation, its best", low=1)] = 5,
    block: Annotated[int, Setting("prompt.block", "numbers asked for at once", low=1)] = 10,
    warmup: Annotated[int, Setting("strategy.warmup", "generations before the model is asked", low=0)] = 1,
    sigma: Annotated[float, Setting("strategy.sigma", "first step, in each number's size", low=0.01, high=10)] = 0.2,
    decay: Annotated[float, Setting("strategy.decay", "of sigma after no gain", low=0.01, high=1)] = 0.5,
    structure: Annotated[
        float, Setting("operators.structure", "share of tickets that edit the program", low=0, high=1)
    ] = 0.8,
    size: Annotated[int, Setting("population.size", "members", low=1)] = 100,
    tournament: Annotated[int, Setting("selection.tournament", "entrants", low=1)] = 5,
    most: MostTokens = 4096,
    temperature: Temperature = None,
    tries: Tries = 2,
) -> Recipe:
    """EvoLLM: a model proposes the next mean of an evolution strategy from sorted generations of whole numbers; here
    over the numbers of programs, which it edits beside.

    After the paper's section 3: members as whole numbers, generations and members from the least to the most fit, a
    better fitness asked for, the answer a mean around which children are sampled isotropically, block by block where
    there are many numbers, and a fall-back where an answer cannot be read. The model is not told what the numbers mean.

    It differs in that the numbers are the literals of a program, or the array that a problem asks for, in units of each
    one's size; programs that differ in nothing else share one search. Since few programs begin with numbers that could
    be searched, a share of the tickets edits programs by the model (`operators.structure`, 0 is the paper's method
    alone), parents coming from tournaments. Whole numbers and fitness span the members shown, and so neither depends on
    a unit; sigma falls after a generation without a gain (`strategy.decay` 1 keeps it), and begins anew at the end. An
    answer that cannot be read is asked for again, then the best member takes the mean's place. A generation waits for
    the one before it in its search, not for others. How many children, generations and members there are, and sigma,
    are our choice.

    Args:
        problem: what to improve.
        models: their names; each is asked equally often, or by `weights`.
    """
    from speciate.proposers.llm import Diff, EvoLLM, Shape
    from speciate.proposers.mixture import Arm, Mixture
    from speciate.proposers.syntax import Limits, Reader
    from speciate.proposers.vectors import Vectors

    language = problem.language
    vectors = Vectors(language, Reader(language.calls), Limits(nodes=NODES, arithmetic=language.arithmetic))
    if not structure and not language.construction and not any(map(vectors.read, problem.seeds)):
        raise UsageError(
            f"recipe evollm without edits searches numbers, and the seed of problem {problem.name} has none",
            "drop operators.structure=0, or write numbers into the evolving block",
        )
    prompter, asking = asked(problem, most, temperature, tries)
    parents = served(Tournament(tournament), models, weights=weights)
    shape = Shape(children, generations, members, warmup, block, sigma, decay)
    numbers = EvoLLM(parents, vectors, prompter, asking, shape)
    arms = {Diff.name: Arm(parents, Diff(prompter, asking)), EvoLLM.name: Arm(numbers, numbers)}
    shares = {Diff.name: structure, EvoLLM.name: 1.0 - structure}
    mixture = Mixture({name: arm for name, arm in arms.items() if shares[name]}, FixedWeights(shares))
    return Recipe("evollm", selector=mixture, proposer=mixture, population=Flat(size))
