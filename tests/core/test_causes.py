"""What failures of one kind have in common."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speciate.core.causes import cause_of


@pytest.mark.parametrize(
    ("said", "cause", "line"),
    [
        (
            "IndexError: index 12 is out of bounds for axis 0 with size 12, seed.py line 9 (row 3)",
            "IndexError: index N is out of bounds for axis N with size N",
            "seed.py line 9",
        ),
        ("circles 3 and 7 overlap by 3.1e-7", "circles N and N overlap by N", ""),
        ("returned array([1.5, -2.]) at 0x7f3a, line 4", "returned array([N, N]) at N", "line 4"),
        ("name 'x1' of float64 is not defined", "name 'x1' of float64 is not defined", ""),
        ("used up its 2 s\nand more", "used up its N s", ""),
        ("", "no reason given", ""),
    ],
)
def test_a_cause_is_what_was_said_without_what_varies(said: str, cause: str, line: str) -> None:
    assert cause_of(said) == (cause, line)


NUMBERS = st.integers(-(10**9), 10**9).map(str) | st.floats(allow_nan=False, allow_infinity=False).map(repr)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=4), st.integers(1, 999))
def test_numbers_never_tell_causes_apart(pairs: list[tuple[str, str]], line: int) -> None:
    said = ["value " + " and ".join(each) + f" is wrong, seed.py line {line}" for each in zip(*pairs, strict=True)]
    assert cause_of(said[0]) == cause_of(said[1])
    assert cause_of(said[0])[1] == f"seed.py line {line}"
