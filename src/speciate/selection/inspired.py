"""What a model is shown besides the parent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Protocol, cast, runtime_checkable

import numpy as np

from speciate.core.protocols import Adopts, Selector, View
from speciate.core.values import BEST_SHOWN, Id, Outcome, Plan

from .learning import Learner, listener
from .parents import Plans, fitness_of

POOL = 32  # members that are looked at for the diverse ones


@runtime_checkable
class Celled(Protocol):
    """What the view of a grid shows besides: where a member is, () for one that is nowhere."""

    def cell(self, id: Id) -> tuple[int, ...]: ...


class Inspired(Learner):
    """Adds inspirations to another selector's plans (AlphaEvolve: Novikov et al. 2025): the `top` best of the parent's
    island and `diverse` others of it, never a parent, the best first. Fewer where there are fewer.

    The diverse ones are taken one after another from `pool` members drawn uniformly, each the farthest from the
    nearest of the parents and of those taken before (Gonzalez 1985). Far is by cells, summed over the axes, where the
    population is a grid; by fitness elsewhere, and where two are in one cell. Only the order of distances counts, so
    nothing changes when all scores are shifted or multiplied. With `pool` no more than `diverse` they are simply drawn.

    The defaults are OpenEvolve's; ShinkaEvolve shows 2 of the best and 4 drawn from its archive.

    Args:
        inner: chooses the parents; it is told what is observed.
        top: how many of the best.
        diverse: how many of the others.
        pool: how many members are looked at to find them.

    Raises:
        ValueError: for numbers below 0.
    """

    def __init__(self, inner: Selector[View], *, top: int = 3, diverse: int = 2, pool: int = POOL) -> None:
        if min(top, diverse, pool) < 0:
            raise ValueError(f"inspirations {top} and {diverse} of {pool}: none may be negative")
        self.inner = inner
        self.top = top
        self.diverse = diverse
        self.pool = max(pool, diverse)
        self._inner = listener(inner)

    def select(self, view: View, rng: np.random.Generator) -> Plan | None:
        return self._inspired(self.inner.select(view, rng), view, rng)

    def plan(self, view: View, rng: np.random.Generator, parents: int) -> Plan | None:
        """Raises TypeError where the inner selector does not plan for a number of parents."""
        return self._inspired(planned(self.inner, view, rng, parents), view, rng)

    def adopt(self, plan: Plan, fitness: float | None) -> Plan:
        """With other parents (`core.protocols.Adopts`), which are then no inspirations any more."""
        data = dict(plan.data or {})
        if BEST_SHOWN in data:
            data[BEST_SHOWN] = sum(id not in plan.parents for id in plan.inspirations[: data[BEST_SHOWN]])
        others = tuple(id for id in plan.inspirations if id not in plan.parents)
        plan = replace(plan, inspirations=others, data=data or plan.data)
        return self.inner.adopt(plan, fitness) if isinstance(self.inner, Adopts) else plan

    def learn(self, outcome: Outcome) -> None:
        if self._inner is not None:
            self._inner.observe(outcome)

    def _inspired(self, plan: Plan | None, view: View, rng: np.random.Generator) -> Plan | None:
        if plan is None:
            return None
        part = view.parts[plan.island]
        shown = [id for id in part.top[: self.top + len(plan.parents)] if id not in plan.parents][: self.top]
        taken = [*dict.fromkeys(plan.parents), *shown]
        if self.diverse:
            pool = [id for id in _drawn(part, self.pool + len(taken), rng) if id not in taken][: self.pool]
            different = _farthest(part, taken, pool, self.diverse)
        else:
            different = []
        data = {**(plan.data or {}), BEST_SHOWN: len(shown)}
        return Plan(plan.kind, plan.parents, (*shown, *different), plan.operator, plan.island, plan.notes, data)


@lru_cache(maxsize=64)  # to look a class over for what a protocol wants takes longer than the rest of a choice
def _celled(kind: type) -> bool:
    return issubclass(kind, Celled)


@lru_cache(maxsize=64)
def _planning(kind: type) -> bool:
    return issubclass(kind, Plans)


def planned(inner: Selector[View], view: View, rng: np.random.Generator, parents: int) -> Plan | None:
    """A plan of so many parents. Raises TypeError for a selector that decides on the number itself."""
    if not _planning(type(inner)):
        raise TypeError(f"{type(inner).__name__} has no plan(view, rng, parents): it decides itself on how many")
    return cast(Plans, inner).plan(view, rng, parents)


def _drawn(part: View, count: int, rng: np.random.Generator) -> list[Id]:
    """So many members, or all if there are no more, each once. Among many a repetition is rare: a few more are drawn
    in case of one, which spares a permutation of all."""
    if len(part) <= 8 * count:
        return [part[index] for index in rng.permutation(len(part))[:count].tolist()]
    return [part[index] for index in dict.fromkeys(rng.integers(len(part), size=count + 8).tolist())][:count]


def _farthest(part: View, taken: Sequence[Id], pool: Sequence[Id], count: int) -> list[Id]:
    """Greedily, those whose nearest of the taken is the farthest; of equals the one that was drawn first."""
    grid = cast(Celled, part) if _celled(type(part)) else None
    scores = {id: fitness_of(part, id) for id in (*taken, *pool)}
    places = {id: (grid.cell(id) if grid else (), each / 2) for id, each in scores.items() if each is not None}
    known = [places[id] for id in taken if id in places]  # a parent may live elsewhere
    nearest = {id: min([_apart(places[id], each) for each in known], default=(0, 0.0)) for id in pool}
    found: list[Id] = []
    while nearest and len(found) < count:
        found.append(max(nearest, key=nearest.__getitem__))
        del nearest[found[-1]]
        for id, before in nearest.items():
            nearest[id] = min(before, _apart(places[id], places[found[-1]]))
    return found


def _apart(one: tuple[tuple[int, ...], float], other: tuple[tuple[int, ...], float]) -> tuple[int, float]:
    """Cells first. Fitness is halved, so that no difference of finite scores overflows."""
    if not one[0]:
        return 0, abs(one[1] - other[1])
    return sum(abs(a - b) for a, b in zip(one[0], other[0], strict=False)), abs(one[1] - other[1])
