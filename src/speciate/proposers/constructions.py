"""Operators for problems whose answer is an array: they move what a parent built and write it down as numbers.

The parent's array is the one its evaluation recorded, whatever program made it. The child is a program that returns the
moved array; where the problem declares a polish (a local optimiser beside the evolved code), the child calls it on the
array. Since the next move starts from what the polish returned, this is basin hopping (Wales & Doye 1997), and with
crossover a memetic algorithm with Lamarckian inheritance (Moscato 1989).
"""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from speciate.core.errors import ProposalFailed
from speciate.core.problem import Language
from speciate.core.protocols import Context
from speciate.core.values import CONSTRUCTION, Candidate, Evaluation, Genome, Note, Proposal
from speciate.genomes.text import Block, changeable, key_of, parse, replace_block, rewritten

from . import moves
from .moves import Array

ATTEMPTS = 4
ROW = 6  # numbers of a step function on one line


class Construction:
    """A proposer that moves the first parent's array. Subclasses say how in `moved`.

    Args:
        language: of the problem: which function returns the array, and which polishes there are.

    Raises:
        ValueError: for a language without a construction.
    """

    name: ClassVar[str]
    parents: ClassVar[int] = 1

    def __init__(self, language: Language) -> None:
        if not language.construction:
            raise ValueError("the problem has no construction to move")
        self.function = language.construction
        self.polishes = tuple(language.polish)

    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        """One child. Raises ProposalFailed for a parent whose array was not recorded, or whose function is not its to
        change."""
        arrays = [_built(context, parent) for parent in context.parents]
        genome = context.parents[0].genome
        file, block = place_of(genome, self.function)
        for _ in range(ATTEMPTS):
            with np.errstate(all="ignore"):  # of numbers near 1e308; what is not finite is not taken
                moved = self.moved(arrays, context.rng)
            if moved.size and np.isfinite(moved).all() and not _same(moved, arrays[0]):
                polish = self.polishes[int(context.rng.integers(len(self.polishes)))] if self.polishes else ""
                text = replace_block(genome.files[file], block, written(self.function, moved, polish))
                child = rewritten(genome, file, text, key_of(text))
                return [Proposal(child, notes={"edit": f"{self.name}, {polish}" if polish else self.name})]
        raise ProposalFailed(f"{self.name}: none of {ATTEMPTS} moves changed the array")

    def moved(self, arrays: Sequence[Array], rng: np.random.Generator) -> Array:
        """Another array, from those of the parents."""
        raise NotImplementedError


class Nudge(Construction):
    """Gaussian steps on some rows or all (`moves.nudge`)."""

    name: ClassVar[str] = "nudge"

    def moved(self, arrays: Sequence[Array], rng: np.random.Generator) -> Array:
        return moves.nudge(arrays[0], rng)


class Relocate(Construction):
    """A point elsewhere; a bump on a step function (`moves.relocate`)."""

    name: ClassVar[str] = "relocate"

    def moved(self, arrays: Sequence[Array], rng: np.random.Generator) -> Array:
        return moves.relocate(arrays[0], rng)


class Reshape(Construction):
    """Another grid for a step function; coordinates exchanged between points (`moves.reshape`)."""

    name: ClassVar[str] = "reshape"

    def moved(self, arrays: Sequence[Array], rng: np.random.Generator) -> Array:
        return moves.reshape(arrays[0], rng)


class Recombine(Construction):
    """A part of each parent's array (`moves.recombine`)."""

    name: ClassVar[str] = "recombine"
    parents: ClassVar[int] = 2

    def moved(self, arrays: Sequence[Array], rng: np.random.Generator) -> Array:
        if len(arrays) < 2 or arrays[0].ndim != arrays[1].ndim:
            return moves.relocate(arrays[0], rng)
        return moves.recombine(arrays[0], arrays[1], rng)


OPERATORS: tuple[type[Construction], ...] = (Nudge, Relocate, Reshape, Recombine)


def operators(language: Language) -> dict[str, Construction]:
    """Every operator by name."""
    return {each.name: each(language) for each in OPERATORS}


def place_of(genome: Genome, function: str) -> tuple[str, Block]:
    """The file and the block that define the function; raises ProposalFailed where none does."""
    for name, block in changeable(genome):
        tree = parse(block.code)
        if tree is not None and any(isinstance(each, ast.FunctionDef) and each.name == function for each in tree.body):
            return name, block
    raise ProposalFailed(f"the evolving block does not define {function}()")


def array_of(evaluation: Evaluation | None) -> Array | None:
    """What an evaluation recorded as the construction, shape (n,) or (n, d); None where it recorded nothing, or what is
    no such array of finite numbers."""
    text = evaluation.artifacts.get(CONSTRUCTION) if evaluation is not None else None
    if text is None:
        return None
    try:
        array = np.array(json.loads(text), dtype=float)
    except (ValueError, TypeError, OverflowError, RecursionError):  # an integer that no float holds, a list too deep
        return None
    return array if array.ndim in (1, 2) and array.size and np.isfinite(array).all() else None


def written(function: str, array: Array, polish: str = "") -> str:
    """The source of a function that returns this array, polished; `np` is numpy in it. Floats are written so that they
    read back the same, but for what is polished: six digits do."""
    number = "{:.6g}".format if polish else repr
    opening, closing = (f"{polish}(np.array([", "]))") if polish else ("np.array([", "])")
    if array.ndim == 1:
        shown = [number(float(each)) for each in array]
        rows = [", ".join(shown[at : at + ROW]) for at in range(0, len(shown), ROW)]
    else:
        rows = [f"[{', '.join(number(float(each)) for each in row)}]" for row in array]
    body = "".join(f"        {row},\n" for row in rows)
    return f"def {function}() -> np.ndarray:\n    return {opening}\n{body}    {closing}\n"


def _built(context: Context, parent: Candidate) -> Array:
    """The array that the parent was scored by. Raises ProposalFailed where there is none on record."""
    evaluation = context.evaluations.get(parent.id)
    if evaluation is None or CONSTRUCTION not in evaluation.artifacts:
        raise ProposalFailed(f"no array of candidate {parent.id} is on record")
    array = array_of(evaluation)
    if array is None:
        raise ProposalFailed(f"what candidate {parent.id} built is no array of one or two dimensions, all finite")
    return array


def _same(one: Array, other: Array) -> bool:
    return one.shape == other.shape and bool(np.array_equal(one, other))
