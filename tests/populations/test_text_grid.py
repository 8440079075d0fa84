import pytest

from speciate.core.problem import Measure
from speciate.core.values import Candidate, Change, Genome
from speciate.populations import Islands, TextGrid

from .build import add, scored


def program(text: str, id: int = 1) -> Candidate:
    genome = Genome("text", {"p.py": text})
    return Candidate(id, genome.digest, genome)


REFERENCE = program("a = b + c").genome  # five words


def test_length_counts_doublings_and_distance_what_is_not_shared() -> None:
    """Of a = b + d four of six are shared with the reference. Eleven words are twice its six, the one added to each
    included; of those five are the reference's."""
    grid = TextGrid(REFERENCE)
    assert grid.described(REFERENCE) == {"text_length": 0.0, "text_distance": 0.0}
    assert grid.described(program("a = b + d").genome) == pytest.approx({"text_length": 0.0, "text_distance": 1 / 3})
    twice = grid.described(program("a = b + c - d * e / f").genome)
    assert twice == pytest.approx({"text_length": 1.0, "text_distance": 6 / 11})
    assert grid.described(program("").genome)["text_distance"] == 1.0
    assert TextGrid(program("").genome).described(program("").genome) == {"text_length": 0.0, "text_distance": 0.0}


def test_repetitions_count() -> None:
    assert TextGrid(REFERENCE).described(program("a = b + c a = b + c").genome)["text_distance"] == 0.5


def test_cells_are_fixed_whatever_came_before() -> None:
    """Length 0 of -3 to 3 is cell 5 of 10, distance 1/3 cell 3; an enormous program does not move them."""
    grid = TextGrid(REFERENCE)
    assert add(grid, program("a = b + d", 1), scored(1.0)).where == {"cell": [5, 3]}
    assert add(grid, program("x " * 10_000, 2), scored(2.0)).where == {"cell": [9, 9]}
    placed = add(grid, program("a = b + e", 3), scored(3.0))
    assert (placed.change, placed.where, placed.evicted) == (Change.IMPROVED, {"cell": [5, 3]}, (1,))


def test_the_problems_measures_are_further_axes() -> None:
    grid = TextGrid(REFERENCE, cells=4, measures=[Measure("speed", 0.0, 10.0, 5)])
    assert add(grid, program("a = b + c"), scored(1.0, speed=9.0)).where == {"cell": [2, 0, 4]}
    assert add(grid, program("a = b - c", 2), scored(1.0)).where == {"missing": "speed"}


def test_islands_of_one_reference_exchange_members() -> None:
    islands = Islands([TextGrid(REFERENCE), TextGrid(REFERENCE)], every=1)
    changes = add(islands, program("a = b + d"), scored(1.0)).changes
    assert changes == {"migrations": [{"id": 1, "from": 0, "to": 1, "change": "added"}]}
