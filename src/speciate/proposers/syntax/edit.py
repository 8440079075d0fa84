"""What all operators share: read the parents, try edits until one gives a proper child, propose it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from speciate.core.errors import ProposalFailed
from speciate.core.protocols import Context
from speciate.core.values import Note, Proposal

from .grammar import NoGrowth, Writer
from .infer import Scope
from .program import DEFAULT, Limits, Program, Reader, finish
from .trees import pick

# An edit is a new tree and what was done, or None where the parent offers no place for it.
Edited = tuple[ast.Module, str] | None


class Edit:
    """A proposer that edits the first parent's block. Subclasses say how in `edit`.

    A proposal is one valid child: it parses and compiles, keeps to the block, differs from its parents by normal
    form, and is within the limits. `propose` reads the context and its own constructor's arguments, nothing else.

    Args:
        reader: the parser with its cache; operators of one recipe share one.
        limits: of size, see `Limits`.
        again: the chance of one more edit after each; two at once cross valleys that one cannot.
        attempts: how many edits are tried before the ticket fails.
    """

    name: ClassVar[str]
    parents: ClassVar[int] = 1

    def __init__(self, reader: Reader, limits: Limits = DEFAULT, *, again: float = 0.2, attempts: int = 12) -> None:
        self.reader = reader
        self.limits = limits
        self.again = again
        self.attempts = attempts

    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        """One child. Raises ProposalFailed where no attempt gave one, or a parent is no Python."""
        return [self.child([self.reader.read(parent) for parent in context.parents], context.rng)]

    def child(self, parents: Sequence[Sequence[Program]], rng: np.random.Generator) -> Proposal:
        """The same for parents that were read already, the first of them to be edited."""
        taken = frozenset(program.key for parent in parents for program in parent)
        for _ in range(self.attempts):
            program = pick(rng, parents[0])
            others = [pick(rng, parent) for parent in parents[1:]]
            edited = self._edits(program, others, rng)
            if edited is None:
                continue
            child = finish(program, edited[0], self.limits, taken)
            if child is not None:
                return Proposal(genome=child.genome, notes={"edit": edited[1]})
        raise ProposalFailed(f"{self.name}: none of {self.attempts} edits gave a new program")

    def _edits(self, program: Program, others: Sequence[Program], rng: np.random.Generator) -> Edited:
        edited = self._try(program, others, rng)
        while edited is not None and rng.random() < self.again:
            more = self._try(program.edited(edited[0]), others, rng)
            if more is None:
                break
            edited = (more[0], f"{edited[1]}, {more[1]}")
        return edited

    def _try(self, program: Program, others: Sequence[Program], rng: np.random.Generator) -> Edited:
        try:
            return self.edit(program, others, rng)
        except NoGrowth:
            return None

    def edit(self, program: Program, others: Sequence[Program], rng: np.random.Generator) -> Edited:
        """One edit of the program's tree, with material of the other parents; may raise NoGrowth."""
        raise NotImplementedError


def writer(program: Program, scope: Scope, rng: np.random.Generator) -> Writer:
    """A writer of expressions for a place with this scope, fed with the program's own material."""
    return Writer(program.frame.grammar, program.material, scope, rng)
