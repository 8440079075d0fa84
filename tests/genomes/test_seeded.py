"""The line that gives a program its seed."""

from __future__ import annotations

import pytest

from speciate.genomes.seeded import seeded, takes_seed


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("SEED = 0", "SEED = 42"),
        ("SEED=0  # of the start", "SEED=42  # of the start"),
        ("SEED: int = 0", "SEED: int = 42"),
        ("    SEED = 0", "    SEED = 42"),
        ("const long SEED = 0;", "const long SEED = 42;"),
        ("let SEED: u64 = 0;", "let SEED: u64 = 42;"),
    ],
)
def test_the_first_such_line_gets_the_number(line: str, changed: str) -> None:
    text = f"import numpy\n{line}\nSEED = 0\n"
    assert takes_seed(text)
    assert seeded(text, 42) == f"import numpy\n{changed}\nSEED = 0\n"


@pytest.mark.parametrize(
    "line", ["# SEED = 0", "SEED = 01", "SEED = 0.5", "SEED == 0", "SEEDS = 0", "x = SEED = 0", ""]
)
def test_what_is_no_such_line_is_left_alone(line: str) -> None:
    assert not takes_seed(line)
    assert seeded(line, 42) == line
