"""Typed genetic programming over Python's `ast`, on what stands between the EVOLVE markers. Needs no model.

kinds, infer, usage     what types expressions have, and where statements may stand
grammar                 writes random expressions from what is in scope and what the problem allows
simplify, tidy, naming  what keeps evolved code short and readable
program, edit           parents read and cached; children checked, keyed, formatted
mutation, statements, crossover, constants     the operators, each a Proposer
"""

from __future__ import annotations

from .constants import Jitter
from .crossover import Splice, Subtree
from .edit import Edit
from .mutation import Point, Reduce, Refine, Replace, Wrap
from .program import DEFAULT, Limits, Reader
from .statements import Delete, Exchange, Insert, Repeat

OPERATORS: tuple[type[Edit], ...] = (
    Replace,
    Reduce,
    Wrap,
    Point,
    Refine,
    Insert,
    Delete,
    Exchange,
    Repeat,
    Jitter,
    Subtree,
    Splice,
)


def operators(reader: Reader, limits: Limits = DEFAULT) -> dict[str, Edit]:
    """Every operator by name, sharing one reader."""
    return {each.name: each(reader, limits) for each in OPERATORS}


__all__ = [
    "OPERATORS",
    "Delete",
    "Edit",
    "Exchange",
    "Insert",
    "Jitter",
    "Limits",
    "Point",
    "Reader",
    "Reduce",
    "Refine",
    "Repeat",
    "Replace",
    "Splice",
    "Subtree",
    "Wrap",
    "operators",
]
