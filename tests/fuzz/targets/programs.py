"""Programs that a model or a person wrote, as the built-in operators read them."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

import numpy as np

from speciate.core.errors import ProblemError, ProposalFailed
from speciate.core.values import Proposal
from speciate.genomes.text import blocks, frozen, key_of, python, size
from speciate.proposers.syntax import Reader, operators
from tests.proposers.programs import CALLS, FakeContext, candidate

from ..target import Target, parts

T = TypeVar("T")
OPERATORS = operators(Reader(CALLS))
TRIED = 4  # operators of an input


def program(data: bytes) -> None:
    """Two programs, of which some operators make children."""
    one, other = parts(data, 2)
    try:
        blocks(one), blocks(other)
    except ProblemError:
        return
    size(one)
    assert key_of(one) == key_of(one)
    genomes = python(one), python(other or one)
    names = sorted(OPERATORS)
    for number in range(TRIED):
        operator = OPERATORS[names[(len(data) + number) % len(names)]]
        rng = np.random.default_rng([len(data), number])
        shown = tuple(candidate(each, id) for id, each in enumerate(genomes))[: operator.parents]
        try:
            made = _awaited(operator.propose(FakeContext(shown, rng)))
        except ProposalFailed:
            continue
        for each in made:
            assert isinstance(each, Proposal)
            assert each.genome is not None
            assert frozen(each.genome.text) == frozen(one)
            compile(each.genome.text, "child", "exec", dont_inherit=True)
            assert each.genome.key == python(each.genome.text).key, "it is known by another key than its text has"


def _awaited(coroutine: Coroutine[Any, Any, T]) -> T:
    """What it returns; it never waits."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        found: T = done.value
        return found
    raise AssertionError("it waited")


TARGETS = (Target("program", program, seconds=3.0, per_kb=0.2),)
