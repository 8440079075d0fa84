from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from speciate.core.errors import UsageError
from speciate.core.problem import Problem, Recipe
from speciate.populations import Flat
from speciate.selection import UniformBandit

from .method import Setting, method
from .operators import NODES

MOST = 500  # numbers: the covariance of more takes longer to learn than any budget here has evaluations


@method(
    paper="Hansen & Ostermeier, Completely derandomized self-adaptation in evolution strategies, Evol. Comput. 9(2); "
    "restarts: Auger & Hansen, CEC 2005",
    year=2001,
)
def cma_es(
    problem: Problem,
    *,
    sigma: Annotated[float, Setting("strategy.sigma", "first step, in each number's size", low=0.01, high=10)] = 0.3,
    polish: Annotated[bool, Setting("strategy.polish", "arrays by the problem's polish, if it has one")] = True,
) -> Recipe:
    """The baseline of numbers alone: CMA-ES over the literals of the seed, restarted with a doubled population.

    Equations, weights and constants are those of Hansen's tutorial (arXiv 1604.00772, 2016), restarts those of IPOP
    (Auger & Hansen 2005), but for where a restart begins: around the seed's numbers, since programs have no box. What
    another recipe gains on it is due to changing more of a program than its numbers. Where a problem asks for an array
    these are the array's numbers, written down; where it has a polish, that is applied to them as every recipe's
    operators do, and the score is that of the polished array, the numbers staying as drawn (Baldwin's effect: Hinton &
    Nowlan 1987). Without it (`strategy.polish=false`) most arrays break the constraints of problems that have some.
    Whole numbers stay whole; written are as many digits as the problem allows its operators.

    Args:
        problem: what to improve; its seed must have numbers.
    """
    from speciate.proposers.ipop import IPOP
    from speciate.proposers.mixture import Arm, Mixture
    from speciate.proposers.syntax import Limits, Reader
    from speciate.proposers.vectors import Vectors

    language = problem.language if polish else replace(problem.language, polish={})
    limits = Limits(nodes=NODES, arithmetic=language.arithmetic)
    vectors = Vectors(language, Reader(language.calls), limits, MOST)
    if not language.construction and not any(map(vectors.read, problem.seeds)):
        raise UsageError(
            f"recipe cma_es searches the numbers of a program, and the seed of problem {problem.name} has none",
            "write numbers into the evolving block, or take --recipe hill_climbing",
        )
    numbers = IPOP(vectors, spread=sigma)
    mixture = Mixture({IPOP.name: Arm(numbers, numbers)}, UniformBandit())
    return Recipe("cma_es", selector=mixture, proposer=mixture, population=Flat())
