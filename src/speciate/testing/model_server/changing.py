"""A sensible change of a program: by the built-in operators over Python's syntax, or of one number in any language."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from speciate.core.errors import ProblemError, ProposalFailed
from speciate.core.values import Genome
from speciate.genomes.text import END, KIND, START, blocks, key_of
from speciate.proposers.syntax import Edit, Limits, Reader, operators
from speciate.proposers.syntax.constants import moved
from speciate.proposers.syntax.program import Program, arithmetic
from speciate.proposers.syntax.trees import significant

from .reading import Source
from .settings import Means

NODES = 90  # as recipes have it
CALLS = tuple(
    f"np.{name}"
    for name in (
        *("where", "abs", "minimum", "maximum", "exp", "log", "log1p", "sqrt", "sign", "floor", "square", "tanh"),
        *("clip", "power", "mod", "hypot", "zeros_like", "ones_like", "full_like"),
        *("logical_and", "logical_or", "logical_not"),
    )
) + tuple(f"math.{name}" for name in ("sqrt", "exp", "log", "tanh", "sin", "cos", "floor", "hypot"))
DIGITS = 6  # significant ones, of a number that was changed
_TRIES = 4  # operators that are tried before a number is changed
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d*)?(?:[eE][+-]?\d+)?(?![\w.])")
_COMMENT = re.compile(r"\s*(#|//|--|;|%|/\*|\*)")
_RETURN = re.compile(r"([ \t]*return[ \t]+)([^;\s][^;\n]*?)(\s*;?\s*)$")


@dataclass(frozen=True, slots=True)
class Change:
    """The whole program after the change, and what was done in a few words."""

    text: str
    said: str


class Changer:
    """Keeps parsed programs (a pure cache), so that a change depends on its arguments alone."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._reader = Reader(CALLS)
        self._all = list(operators(self._reader, Limits(nodes=NODES)).values())
        self._straight = list(operators(self._reader, Limits(nodes=NODES, arithmetic=True)).values())

    def change(self, program: Source, others: Sequence[Source], rng: np.random.Generator) -> Change | None:
        """Within the program's markers; None where nothing can be changed. `others` may give material."""
        if self._means is Means.SYNTAX and program.python:
            found = self._by_syntax(program.text, [each.text for each in others if each.python], rng)
            if found is not None:
                return found
        return by_number(program.text, rng)

    def _by_syntax(self, text: str, others: Sequence[str], rng: np.random.Generator) -> Change | None:
        parent = self._read(text)
        if not parent:
            return None
        mates = [mate for mate in map(self._read, others) if mate]
        for _ in range(_TRIES):
            parents = [parent, mates[int(rng.integers(len(mates)))]] if mates else [parent]
            fitting = [each for each in self._operators(parent) if each.parents <= len(parents)]
            chosen = fitting[int(rng.integers(len(fitting)))]
            try:
                proposal = chosen.child(parents[: chosen.parents], rng)
            except ProposalFailed:
                continue
            assert proposal.genome is not None, "an edit proposes a program"
            if mates and any(_meanings(proposal.genome.text) == _meanings(mate[0].genome.text) for mate in mates):
                continue  # it has become one of those that are there
            return Change(_spaced(parent, proposal.genome.text), f"{chosen.name}: {proposal.notes['edit']}")
        return None

    def _operators(self, programs: Sequence[Program]) -> Sequence[Edit]:
        """Where a program only calculates and imports nothing, calls and conditions are taken to be unwelcome."""
        plain = all(_straight(each) for each in programs) and "import " not in programs[0].genome.text
        return self._straight if plain else self._all

    def _read(self, text: str) -> tuple[Program, ...]:
        try:
            return self._reader.read(Genome(KIND, files={"program.py": text}))
        except (ProposalFailed, ProblemError):
            return ()


def _straight(program: Program) -> bool:
    """A function of parameters alone, or statements, that neither call nor choose nor repeat."""
    body: list[ast.stmt] = []
    for each in program.tree.body:
        body += each.body if isinstance(each, ast.FunctionDef) else [each]
    return arithmetic(body)


def _meanings(text: str) -> list[str | None]:
    """Of the blocks alone: of further programs, prompts show no more."""
    return [key_of(block.code) for block in blocks(text)]


def _spaced(parent: Sequence[Program], text: str) -> str:
    """With the blank lines that stood at the end of the changed block: an edit should show what it changes alone."""
    lines = parent[0].genome.text.splitlines(keepends=True)
    for block in (each.block for each in parent):
        head, tail = "".join(lines[: block.first]), "".join(lines[block.last :])
        if tail and text.startswith(head) and text.endswith(tail):
            blank = block.code[len(block.code.rstrip()) :].count("\n") - 1
            return text[: len(text) - len(tail)] + "\n" * max(blank, 0) + tail
    return text


def by_number(text: str, rng: np.random.Generator) -> Change | None:
    """One number between the markers is another; where there is none, what is returned is scaled."""
    lines, rows = text.splitlines(keepends=True), open_rows(text)
    places = [(row, match) for row in rows for match in _NUMBER.finditer(_code(lines[row]))]
    if places:
        row, match = places[int(rng.integers(len(places)))]
        new = _other(match[0], rng)
        lines[row] = lines[row][: match.start()] + new + lines[row][match.end() :]
        return Change("".join(lines), f"{match[0]} becomes {new}")
    for row in reversed(rows):
        returned = _RETURN.match(lines[row])
        if returned is not None:
            factor = round(float(np.exp(rng.normal(0.0, 0.3))), 3)
            lines[row] = f"{returned[1]}{factor} * ({returned[2]}){returned[3]}"
            return Change("".join(lines), f"what is returned is scaled by {factor}")
    return None


@lru_cache(maxsize=1024)
def open_rows(text: str) -> tuple[int, ...]:
    """The lines of a program between its markers, or all of them; comments and docstrings are left out."""
    rows: list[int] = []
    inside, quoted = START not in text, False
    for row, line in enumerate(text.splitlines()):
        if "EVOLVE-BLOCK-" in line and (START in line or END in line):
            inside = START in line
        elif inside and line:
            quotes = line.count('"""') + line.count("'''")
            if not quoted and not quotes and not line.isspace() and not _COMMENT.match(line):
                rows.append(row)
            quoted ^= quotes % 2 == 1
    return tuple(rows)


def _code(line: str) -> str:
    """The line up to a comment at its end."""
    return line.partition(" #")[0].partition(" //")[0]


def _other(number: str, rng: np.random.Generator) -> str:
    """Mostly near, of a fraction six digits: a program of a few numbers has enough others for a long run."""
    whole = not any(sign in number for sign in ".eE")
    value = int(number) if whole else float(number)
    for _ in range(8):
        new = abs(moved(value, rng))
        if not whole and new:
            new = significant(new * math.exp(rng.normal(0.0, 1e-3)), DIGITS)
        if new != value:
            return repr(new)
    return repr(value + 1)
