"""What changed between two programs, line by line."""

from __future__ import annotations

import difflib
from time import process_time

from hypothesis import given
from hypothesis import strategies as st

from speciate.store.differing import Space, hunks, lines_changed, split_lines, unified

PROGRAMS = st.lists(st.sampled_from("abcdefgh"), max_size=30).map(lambda lines: "".join(f"{line}\n" for line in lines))


@given(PROGRAMS, PROGRAMS)
def test_the_hunks_are_those_of_difflib(old: str, new: str) -> None:
    theirs = list(difflib.unified_diff(old.splitlines(), new.splitlines(), n=2, lineterm=""))[2:]
    found = hunks({"seed.py": old}, {"seed.py": new})
    assert unified(found, 1) == theirs
    assert (lines_changed(found) == 0) == (old == new)


@given(PROGRAMS, PROGRAMS)
def test_every_line_has_its_numbers(old: str, new: str) -> None:
    for hunk in hunks({"seed.py": old}, {"seed.py": new}):
        for line in hunk.lines:
            assert line.old is None or split_lines(old)[line.old - 1] == line.text
            assert line.new is None or split_lines(new)[line.new - 1] == line.text
            assert (line.op == "+") == (line.old is None)
            assert (line.op == "-") == (line.new is None)


def test_a_replaced_line_counts_once() -> None:
    assert lines_changed(hunks({"a": "1\n2\n3\n"}, {"a": "1\nx\ny\n3\n"})) == 2


def test_white_space_alone_can_be_passed_over() -> None:
    old, new = {"a": "if x:\n    y = 1\n"}, {"a": "if x:\n\ty=1\n"}
    assert hunks(old, new)
    assert not hunks(old, new, Space.IGNORE)


def test_files_that_came_and_went_are_named() -> None:
    lines = unified(hunks({"a.py": "1\n"}, {"b.py": "1\n"}), 2)
    assert lines == ["@@ a.py @@", "@@ -1 +0,0 @@", "-1", "@@ b.py @@", "@@ -0,0 +1 @@", "+1"]


def test_lines_end_where_a_traceback_counts_them() -> None:
    assert split_lines("a\r\nb\u2028\x0cc\rd") == ["a", "b\u2028\x0cc", "d"]
    assert split_lines("") == []


def test_programs_made_to_be_slow_are_compared_at_once() -> None:
    """Exactly compared, these would take minutes."""
    old, new = ("".join(f"{at % each}\n" for at in range(20_000)) for each in (7, 5))
    began = process_time()
    found = hunks({"a": old}, {"a": new})
    assert process_time() - began < 5.0
    assert sum(line.op == "-" for line in found[0].lines) > 19_000
