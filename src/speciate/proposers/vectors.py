"""Candidates as vectors of numbers: the literals of a program, or the array that its function returns.

Candidates that differ in nothing but these numbers have the same `Vector.key`: one space to search in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from speciate.core.errors import ProposalFailed
from speciate.core.problem import Language
from speciate.core.values import Digest, Evaluation, Genome, digest_of
from speciate.genomes.text import key_of, replace_block, rewritten

from .constructions import array_of, place_of, written
from .moves import spread
from .numeric import like, number, skeleton, tunable
from .syntax.program import Limits, Program, Reader, finish
from .syntax.trees import constant, replace_at

MOST = 128  # numbers that are searched together
Array: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Vector:
    """`values` and `scale` have shape (numbers,). `scale` is what a step of one means for each number: the size of a
    literal, the spread of an array's column; never 0."""

    key: Digest
    values: Array
    scale: Array


class Vectors:
    """Reads and writes the numbers of candidates; where the problem's answer is an array, that.

    Whole literals stay whole, unless the problem's programs calculate straight on (`Language.arithmetic`), where every
    number is a coefficient. An array is polished by the first of the problem's polishes.

    Args:
        language: of the problem.
        reader: the parser with its cache.
        limits: of the size of a program, see `Limits`.
        most: the most numbers that a vector may have.
    """

    def __init__(self, language: Language, reader: Reader, limits: Limits, most: int = MOST) -> None:
        self.language = language
        self.reader = reader
        self.limits = limits
        self.most = most

    def read(self, genome: Genome, evaluation: Evaluation | None = None) -> Vector | None:
        """None where there are no numbers, too many, or one that is not finite. `evaluation` has the array, where that
        is the answer."""
        if self.language.construction:
            array = array_of(evaluation)
            if array is None or array.size > self.most:
                return None
            scale = np.broadcast_to(spread(array), (len(array), array[0].size)).ravel()
            return Vector(digest_of("array", str(array.shape)), array.ravel(), scale)
        program = tunable(self.reader, genome)
        if program is None or len(program.inferred.literals) > self.most:
            return None
        numbers = [self._number(program, index) for index in range(len(program.inferred.literals))]
        if not np.isfinite(numbers).all():
            return None
        # A small integer has to be able to reach its neighbours.
        sizes = [max(abs(value), 3.0 if isinstance(value, int) else 0.1) for value in numbers]
        return Vector(skeleton(program), np.array(numbers, float), np.array(sizes, float))

    def write(self, genome: Genome, values: Sequence[float], evaluation: Evaluation | None = None) -> Genome | None:
        """The genome with other numbers; None where it would mean the same, or cannot be written. What they are
        numbers of is told as in `read`. Raises ValueError for values that are not as many."""
        if self.language.construction:
            return self._with_array(genome, np.array(values, float), evaluation)
        program = tunable(self.reader, genome)
        if program is None:
            return None
        tree = program.tree
        for slot, value in zip(program.inferred.literals, self._literals(program, values), strict=True):
            tree = replace_at(tree, slot.path, constant(value))
        child = finish(program, tree, self.limits, frozenset({program.key}))
        return None if child is None else child.genome

    def rounded(self, genome: Genome, values: Sequence[float]) -> Array:
        """The values as `write` writes them, shape (numbers,)."""
        program = None if self.language.construction else tunable(self.reader, genome)
        return np.array(values if program is None else self._literals(program, values), float)

    def _with_array(self, genome: Genome, values: Array, evaluation: Evaluation | None) -> Genome | None:
        array = array_of(evaluation)
        if array is None or not np.isfinite(values).all():
            return None
        function, polishes = self.language.construction, tuple(self.language.polish)
        try:
            file, block = place_of(genome, function)
        except ProposalFailed:
            return None
        array = values.reshape(array.shape)
        text = replace_block(genome.files[file], block, written(function, array, (*polishes, "")[0]))
        return rewritten(genome, file, text, key_of(text))

    def _literals(self, program: Program, values: Sequence[float]) -> list[float]:
        old = [self._number(program, index) for index in range(len(program.inferred.literals))]
        return [like(each, float(value), self.language.digits) for each, value in zip(old, values, strict=True)]

    def _number(self, program: Program, index: int) -> float:
        value = number(program.inferred.literals[index].node)
        return float(value) if self.language.arithmetic else value
