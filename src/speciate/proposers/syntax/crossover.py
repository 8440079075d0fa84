"""Recombination of two parents: a subtree of the same type, or a run of statements (Koza 1992; Montana 1995)."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from .edit import Edit, Edited
from .grammar import at_home
from .infer import Place
from .kinds import fits
from .program import Program
from .statements import adjusts, put
from .trees import body_at, names_in, pick, replace_at, replace_body


class Subtree(Edit):
    """A subtree of the first parent gives way to one of the second, of the same type and with names that are in
    scope."""

    name: ClassVar[str] = "crossover"
    parents: ClassVar[int] = 2

    def edit(self, program: Program, others: Sequence[Program], rng: np.random.Generator) -> Edited:
        donor = others[0] if others else program
        slots = [slot for slot in program.inferred.slots if slot.kind.number or slot.kind.truth]
        given = donor.inferred.slots
        if not slots or not given:
            return None
        for _ in range(8):
            slot, other = pick(rng, slots), pick(rng, given)
            if other.size > 1 and fits(other.kind, slot.kind, slot.shape) and at_home(other, slot.scope):
                return replace_at(program.tree, slot.path, other.node), "cross subtrees"
        return None


class Splice(Edit):
    """Statements of the second parent: one put into the first, one in the place of one, or all that follow a point."""

    name: ClassVar[str] = "splice"
    parents: ClassVar[int] = 2

    def edit(self, program: Program, others: Sequence[Program], rng: np.random.Generator) -> Edited:
        donor = others[0] if others else program
        here = program.inferred.places
        there = [place for place in donor.inferred.places if place.index < len(_body(place, donor))]
        if not here or not there:
            return None
        draw = rng.random()
        for _ in range(8):
            place, other = pick(rng, here), pick(rng, there)
            line = _body(other, donor)[other.index]
            if draw < 0.35:  # the head of one and the tail of the other
                tail = _body(other, donor)[other.index :]
                if _readable(tail, place, other) and isinstance(tail[-1], ast.Return) and len(place.owner) == 1:
                    body = [*_body(place, program)[: place.index], *tail]
                    return replace_body(program.tree, place.owner, place.field, body), "cross bodies"
            elif adjusts(line) and _readable([line], place, other):
                if draw < 0.7:
                    return put(program.tree, place, [line]), "take over statement"
                body = list(_body(place, program))
                if place.index < len(body) and adjusts(body[place.index]):
                    body[place.index] = line
                    return replace_body(program.tree, place.owner, place.field, body), "exchange statement"
        return None


def _body(place: Place, program: Program) -> list[ast.stmt]:
    return body_at(program.tree, place.owner, place.field)


def _readable(lines: Sequence[ast.stmt], place: Place, origin: Place) -> bool:
    """Whether what the lines read has the same kind at the place as where they come from."""
    known = set()
    for line in lines:
        for name in names_in(line):
            if name not in known and name in origin.scope and place.scope.get(name) is not origin.scope[name]:
                return False
        if isinstance(line, ast.Assign):
            known |= {target.id for target in line.targets if isinstance(target, ast.Name)}
    return True
