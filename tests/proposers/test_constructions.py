"""The operators of constructions: what they write builds the array that they moved."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import anyio
import numpy as np
import pytest

from speciate.core.errors import ProposalFailed
from speciate.core.problem import Language
from speciate.core.protocols import Context, Proposer
from speciate.core.values import CONSTRUCTION, Candidate, Evaluation, Genome, Proposal, Status
from speciate.genomes.text import frozen, python
from speciate.proposers.constructions import OPERATORS, Construction, Nudge, Recombine, operators, written
from speciate.testing import ProposerSuite
from speciate.testing.fakes import FixedContext

POLISHED = Language((), "construct", {"polish": "rounds"})
PLAIN = Language((), "construct")
HEAD = "import numpy as np\n\n\ndef polish(points):\n    return np.round(points, 2)\n\n\n# EVOLVE-BLOCK-START\n"
SEED = HEAD + "def construct() -> np.ndarray:\n    return np.zeros((4, 2))\n\n\n# EVOLVE-BLOCK-END\n"


def parent(id: int) -> Candidate:
    genome = python(SEED.replace("zeros", "zeros" if id == 1 else "ones"))
    return Candidate(id, genome.digest, genome)


def built(id: int, array: Any) -> Evaluation:
    return Evaluation(Status.OK, {"score": 1.0}, artifacts={CONSTRUCTION: json.dumps(np.asarray(array).tolist())})


def context(arrays: dict[int, Any], seed: int = 0) -> FixedContext:
    made = FixedContext([parent(id) for id in arrays], seed=seed)
    made.evaluations = {id: built(id, array) for id, array in arrays.items()}
    return made


def child(proposer: Proposer, given: Context) -> Genome:
    (proposal,) = anyio.run(proposer.propose, given)
    assert isinstance(proposal, Proposal)
    assert proposal.genome is not None
    return proposal.genome


def run(text: str) -> Any:
    space: dict[str, Any] = {}
    exec(compile(text, "<child>", "exec"), space)
    return space["construct"]()


SQUARE = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("language", [PLAIN, POLISHED])
class TestOperators(ProposerSuite):
    @pytest.fixture(autouse=True)
    def _given(self, operator: type[Construction], language: Language) -> None:
        self.operator, self.language = operator, language

    def make(self) -> Proposer:
        return self.operator(self.language)

    def contexts(self) -> list[Context]:
        other = np.array(SQUARE) + 0.25
        points = [context({1: SQUARE, 2: other}, seed) for seed in range(6)]
        return [*points, *[context({1: [0.1] * 30, 2: np.linspace(0, 1, 40)}, seed) for seed in range(6)]]

    def test_the_child_builds_an_array_like_its_parents_and_keeps_to_the_block(self) -> None:
        for given in self.contexts():
            genome = child(self.make(), given)
            array = run(genome.text)
            assert np.isfinite(array).all()
            assert array.ndim == np.array(json.loads(given.evaluations[1].artifacts[CONSTRUCTION])).ndim
            assert frozen(genome.text) == frozen(SEED)
            assert genome.key


def test_numbers_read_back_the_same() -> None:
    array = np.random.default_rng(0).normal(size=(5, 3)) * 1e-7
    space: dict[str, Any] = {"np": np}
    exec(written("construct", array), space)
    assert np.array_equal(space["construct"](), array)


def test_a_polish_is_called_on_what_was_moved() -> None:
    genome = child(Nudge(POLISHED), context({1: SQUARE}))
    assert "return polish(np.array([" in genome.text
    assert np.array_equal(run(genome.text), np.round(run(genome.text), 2))


def test_it_says_why_there_is_nothing_to_move() -> None:
    bare = FixedContext([parent(1)], seed=0)
    bare.evaluations = {1: Evaluation(Status.OK, {"score": 1.0})}
    with pytest.raises(ProposalFailed, match="no array of candidate 1 is on record"):
        child(Nudge(PLAIN), bare)
    solid = context({1: np.zeros((2, 2, 2))})
    with pytest.raises(ProposalFailed, match="no array of one or two dimensions"):
        child(Nudge(PLAIN), solid)
    for beyond in ([2**2000] * 30, ["1e999"] * 30, [1.7e308, 0.0] * 15, [[0.5, 0.5], [0.5]], {"0": 1}):
        given = context({1: SQUARE})
        given.evaluations = {1: Evaluation(Status.OK, {"score": 1.0}, artifacts={CONSTRUCTION: json.dumps(beyond)})}
        for operator in OPERATORS:
            with suppress(ProposalFailed):
                assert np.isfinite(run(child(operator(PLAIN), given).text)).all()
    elsewhere = context({1: SQUARE})
    with pytest.raises(ProposalFailed, match=r"does not define answer\(\)"):
        child(Nudge(replace(PLAIN, construction="answer")), elsewhere)
    with pytest.raises(ValueError, match="no construction"):
        Nudge(Language())


def test_parents_of_different_shape_are_not_spliced() -> None:
    genome = child(Recombine(PLAIN), context({1: SQUARE, 2: [0.5] * 9}))
    assert run(genome.text).shape == (4, 2)


def test_every_operator_goes_by_its_name() -> None:
    assert list(operators(POLISHED)) == ["nudge", "relocate", "reshape", "recombine"]
