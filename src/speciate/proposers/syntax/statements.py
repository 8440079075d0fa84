"""Statements put in, taken out, repeated and moved.

An `Insert` adjusts a value that is computed already: by a case (`score = np.where(cond, a, score)`, `if cond: ...`), by
a term, or by a small loop; where an expression is returned directly it first gets a name. `Repeat` copies an adjustment
and moves the copy's numbers, as gene duplication does before the copies diverge (Ohno 1970; Koza 1995).
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from .constants import jittered
from .edit import Edit, Edited, writer
from .grammar import ARITHMETIC, Writer
from .infer import Place, Slot
from .kinds import Kind
from .mutation import variant
from .naming import all_names, fresh
from .program import Program
from .trees import (
    STORE,
    Path,
    assign,
    body_at,
    constant,
    docstring,
    load,
    names_in,
    op,
    pick,
    replace_at,
    replace_body,
    substituted,
    weighted,
    with_fields,
)

RESULT = "score"  # the name that a returned expression gets
MOST_LOOPS = 1  # around a place where a loop may be put


class Insert(Edit):
    """Puts in an adjustment of a number that is computed before."""

    name: ClassVar[str] = "insert"
    result = 0.45  # how often it is the returned number that is adjusted, which surely matters

    def edit(self, program: Program, others: Sequence[Program], rng: np.random.Generator) -> Edited:
        draw = rng.random()
        if draw < self.result:
            return self._returned(program, rng)
        if draw < self.result + 0.15:
            return self._named(program, rng)
        places = [place for place in program.inferred.places if _adjustable(place, program)]
        if not places:
            return self._returned(program, rng)
        place = pick(rng, places)
        name = pick(rng, _adjustable(place, program))
        line = adjustment(name, place.scope[name], writer(program, place.scope, rng), place.depth)
        return put(program.tree, place, [line]), "insert adjustment"

    def _returned(self, program: Program, rng: np.random.Generator) -> Edited:
        """The returned number is adjusted last; it gets a name where it has none."""
        slots = [slot for slot in program.inferred.slots if slot.root and slot.kind.number and _returns(slot, program)]
        if not slots:
            return None
        slot = pick(rng, slots)
        if not isinstance(slot.node, ast.Name):
            return self._introduce(program, slot, RESULT, rng)
        place = next(
            place
            for place in program.inferred.places
            if (*place.owner, (place.field, place.index)) == slot.path[: len(place.owner) + 1]
        )
        line = adjustment(slot.node.id, slot.kind, writer(program, slot.scope, rng), place.depth)
        return put(program.tree, place, [line]), "adjust the result"

    def _named(self, program: Program, rng: np.random.Generator) -> Edited:
        """A part of an expression gets a name, and the named value an adjustment."""
        slots = [slot for slot in program.inferred.slots if slot.kind.number and slot.size > 1]
        return self._introduce(program, pick(rng, slots), "term", rng) if slots else None

    def _introduce(self, program: Program, slot: Slot, stem: str, rng: np.random.Generator) -> Edited:
        length = _statement_length(slot.path, program.tree)
        if length is None:
            return None
        owner, (field, index) = slot.path[: length - 1], slot.path[length - 1]
        names = all_names([program.tree]) | set(slot.scope)
        name = fresh(stem, names)
        statement = replace_at(body_at(program.tree, owner, field)[index], slot.path[length:], load(name))
        scope = {**slot.scope, name: slot.kind}
        line = adjustment(name, slot.kind, writer(program, scope, rng), 0)
        body = list(body_at(program.tree, owner, field))
        body[index : index + 1] = [assign(name, slot.node), line, statement]
        return replace_body(program.tree, owner, field, body), "name a part and adjust it"


class Delete(Edit):
    """Takes out a statement that is no definition others need (else the child would not run)."""

    name: ClassVar[str] = "delete"

    def edit(self, program: Program, others: Sequence[Program], rng: np.random.Generator) -> Edited:
        places = [place for place in _lines(program) if not isinstance(_line(place, program), ast.Return)]
        if not places:
            return None
        place = pick(rng, places)
        line = _line(place, program)
        body = list(body_at(program.tree, place.owner, place.field))
        name = _target(line)
        if name is not None and name not in place.scope:  # a definition: its readers read what it says instead
            near = [each for each, kind in place.scope.items() if kind.number]
            value = load(pick(rng, near)) if near and rng.random() < 0.5 else line.value  # type: ignore[attr-defined]
            body[place.index :] = [substituted(each, {name: value}) for each in body[place.index + 1 :]]
            return replace_body(program.tree, place.owner, place.field, body), "delete definition"
        del body[place.index]
        return replace_body(program.tree, place.owner, place.field, body), "delete statement"


class Exchange(Edit):
    """Two statements of a body change places, or one moves."""

    name: ClassVar[str] = "exchange"

    def edit(self, program: Program, others: Sequence[Program], rng: np.random.Generator) -> Edited:
        places = [place for place in _lines(program) if not isinstance(_line(place, program), ast.Return)]
        if len(places) < 2:
            return None
        first = pick(rng, places)
        mates = [each for each in places if each.owner == first.owner and each.field == first.field]
        second = pick(rng, mates)
        if second.index == first.index:
            return None
        body = list(body_at(program.tree, first.owner, first.field))
        if rng.random() < 0.5:
            body[first.index], body[second.index] = body[second.index], body[first.index]
        else:
            body.insert(second.index, body.pop(first.index))
        if not _defined(body, program, first):
            return None
        return replace_body(program.tree, first.owner, first.field, body), "move statement"


class Repeat(Edit):
    """Copies a statement that adjusts a value, with the copy's numbers moved."""

    name: ClassVar[str] = "repeat"

    def edit(self, program: Program, others: Sequence[Program], rng: np.random.Generator) -> Edited:
        places = [place for place in _lines(program) if adjusts(_line(place, program))]
        if not places:
            return None
        place = pick(rng, places)
        line = _line(place, program)
        copy = jittered_line(line, rng)
        body = list(body_at(program.tree, place.owner, place.field))
        body.insert(place.index + int(rng.random() < 0.6), copy)
        return replace_body(program.tree, place.owner, place.field, body), "repeat statement"


