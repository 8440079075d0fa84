"""Mutation of expressions: replaced, reduced, wrapped, changed at a point, or split into cases.

Replace, hoist, shrink and point mutation are classical (Koza 1992; Poli, Langdon & McPhee 2008, section 5.2.2), here
typed. `Refine` makes a case of its own of part of what an expression covers, and keeps the rest as it was.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from .constants import jittered, moved
from .edit import Edit, Edited, writer
from .grammar import ARITHMETIC, ORDER, Writer, number_of
from .infer import Slot
from .kinds import ELEMENTWISE, Kind, Shape, fits
from .program import Program
from .trees import call, constant, dotted, op, pick, replace_at, signed, weighted, with_fields


class Replace(Edit):
    """A subtree gives way to a new one of the same type."""

    name: ClassVar[str] = "replace"

    def edit(self, program: Program, others: Sequence[Program], rng: np.random.Generator) -> Edited:
        if not program.inferred.slots:
            return None
        slot = pick(rng, program.inferred.slots)
        depth = weighted(rng, (0, 1, 2, 3), (0.3, 0.4, 0.2, 0.1))
        new = writer(program, slot.scope, rng).expression(slot.kind, slot.shape, depth)
        return replace_at(program.tree, slot.path, new), "replace subtree"


class Reduce(Edit):
    """A subtree gives way to a part of itself (hoist), or to a name or number (shrink)."""

    name: ClassVar[str] = "reduce"

    def edit(self, program: Program, others: Sequence[Program], rng: np.random.Generator) -> Edited:
        slots = [slot for slot in program.inferred.slots if slot.size > 1]
        if not slots:
            return None
        slot = pick(rng, slots)
        if rng.random() < 0.7:
            length = len(slot.path)
            inner = [
                each
                for each in program.inferred.slots
                if len(each.path) > length
                and each.path[:length] == slot.path
                and fits(each.kind, slot.kind, slot.shape)
            ]
            if not inner:
                return None
            return replace_at(program.tree, slot.path, pick(rng, inner).node), "hoist subtree"
        new = writer(program, slot.scope, rng).expression(slot.kind, slot.shape, 0)
        return replace_at(program.tree, slot.path, new), "shrink subtree"


class Wrap(Edit):
    """A subtree becomes an operand: of a call, an operator, a condition."""

    name: ClassVar[str] = "wrap"

    def edit(self, program: Program, others: Sequence[Program], rng: np.random.Generator) -> Edited:
        slots = [slot for slot in program.inferred.slots if slot.kind.number or slot.kind.truth]
        if not slots:
            return None
        slot = pick(rng, slots)
        write = writer(program, slot.scope, rng)
        new = self._truth(slot, write) if slot.kind.truth else self._number(slot, write)
        return replace_at(program.tree, slot.path, new), "wrap subtree"

    def _truth(self, slot: Slot, write: Writer) -> ast.expr:
        array = slot.kind.array
        if write.rng.random() < 0.15:
            return ast.UnaryOp(op=ast.Invert() if array else ast.Not(), operand=slot.node)
        return write.both(slot.node, write.truth(array, 1), array)

    def _number(self, slot: Slot, write: Writer) -> ast.expr:
        rng, array = write.rng, slot.kind.array
        draw = rng.random()
        if draw < 0.45:
            other = write.number(array and bool(rng.random() < 0.4), 1)
            operator = weighted(rng, *ARITHMETIC)()
            return op(slot.node, operator, other) if rng.random() < 0.75 else op(other, operator, slot.node)
        if draw < 0.6:
            name = write.grammar.function(1, array, rng)
            if name:
                return call(name, slot.node)
        if draw < 0.72:
            name = write.grammar.function(2, array, rng)
            if name:
                return call(name, slot.node, write.number(False, 1))
        test = write.truth(array, 1)
        other = write.number(array and bool(rng.random() < 0.4), 1)
        return write.either(test, other, slot.node, array)


class Point(Edit):
    """One node changes: an operator, a comparison, a function, a name; or two operands change places."""

    name: ClassVar[str] = "point"

    def edit(self, program: Program, others: Sequence[Program], rng: np.random.Generator) -> Edited:
        if not program.inferred.slots:
            return None
        slot = pick(rng, program.inferred.slots)
        new = self._changed(slot, program, rng)
        return None if new is None else (replace_at(program.tree, slot.path, new), "change a node")

    def _changed(self, slot: Slot, program: Program, rng: np.random.Generator) -> ast.expr | None:
        node = slot.node
        match node:
            case ast.BinOp(op=ast.BitAnd() | ast.BitOr()):
                return with_fields(node, op=ast.BitOr() if isinstance(node.op, ast.BitAnd) else ast.BitAnd())
            case ast.BinOp() if slot.kind.number:
                if rng.random() < 0.3:
                    return with_fields(node, left=node.right, right=node.left)
                return with_fields(node, op=weighted(rng, *ARITHMETIC)())
            case ast.Compare(ops=[_]):
                if rng.random() < 0.3 and not isinstance(node.comparators[0], ast.Constant):
                    return with_fields(node, left=node.comparators[0], comparators=[node.left])
                return with_fields(node, ops=[pick(rng, ORDER)()])
            case ast.IfExp():
                return with_fields(node, body=node.orelse, orelse=node.body)
            case ast.Call():
                return self._call(node, slot, program, rng)
            case ast.Name():
                return writer(program, slot.scope, rng).name(slot.kind, slot.shape)
            case _ if isinstance(signed(node), int | float):
                return constant(moved(number_of(node), rng))
            case _:
                return None

    def _call(self, node: ast.Call, slot: Slot, program: Program, rng: np.random.Generator) -> ast.expr | None:
        name = dotted(node.func)
        if name == program.frame.grammar.where and len(node.args) == 3:
            return with_fields(node, args=[node.args[0], node.args[2], node.args[1]])
        signature = ELEMENTWISE.get(name)
        if signature is None or not slot.kind.number:
            return None
        other = program.frame.grammar.function(signature.arity, slot.kind.array, rng)
        return call(other, *node.args) if other else None


class Refine(Edit):
    """Splits what an expression covers into cases: where a new condition holds, a copy of it with other numbers, or a
    new value; elsewhere as before. A choice that is there gets a further case, its condition moved."""

    name: ClassVar[str] = "refine"

    def edit(self, program: Program, others: Sequence[Program], rng: np.random.Generator) -> Edited:
        slots = [slot for slot in program.inferred.slots if slot.kind.number and slot.size <= 30]
        choices = [slot for slot in slots if self._chooses(slot.node, program)]
        if choices and rng.random() < 0.5:
            slot = pick(rng, choices)
            return replace_at(program.tree, slot.path, self._further(slot, program, rng)), "add a case"
        if not slots:
            return None
        slot = pick(rng, slots)
        write = writer(program, slot.scope, rng)
        array = slot.shape is not Shape.SCALAR and write.has(Kind.FLOATS)
        new = write.either(write.truth(array, 1), variant(slot.node, slot.kind, write), slot.node, array)
        return replace_at(program.tree, slot.path, new), "split into cases"

    def _chooses(self, node: ast.expr, program: Program) -> bool:
        if isinstance(node, ast.IfExp):
            return True
        return (
            isinstance(node, ast.Call)
            and len(node.args) == 3
            and dotted(node.func) == program.frame.grammar.where != ""
        )

    def _further(self, slot: Slot, program: Program, rng: np.random.Generator) -> ast.expr:
        """where(c, a, b) -> where(c', a', where(c, a, b)), or the like in its other branch."""
        node = slot.node
        write = writer(program, slot.scope, rng)
        array = isinstance(node, ast.Call)
        test, one, other = node.args if isinstance(node, ast.Call) else (node.test, node.body, node.orelse)  # type: ignore[attr-defined]
        new_test = jittered(test, rng) if rng.random() < 0.8 else write.truth(array, 1)
        value = variant(one if rng.random() < 0.6 else other, slot.kind, write)
        if rng.random() < 0.5:
            return write.either(new_test, value, node, array)
        return write.either(test, one, write.either(new_test, value, other, array), array)


def variant(node: ast.expr, kind: Kind, write: Writer) -> ast.expr:
    """Something near an expression: its numbers moved, a number added or multiplied, or a number in its place."""
    rng = write.rng
    draw = rng.random()
    if draw < 0.35:
        new = jittered(node, rng)
        if new is not node:
            return new
    if draw < 0.75:
        return op(node, pick(rng, (ast.Add, ast.Sub, ast.Mult))(), write.constant())
    if draw < 0.9:
        return write.constant()
    return write.number(kind.array and bool(rng.random() < 0.6), 1)
