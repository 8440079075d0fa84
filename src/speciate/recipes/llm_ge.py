from __future__ import annotations

from typing import Annotated

from speciate.core.problem import Problem, Recipe
from speciate.memory import Thoughts
from speciate.populations import NonDominated
from speciate.selection import Crowded, Drawing, FixedWeights, Founding, Reflecting, Several, Styles

from .asked import ModelNames, MostTokens, Tries, Weights, asked, served
from .method import Setting, method

ROLES = ("role_expert", "role_scientist", "role_outsider")
TASKS = (
    *("task_structure", "task_significant", "task_unusual"),
    *("task_numbers", "task_unusual_numbers", "task_simplify"),
)


@method(
    paper="Morris, Jurado & Zutty, LLM guided evolution: the automation of models advancing models, GECCO, "
    "arXiv 2403.11446",
    year=2024,
    model=True,
)
def llm_ge(
    problem: Problem,
    *,
    models: ModelNames = (),
    weights: Weights = (),
    size: Annotated[int, Setting("population.size", "members that a selection leaves", low=1)] = 44,
    brood: Annotated[int, Setting("population.brood", "newcomers between selections", low=1)] = 44,
    founders: Annotated[int, Setting("population.founders", "first children; mutations are of the seed", low=0)] = 44,
    tournament: Annotated[int, Setting("selection.tournament", "entrants", low=1)] = 2,
    crossover: Annotated[float, Setting("operators.crossover", "share of crossovers", low=0, high=1)] = 0.3,
    every: Annotated[int, Setting("thoughts.every", "newcomers between thoughts, 0 is never", low=0)] = 44,
    share: Annotated[float, Setting("thoughts.share", "of prompts that recall one", low=0, high=1)] = 0.25,
    elites: Annotated[int, Setting("thoughts.elites", "pairs and thoughts that are remembered", low=1)] = 10,
    roles: Annotated[bool, Setting("prompt.roles", "a character to play and a task, drawn")] = True,
    coolest: Annotated[float, Setting("model.coolest", "the lowest temperature", low=0)] = 0.02,
    hottest: Annotated[float | None, Setting("model.hottest", "none: the provider's", low=0)] = 0.4,
    most: MostTokens = 4096,
    tries: Tries = 1,
) -> Recipe:
    """LLM Guided Evolution: a model mutates and mates the marked blocks, playing a character, and reasons about what
    made programs better; NSGA-II selects.

    After the paper: mutations whose prompts are a character (an expert, a daring scientist, a lucky amateur) and one of
    six tasks, at a temperature drawn anew; crossovers; Evolution of Thought, in which the model is shown the seed and
    what descends from it and gained most, says what made it better, and a share of later prompts begins with such a
    thought; parents by NSGA-II's crowded tournament, and (mu + lambda) survival by fronts over all objectives of the
    problem, so that elites are kept.

    The paper's numbers are not all in its text; 44 members, 0.35 to 0.8 for crossover to mutation, a quarter of prompts
    with a thought of the 10 elites, and temperatures of 0.02 to 0.4 are of the authors' code. It differs in that no
    child waits for a generation or is made by two operators in a row, the first children are 44 and not 144, with
    crossovers among them, elites are NSGA-II's and not SPEA-2's, a thought is asked for once and kept and not within a
    mutation's prompt, and the templates are ours and are not rephrased between generations. The second objective of
    the paper, a network's size, is any further objective of the problem.

    Args:
        problem: what to improve.
        models: their names; each is asked equally often, or by `weights`.
    """
    from speciate.proposers.llm import Crossover, Rewrite, Think
    from speciate.proposers.mixture import Arm, Mixture
    from speciate.proposers.routed import Routed

    prompter, asking = asked(problem, most, None, tries)
    words = {"role": ROLES, "task": TASKS} if roles else {"role": ROLES[:1], "task": TASKS[1:2]}
    styles = Styles(words, None if hottest is None else (min(coolest, hottest), hottest))
    parents = served(Drawing(Founding(Crowded(tournament), founders), styles), models, weights=weights)
    mutate = Rewrite(prompter, asking, template="guided")
    mate = Crossover(prompter, asking, template="guided_crossover")
    arms = {"mutation": Arm(parents, mutate), "crossover": Arm(Several(parents), mate)}
    mixture = Mixture(arms, FixedWeights({"mutation": 1.0 - crossover, "crossover": crossover}))
    thoughts = Thoughts(every, share, elites=elites, keep=elites)
    return Recipe(
        "llm_ge",
        selector=Reflecting(mixture, (thoughts,), models),
        proposer=Routed({Thoughts.operator: Think(prompter, asking)}, mixture),
        population=NonDominated(size, brood, objectives=[each.name for each in problem.objectives]),
        memory=thoughts,
    )