def adjustment(name: str, kind: Kind, write: Writer, depth: int) -> ast.stmt:
    """A statement that changes what the name stands for, where a condition holds or everywhere."""
    rng, array = write.rng, kind.array
    draw = rng.random()
    value = load(name)
    if draw < 0.6:
        test = write.truth(array, 1)
        new = variant(value, kind, write)
        if array:
            return assign(name, write.either(test, new, value, array))
        return ast.If(test=test, body=[_step(name, new)], orelse=[])
    operator = weighted(rng, *ARITHMETIC)()
    if draw < 0.75:
        factor: ast.expr = write.constant()
        if array:
            return assign(name, op(value, ast.Add(), op(factor, ast.Mult(), write.truth(array, 1))))
        return ast.If(test=write.truth(False, 1), body=[_step(name, op(value, operator, factor))], orelse=[])
    other = write.number(array and bool(rng.random() < 0.7), weighted(rng, (0, 1, 2), (0.3, 0.5, 0.2)))
    if rng.random() < 0.5 and not isinstance(other, ast.Constant):
        other = op(write.constant(), ast.Mult(), other)
    line = _step(name, op(value, operator, other)) if not array else assign(name, op(value, operator, other))
    if draw > 0.98 and depth < MOST_LOOPS:
        return _loop(line, write)
    return line


def _loop(line: ast.stmt, write: Writer) -> ast.stmt:
    count = constant(2 + int(write.rng.random() * 3))
    steps = ast.Call(func=load("range"), args=[count], keywords=[])
    return ast.For(target=ast.Name(id="_", ctx=STORE), iter=steps, body=[line], orelse=[], lineno=1)


def _step(name: str, value: ast.expr) -> ast.stmt:
    """`name += x` where the value says so. Only for scalars: on an array it would write into what others share."""
    if isinstance(value, ast.BinOp) and isinstance(value.left, ast.Name) and value.left.id == name:
        return ast.AugAssign(target=ast.Name(id=name, ctx=STORE), op=value.op, value=value.right)
    return assign(name, value)


def adjusts(line: ast.stmt) -> bool:
    """Whether it gives a name a value that depends on the one it had."""
    if isinstance(line, ast.AugAssign):
        return True
    if isinstance(line, ast.If):
        return bool(line.body) and all(_target(each) is not None for each in line.body) and not line.orelse
    name = _target(line)
    return name is not None and name in names_in(line.value)  # type: ignore[attr-defined]


def jittered_line(line: ast.stmt, rng: np.random.Generator) -> ast.stmt:
    """The statement with some of its numbers moved."""
    if isinstance(line, ast.If):
        body = [jittered_line(each, rng) for each in line.body]
        return with_fields(line, test=jittered(line.test, rng), body=body)
    value = getattr(line, "value", None)
    return line if value is None else with_fields(line, value=jittered(value, rng))


def put(tree: ast.Module, place: Place, lines: Sequence[ast.stmt]) -> ast.Module:
    body = list(body_at(tree, place.owner, place.field))
    body[place.index : place.index] = lines
    return replace_body(tree, place.owner, place.field, body)


def _adjustable(place: Place, program: Program) -> list[str]:
    return [name for name, kind in place.scope.items() if kind.number and name in program.inferred.assigned]


def _lines(program: Program) -> list[Place]:
    """The places that have a statement behind them, docstrings left out."""
    return [
        place for place in program.inferred.places if place.index < len(body_at(program.tree, place.owner, place.field))
    ]


def _line(place: Place, program: Program) -> ast.stmt:
    return body_at(program.tree, place.owner, place.field)[place.index]


def _target(line: ast.stmt) -> str | None:
    if isinstance(line, ast.Assign) and len(line.targets) == 1 and isinstance(line.targets[0], ast.Name):
        return line.targets[0].id
    if isinstance(line, ast.AugAssign | ast.AnnAssign) and isinstance(line.target, ast.Name):
        return line.target.id
    return None


def _returns(slot: Slot, program: Program) -> bool:
    length = _statement_length(slot.path, program.tree)
    if length is None:
        return False
    owner, (field, index) = slot.path[: length - 1], slot.path[length - 1]
    return isinstance(body_at(program.tree, owner, field)[index], ast.Return)


def _statement_length(path: Path, tree: ast.Module) -> int | None:
    """How many steps of a path lead to the innermost statement that it passes."""
    node: object = tree
    last = None
    for number, (field, index) in enumerate(path):
        node = getattr(node, field)
        if index >= 0:
            node = node[index]  # type: ignore[index]
        if isinstance(node, ast.stmt):
            last = number + 1
    return last


def _defined(body: Sequence[ast.stmt], program: Program, place: Place) -> bool:
    """Whether no name is read before it has a value, as far as plain assignments tell."""
    first = min(_lines(program), key=lambda each: (each.owner != place.owner or each.field != place.field, each.index))
    known = set(first.scope)
    local = {name for line in body if (name := _target(line)) is not None}
    for line in body:
        if docstring([line]) is None and any(name in local and name not in known for name in names_in(line)):
            return False
        name = _target(line)
        if name is not None:
            known.add(name)
    return True
