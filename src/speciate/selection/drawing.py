"""What a plan says beside who breeds: drawn with it, so that it is on record before any work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from speciate.core.protocols import Adopts, Selector, View
from speciate.core.values import EMPTY, JSON, TEMPERATURE, WORDS, Outcome, Plan

from .inspired import planned
from .learning import Learner, listener


class Draw(Protocol):
    """What is added to a plan's data. It depends on the stream alone."""

    def __call__(self, rng: np.random.Generator) -> Mapping[str, JSON]: ...


class Drawing(Learner):
    """Adds to another selector's plans what `draw` says: a character to play, a temperature.

    Args:
        inner: chooses the parents; it is told what is observed.
        draw: keys and values for the plan's data.
    """

    def __init__(self, inner: Selector[View], draw: Draw) -> None:
        self.inner = inner
        self.draw = draw
        self._inner = listener(inner)

    def select(self, view: View, rng: np.random.Generator) -> Plan | None:
        return self._drawn(self.inner.select(view, rng), rng)

    def plan(self, view: View, rng: np.random.Generator, parents: int) -> Plan | None:
        """Raises TypeError where the inner selector does not plan for a number of parents."""
        return self._drawn(planned(self.inner, view, rng, parents), rng)

    def adopt(self, plan: Plan, fitness: float | None) -> Plan:
        """With other parents (`core.protocols.Adopts`) what was drawn still fits."""
        return self.inner.adopt(plan, fitness) if isinstance(self.inner, Adopts) else plan

    def learn(self, outcome: Outcome) -> None:
        if self._inner is not None:
            self._inner.observe(outcome)

    def _drawn(self, plan: Plan | None, rng: np.random.Generator) -> Plan | None:
        return None if plan is None else plan.with_data(self.draw(rng))


@dataclass(frozen=True, slots=True)
class Styles:
    """How a model is spoken to (LLM Guided Evolution: Morris, Jurado & Zutty 2024): for each placeholder of a prompt
    one of several templates, all alike often ("" leaves it empty), and a temperature, uniform between two.

    Raises:
        ValueError: for temperatures that are negative or in the wrong order, or a placeholder without templates.
    """

    words: Mapping[str, Sequence[str]] = field(default_factory=lambda: EMPTY)
    temperatures: tuple[float, float] | None = None  # None leaves it to who asks

    def __post_init__(self) -> None:
        if self.temperatures is not None and not 0 <= self.temperatures[0] <= self.temperatures[1]:
            raise ValueError(f"temperatures {self.temperatures}: two, neither negative, the lower first")
        if not all(self.words.values()):
            raise ValueError("a placeholder needs a template to draw from")

    def __call__(self, rng: np.random.Generator) -> Mapping[str, JSON]:
        data: dict[str, JSON] = {}
        words = {name: each[int(rng.integers(len(each)))] for name, each in self.words.items()}
        if words:
            data[WORDS] = words
        if self.temperatures is not None:
            data[TEMPERATURE] = round(float(rng.uniform(*self.temperatures)), 2)
        return data
