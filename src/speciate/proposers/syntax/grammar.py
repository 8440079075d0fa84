"""Writes random expressions of a wanted kind from what is in scope, what the problem allows, and what parents contain.

Growing typed trees is Koza 1992 and Montana 1995; that half of the material is taken from the parents' own
expressions makes a mutation reuse what selection has kept.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .infer import Inferred, Scope, Slot
from .kinds import ELEMENTWISE, REDUCTIONS, Kind, Shape, fits
from .trees import call, constant, load, names_in, op, pick, signed, significant, weighted

REUSE = 0.35  # how often an expression is taken from the parents rather than grown
REDUCE = 0.2  # how often a number is a reduction of an array, where the problem allows reductions
MOST_REUSED = 12  # nodes of an expression that is taken over
ORDER: Sequence[type[ast.cmpop]] = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
ARITHMETIC: tuple[Sequence[type[ast.operator]], Sequence[float]] = (
    (ast.Add, ast.Sub, ast.Mult, ast.Div),
    (0.32, 0.28, 0.28, 0.12),
)


class NoGrowth(Exception):
    """Nothing of the wanted kind can be written here."""


@dataclass(frozen=True, slots=True)
class Material:
    """What parents contain: expressions by kind, and the numbers in them."""

    slots: Sequence[Slot] = ()
    numbers: Sequence[float] = ()

    @staticmethod
    def of(parents: Iterable[Inferred]) -> Material:
        slots: list[Slot] = []
        numbers: list[float] = []
        for parent in parents:
            slots += [slot for slot in parent.slots if slot.size <= MOST_REUSED]
            numbers += [number_of(slot.node) for slot in parent.literals]
        return Material(slots, numbers)


@dataclass(frozen=True, slots=True)
class Grammar:
    """The calls that may be written, spelled as the program spells them ("np.where"), with weights by arity."""

    unary: Mapping[str, float]
    binary: Mapping[str, float]
    reductions: Sequence[str] = ()  # an array to a number: np.mean
    where: str = ""
    clip: str = ""

    @staticmethod
    def of(calls: Iterable[str], bound: Iterable[str]) -> Grammar:
        """`calls` are dotted calls in their canonical spelling, `bound` the names that the program has imported."""
        heads = set(bound)
        usable = [name for name in calls if "." not in name or name.partition(".")[0] in heads]
        known = [
            (name, ELEMENTWISE[name]) for name in dict.fromkeys(("abs", "min", "max", *usable)) if name in ELEMENTWISE
        ]
        return Grammar(
            unary={name: each.weight for name, each in known if each.arity == 1},
            binary={name: each.weight for name, each in known if each.arity == 2},
            reductions=[name for name in usable if _reduces(name)],
            where="np.where" if "np.where" in usable else "",
            clip="np.clip" if "np.clip" in usable else "",
        )

    def function(self, arity: int, array: bool, rng: np.random.Generator) -> str:
        """A name for values of this shape, "" where there is none."""
        table = self.unary if arity == 1 else self.binary
        # On scalars both families work and read alike; an array needs one that broadcasts.
        names = [name for name in table if ELEMENTWISE[name].array or not array]
        return weighted(rng, names, [table[name] for name in names]) if names else ""


@dataclass(slots=True)
class Writer:
    """Grows expressions in one scope."""

    grammar: Grammar
    material: Material
    scope: Scope
    rng: np.random.Generator

    def expression(self, kind: Kind, shape: Shape, depth: int) -> ast.expr:
        """Of this kind's base, in a shape that the place accepts. Raises NoGrowth."""
        if self.rng.random() < REUSE:
            found = self.reused(kind, shape)
            if found is not None:
                return found
        array = self.wants_array(shape, kind)
        if kind.number:
            return self.number(array, depth)
        if kind.truth:
            return self.truth(array, depth)
        return self.name(kind, shape)

    def wants_array(self, shape: Shape, kind: Kind) -> bool:
        if shape is Shape.EITHER:
            return bool(self.rng.random() < (0.7 if kind.array else 0.2)) and self.has(Kind.FLOATS)
        return shape is Shape.ARRAY

    def has(self, kind: Kind) -> bool:
        shape = Shape.ARRAY if kind.array else Shape.SCALAR
        return any(fits(each, kind, shape) for each in self.scope.values())

    def reused(self, kind: Kind, shape: Shape) -> ast.expr | None:
        """An expression of the parents that fits and whose names are in scope."""
        choices = self.material.slots
        for _ in range(4):
            if not choices:
                return None
            slot = pick(self.rng, choices)
            if fits(slot.kind, kind, shape) and at_home(slot, self.scope):
                return slot.node
        return None

    def name(self, kind: Kind, shape: Shape) -> ast.expr:
        names = [name for name, each in self.scope.items() if fits(each, kind, shape)]
        if not names:
            raise NoGrowth
        return load(pick(self.rng, names))

    def constant(self, whole: bool = False) -> ast.expr:
        """A number: one of the parents' moved a little, a small integer, or of any magnitude."""
        rng = self.rng
        draw = rng.random()
        if draw < 0.35 and len(self.material.numbers):
            value = pick(rng, self.material.numbers)
            if rng.random() < 0.7:
                value *= float(np.exp(rng.normal(0, 0.4)))
        elif draw < 0.75:
            value = float(round(float(np.exp(rng.uniform(0, 5)))))
        else:
            value = float(np.exp(rng.normal(-0.5, 1.8))) * (-1 if rng.random() < 0.25 else 1)
        if whole or (abs(value) >= 2 and rng.random() < 0.8) or value == int(value):
            return constant(round(value))
        return constant(significant(value, 2))

    def terminal(self, array: bool) -> ast.expr:
        if array:
            return self.name(Kind.FLOATS, Shape.ARRAY)
        if self.rng.random() < 0.5:
            return self.constant()
        try:
            return self.name(Kind.FLOAT, Shape.SCALAR)
        except NoGrowth:
            return self.constant()

    def number(self, array: bool, depth: int) -> ast.expr:
        rng = self.rng
        if depth <= 0 or rng.random() < 0.25:
            return self.terminal(array)
        if not array and self.grammar.reductions and rng.random() < REDUCE and self.has(Kind.FLOATS):
            return call(pick(rng, self.grammar.reductions), self.number(True, depth - 1))
        draw = rng.random()
        if draw < 0.55:
            return self.arithmetic(array, depth)
        if draw < 0.72:
            name = self.grammar.function(1, array, rng)
            if name:
                return call(name, self.number(array, depth - 1))
        elif draw < 0.82:
            name = self.grammar.function(2, array, rng)
            if name:
                return call(name, *self.pair(array, depth - 1))
        return self.choice(array, depth)

    def arithmetic(self, array: bool, depth: int) -> ast.expr:
        left, right = self.pair(array, depth - 1)
        return op(left, weighted(self.rng, *ARITHMETIC)(), right)

    def pair(self, array: bool, depth: int) -> tuple[ast.expr, ast.expr]:
        """Two operands, at least one of them an array where an array is wanted."""
        if not array:
            return self.number(False, depth), self.number(False, depth)
        first = self.number(True, depth)
        second = self.number(bool(self.rng.random() < 0.4), depth)
        return (first, second) if self.rng.random() < 0.6 else (second, first)

    def choice(self, array: bool, depth: int) -> ast.expr:
        """One value or another by a condition."""
        test = self.truth(array, depth - 1)
        one = self.number(array and bool(self.rng.random() < 0.5), depth - 1)
        other = self.number(array and bool(self.rng.random() < 0.5), depth - 1)
        return self.either(test, one, other, array)

    def either(self, test: ast.expr, one: ast.expr, other: ast.expr, array: bool) -> ast.expr:
        if not array:
            return ast.IfExp(test=test, body=one, orelse=other)
        if not self.grammar.where:  # without np.where: the condition as a factor
            return op(op(one, ast.Mult(), test), ast.Add(), op(other, ast.Mult(), ast.UnaryOp(ast.Invert(), test)))
        return call(self.grammar.where, test, one, other)

    def truth(self, array: bool, depth: int) -> ast.expr:
        """A comparison, sometimes an interval or two comparisons joined."""
        rng = self.rng
        draw = rng.random()
        if depth > 0 and draw < 0.12:
            return self.both(self.truth(array, depth - 1), self.truth(array, depth - 1), array)
        left = self.measured(array, depth)
        if draw < 0.35:
            low, high = self.constant(), self.constant()
            if number_of(low) > number_of(high):
                low, high = high, low
            return self.between(low, left, high, array)
        right = self.constant() if rng.random() < 0.75 else self.number(array and bool(rng.random() < 0.5), depth - 1)
        return ast.Compare(left=left, ops=[pick(rng, ORDER)()], comparators=[right])

    def measured(self, array: bool, depth: int) -> ast.expr:
        """What a condition looks at: mostly how values relate (something that the parents compute, or a difference),
        since a threshold on one input alone is the easier and the poorer rule."""
        kind, shape = (Kind.FLOATS, Shape.ARRAY) if array else (Kind.FLOAT, Shape.SCALAR)
        draw = self.rng.random()
        if draw < 0.5:
            found = self.reused(kind, shape)
            if found is not None and isinstance(found, ast.BinOp | ast.Call):
                return found
        if draw < 0.75:
            found = self.difference(kind, shape)
            if found is not None:
                return found
        if draw < 0.9 and self.has(kind):
            return self.name(kind, shape)
        return self.number(array, depth - 1)

    def difference(self, kind: Kind, shape: Shape) -> ast.expr | None:
        """One value in scope minus another, None where there are not two."""
        first = [name for name, each in self.scope.items() if fits(each, kind, shape)]
        beside = Shape.EITHER if kind.array else Shape.SCALAR
        second = [name for name, each in self.scope.items() if fits(each, kind, beside)]
        if not first or len(second) < 2:
            return None
        left = pick(self.rng, first)
        return op(load(left), ast.Sub(), load(pick(self.rng, [name for name in second if name != left])))

    def both(self, one: ast.expr, other: ast.expr, array: bool) -> ast.expr:
        if array:
            return op(one, ast.BitAnd() if self.rng.random() < 0.7 else ast.BitOr(), other)
        return ast.BoolOp(op=ast.And() if self.rng.random() < 0.7 else ast.Or(), values=[one, other])

    def between(self, low: ast.expr, value: ast.expr, high: ast.expr, array: bool) -> ast.expr:
        if not array:
            return ast.Compare(left=low, ops=[ast.LtE(), ast.LtE()], comparators=[value, high])
        return op(
            ast.Compare(left=low, ops=[ast.LtE()], comparators=[value]),
            ast.BitAnd(),
            ast.Compare(left=value, ops=[ast.LtE()], comparators=[high]),
        )


def _reduces(name: str) -> bool:
    head, _, last = name.rpartition(".")
    return head in ("np", "numpy") and REDUCTIONS.get(last) is Kind.FLOAT and last != "dot"


def number_of(node: ast.expr) -> float:
    """The number of a literal; 0 for what is none, or is complex."""
    value = signed(node)
    return float(value) if isinstance(value, int | float) else 0.0


def at_home(slot: Slot, scope: Scope) -> bool:
    """Whether every value that the slot's expression reads is in this scope too, and of the same kind."""
    own = slot.scope
    return all(name not in own or scope.get(name) is own[name] for name in names_in(slot.node))
