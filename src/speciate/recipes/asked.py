"""What recipes that ask a language model have in common: which models, and what a reply may be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, TypeAlias

from speciate.core.problem import Problem
from speciate.core.protocols import Bandit, Selector, View
from speciate.core.values import MODELS
from speciate.selection import FixedWeights, Models

from .method import Names, Setting

if TYPE_CHECKING:
    from speciate.proposers.llm import Asking, Prompter

ModelNames: TypeAlias = Annotated[Names, Setting(MODELS, "language models, as --model names them")]
MostTokens: TypeAlias = Annotated[int, Setting("model.most", "the most tokens of a reply", low=1)]
Temperature: TypeAlias = Annotated[float | None, Setting("model.temperature", "none: the provider's", low=0)]
Tries: TypeAlias = Annotated[int, Setting("model.tries", "answers to one question, while edits do not fit", low=1)]


def served(selector: Selector[View], models: Sequence[str], bandit: Bandit | None = None) -> Models:
    """The selector's plans with a model each: all alike often, unless a bandit says otherwise."""
    return Models(selector, models, bandit or FixedWeights(dict.fromkeys(models, 1.0)))


def asked(problem: Problem, most: int, temperature: float | None, tries: int) -> tuple[Prompter, Asking]:
    """Who writes the prompts of a problem, and how a model is asked. Imported when a run is made."""
    from speciate.proposers.llm import Asking, Prompter

    return Prompter(problem), Asking(most, temperature, tries)
