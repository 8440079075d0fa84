"""Numbers moved: by ratio, by steps, to zero, to the other sign, to fewer digits, or to that of another place."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from .edit import Edit, Edited
from .grammar import number_of
from .program import Program
from .trees import constant, pick, replace_at, signed, significant, weighted

_SCALES = (0.02, 0.1, 0.4, 1.0)  # spreads of the logarithm; which suits changes along the search
_STEPS = (1, 1, 1, 2, 3, 5, 8)


def moved(value: float, rng: np.random.Generator, others: Sequence[float] = ()) -> float:
    """Another number near this one; an integer mostly stays an integer, and what is infinite stays as it is."""
    if value in (math.inf, -math.inf):
        return value
    draw = rng.random()
    if draw < 0.03:
        return 0
    if draw < 0.06:
        return -value
    if draw < 0.10 and others:
        return pick(rng, others)
    if draw < 0.16:
        return rounder(value, rng)
    sign = 1 if rng.random() < 0.5 else -1
    if isinstance(value, int) or (value.is_integer() and abs(value) >= 2):
        if rng.random() < 0.75:
            return int(value) + sign * pick(rng, _STEPS)
        if rng.random() < 0.5:
            return round(value * math.exp(rng.normal(0, 0.4)))
    if value == 0:
        return significant(float(rng.normal(0, pick(rng, _SCALES))), 2)
    if rng.random() < 0.5:
        return significant(value * math.exp(rng.normal(0, pick(rng, _SCALES))), 3)
    # Sums of near values matter as much as ratios: a step of the value's own last digits.
    return significant(value + float(rng.normal(0, pick(rng, _SCALES))) * max(abs(value), 0.1), 3)


def rounder(value: float, rng: np.random.Generator) -> float:
    """With fewer digits, or a whole number."""
    new = significant(float(value), 1 if rng.random() < 0.6 else 2)
    return int(new) if new.is_integer() and abs(new) < 1e15 else new


def jittered(node: ast.expr, rng: np.random.Generator, chance: float = 0.5) -> ast.expr:
    """A copy with each number moved with this chance, at least one of them."""
    found: list[tuple[tuple[tuple[str, int], ...], ast.expr]] = []
    _literals(node, (), found)
    if not found:
        return node
    sure = pick(rng, range(len(found)))
    for index, (path, literal) in enumerate(found):
        if index == sure or rng.random() < chance:
            node = replace_at(node, path, constant(moved(_value(literal), rng)))
    return node


def _literals(
    node: ast.AST, path: tuple[tuple[str, int], ...], found: list[tuple[tuple[tuple[str, int], ...], ast.expr]]
) -> None:
    if isinstance(node, ast.expr) and isinstance(signed(node), int | float):
        found.append((path, node))
        return
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, ast.AST):
            _literals(value, (*path, (field, -1)), found)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, ast.AST):
                    _literals(item, (*path, (field, index)), found)


def _value(node: ast.expr) -> float:
    value = signed(node)
    return value if isinstance(value, int | float) else 0


class Jitter(Edit):
    """Moves one number, sometimes several: mutation of constants as in evolutionary programming, its scale drawn anew
    each time."""

    name: ClassVar[str] = "jitter"

    def edit(self, program: Program, others: Sequence[Program], rng: np.random.Generator) -> Edited:
        literals = program.inferred.literals
        if not literals:
            return None
        count = weighted(rng, (1, 2, 3), (0.65, 0.25, 0.1))
        numbers = [number_of(slot.node) for slot in literals]
        tree = program.tree
        for _ in range(min(count, len(literals))):
            slot = pick(rng, literals)
            tree = replace_at(tree, slot.path, constant(moved(_value(slot.node), rng, numbers)))
        return tree, "number" if count == 1 else f"{count} numbers"
