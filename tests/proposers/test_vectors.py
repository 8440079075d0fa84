"""Candidates as vectors of numbers."""

from __future__ import annotations

import json

import numpy as np
import pytest

from speciate.core.errors import ProposalFailed
from speciate.core.problem import Language
from speciate.core.values import CONSTRUCTION, Evaluation, Genome, Status
from speciate.genomes.text import python
from speciate.proposers.syntax import Limits, Reader
from speciate.proposers.vectors import Vectors

TEXT = """\
# EVOLVE-BLOCK-START
def f(x: float) -> float:
    if x > {0}:
        return {1} * x
    return x - {2}
# EVOLVE-BLOCK-END
"""
ARRAY = "import numpy as np\n\n# EVOLVE-BLOCK-START\ndef points():\n    return np.zeros((2, 2))\n# EVOLVE-BLOCK-END\n"


def vectors(**language: object) -> Vectors:
    spoken = Language(**language)  # type: ignore[arg-type]
    return Vectors(spoken, Reader(spoken.calls), Limits(), most=4)


def program(*numbers: object) -> Genome:
    return python(TEXT.format(*numbers), "seed.py")


def built(array: object) -> Evaluation:
    return Evaluation(Status.OK, {"score": 1.0}, artifacts={CONSTRUCTION: json.dumps(array)})


def test_literals_are_the_numbers_each_in_its_own_size() -> None:
    found = vectors().read(program(2, -8.0, 0.01))
    assert found is not None
    assert found.values.tolist() == [2.0, -8.0, 0.01]
    assert found.scale.tolist() == [3.0, 8.0, 0.1]


def test_programs_that_differ_in_their_numbers_alone_share_a_space() -> None:
    one, two = vectors().read(program(2, 0.5, 1.5)), vectors().read(program(7, -3.25, 9.0))
    other = vectors().read(python(TEXT.replace("x > {0}", "x < {0}").format(2, 0.5, 1.5), "seed.py"))
    assert one is not None
    assert two is not None
    assert other is not None
    assert one.key == two.key != other.key


def test_whole_numbers_stay_whole_and_others_have_three_digits() -> None:
    child = vectors().write(program(2, 0.5, 1.5), [4.6, 0.51239, 2.0])
    assert child is not None
    assert child.digest == program(5, 0.512, 2.0).digest
    assert vectors().rounded(program(2, 0.5, 1.5), [4.6, 0.51239, 2.0]).tolist() == [5.0, 0.512, 2.0]


def test_where_programs_calculate_straight_on_every_number_is_a_coefficient() -> None:
    straight = vectors(arithmetic=True, digits=9)
    text = "# EVOLVE-BLOCK-START\ndef f(x: float) -> float:\n    return x - x * x / {}\n# EVOLVE-BLOCK-END\n"
    found = straight.read(python(text.format(6), "seed.py"))
    assert found is not None
    assert found.scale.tolist() == [6.0]
    child = straight.write(python(text.format(6), "seed.py"), [6.0123])
    assert child is not None
    assert child.text == text.format(6.0123)


def test_the_same_numbers_are_no_child_and_so_are_those_that_are_not_finite() -> None:
    assert vectors().write(program(2, 0.5, 1.5), [2.2, 0.5, 1.5]) is None
    assert vectors().write(program(2, 0.5, 1.5), [2.0, np.nan, np.inf]) is None
    with pytest.raises(ValueError, match="zip"):
        vectors().write(program(2, 0.5, 1.5), [1.0])


def test_without_numbers_or_with_too_many_there_is_no_vector() -> None:
    none = python("# EVOLVE-BLOCK-START\ndef f(x):\n    return x\n# EVOLVE-BLOCK-END\n", "seed.py")
    many = none.with_text(none.text.replace("return x", "return x + 1.5 * (2.5 + x * (3.5 + x * (4.5 + x * 5.5)))"))
    for genome in (none, many, none.with_text("def f(:\n")):
        assert vectors().read(genome) is None
    assert vectors().write(none, []) is None


def test_an_array_is_the_numbers_where_that_is_the_answer() -> None:
    arrays = vectors(construction="points")
    genome = python(ARRAY, "seed.py")
    found = arrays.read(genome, built([[0.0, 5.0], [2.0, 5.0]]))
    assert found is not None
    assert found.values.tolist() == [0.0, 5.0, 2.0, 5.0]
    assert found.scale.tolist() == [2.0, 5.0, 2.0, 5.0]  # the spread of each column, its size where there is none
    child = arrays.write(genome, [0.5, 5.0, 2.0, 4.0], built([[0.0, 5.0], [2.0, 5.0]]))
    assert child is not None
    assert "[0.5, 5.0],\n        [2.0, 4.0],\n" in child.text
    assert child.text.startswith("import numpy as np\n\n# EVOLVE-BLOCK-START\n")


@pytest.mark.parametrize("array", [None, [], "x", [[1.0, 2.0], [3.0]], [1.0] * 5, [float("1e999")]])
def test_what_is_no_small_array_is_no_vector(array: object) -> None:
    arrays = vectors(construction="points")
    evaluation = None if array is None else built(array)
    assert arrays.read(python(ARRAY, "seed.py"), evaluation) is None


def test_a_program_that_may_not_change_the_array_has_no_child() -> None:
    text = ARRAY.replace("def points", "def other")
    assert vectors(construction="points").write(python(text, "seed.py"), [1.0, 2.0], built([0.0, 1.0])) is None


@pytest.mark.parametrize("number", ["1" + "0" * 400, "-1" + "0" * 400])
def test_a_whole_number_that_no_float_holds_is_no_operators_business(number: str) -> None:
    genome = program(number, 2.0, 3.0)
    assert vectors().read(genome) is None
    with pytest.raises(ProposalFailed, match="a number that no float holds"):
        Reader(()).read(genome)


def test_infinite_numbers_are_not_searched() -> None:
    parent = program("1e999", 2.0, 3.0)
    found = vectors().read(parent)
    assert found is not None
    assert list(found.values) == [2.0, 3.0]
    child = vectors().write(parent, [4.0, 5.0])
    assert child is not None
    assert child.text == program("1e309", 4.0, 5.0).text
