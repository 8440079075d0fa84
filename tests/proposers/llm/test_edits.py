from __future__ import annotations

import pytest

from speciate.proposers.llm.applying import apply
from speciate.proposers.llm.edits import Edit, read
from speciate.proposers.llm.faults import EditFailed
from speciate.proposers.llm.fences import fences, programs, said

FILES = {"seed.py": "a = 1\nb = 2\nc = 3\n"}
BLOCK = "<<<<<<< SEARCH\na = 1\n=======\na = 2\n>>>>>>> REPLACE"


@pytest.mark.parametrize(
    "reply", [BLOCK, f"Because.\n```\n{BLOCK}\n```\nDone.", BLOCK.replace("\n", "\r\n"), f"{BLOCK} \n"]
)
def test_blocks_are_read_with_and_without_a_fence(reply: str) -> None:
    assert read(said(reply), FILES) == (Edit(("a = 1",), ("a = 2",)),)


@pytest.mark.parametrize(
    ("reply", "what"),
    [
        ("<<<<<<< SEARCH\na = 1\n>>>>>>> REPLACE", "the block at line 1 of the reply has no `=======`"),
        ("so\n<<<<<<< SEARCH\na = 1\n=======\na = 2\n", "the block at line 2 of the reply has no `>>>>>>> REPLACE`"),
        (f"<<<<<<< SEARCH\na = 1\n{BLOCK}", "line 3 of the reply begins a block within a block"),
    ],
)
def test_a_block_that_is_not_whole_is_refused_with_its_line(reply: str, what: str) -> None:
    with pytest.raises(EditFailed) as caught:
        read(reply, FILES)
    assert caught.value.reason == f"edit malformed: {what}"


def test_a_line_of_equal_signs_in_the_program_divides_nothing() -> None:
    files = {"seed.md": "Title\n=======\ntext\n"}
    reply = "<<<<<<< SEARCH\nTitle\n=======\ntext\n=======\nTitle\n=======\nother\n>>>>>>> REPLACE"
    assert apply(files, read(reply, files)).files == {"seed.md": "Title\n=======\nother\n"}


DIFF = "--- a/seed.py\n+++ b/seed.py\n@@ -1,3 +1,3 @@\n a = 1\n-b = 2\n+b = 3\n c = 3\n"


FENCED = f"Why.\n```diff\n{DIFF}```\nDone."


@pytest.mark.parametrize("reply", [DIFF, FENCED, FENCED.replace("\n a", "\na"), f"Why.\n{DIFF}That is all."])
def test_unified_diffs_are_read_with_and_without_a_fence(reply: str) -> None:
    assert apply(FILES, read(reply, FILES)).files == {"seed.py": "a = 1\nb = 3\nc = 3\n"}


def test_several_hunks_with_wrong_numbers() -> None:
    reply = "```diff\n--- seed.py\n+++ seed.py\n@@ -40,2 +40,2 @@\n-a = 1\n+a = 5\n b = 2\n@@ @@\n-c = 3\n+c = 9\n```"
    assert apply(FILES, read(reply, FILES)).files == {"seed.py": "a = 5\nb = 2\nc = 9\n"}


def test_the_number_of_a_hunk_tells_equal_places_apart() -> None:
    files = {"seed.py": "x = 1\ny = 0\nx = 1\n"}
    reply = "```diff\n@@ -3,1 +3,1 @@\n-x = 1\n+x = 2\n```"
    assert apply(files, read(reply, files)).files == {"seed.py": "x = 1\ny = 0\nx = 2\n"}


def test_a_removed_comment_of_two_dashes_is_no_head() -> None:
    files = {"q.sql": "-- old\nselect 1;\n"}
    reply = "```diff\n--- a/q.sql\n+++ b/q.sql\n@@ -1,2 +1,2 @@\n--- old\n+-- new\n select 1;\n```"
    assert apply(files, read(reply, files)).files == {"q.sql": "-- new\nselect 1;\n"}


def test_a_diff_of_several_files() -> None:
    files = {"a.py": "x = 1\n", "b.py": "x = 1\n"}
    each = "--- a/{0}.py\n+++ b/{0}.py\n@@ -1 +1 @@\n-x = 1\n+x = {1}\n"
    reply = f"```diff\n{each.format('a', 2)}{each.format('b', 3)}```"
    assert apply(files, read(reply, files)).files == {"a.py": "x = 2\n", "b.py": "x = 3\n"}


def test_a_hunk_that_changes_nothing_is_an_edit_that_changes_nothing() -> None:
    edits = read("```diff\n@@ -1 +1 @@\n-a = 1\n+a = 1\n```", FILES)
    with pytest.raises(EditFailed, match="edit changed nothing"):
        apply(FILES, edits)


def test_prose_holds_no_edits() -> None:
    assert read("I would try a = 2.\n\n```python\na = 2\n```", FILES) == ()


def test_what_a_model_thought_aloud_is_not_read() -> None:
    assert said(f"<think>\n{BLOCK}\n</think>\nNo change.") == "\nNo change."


def test_a_longer_fence_holds_shorter_ones() -> None:
    (fence,) = fences("````markdown\n```\ninner\n```\n````\n")
    assert fence.text == "```\ninner\n```\n"


def test_a_fence_without_its_end_goes_to_the_end() -> None:
    assert [each.text for each in fences("```python\nx = 1")] == ["x = 1\n"]


def test_the_program_is_told_from_examples_and_output() -> None:
    reply = (
        "```bash\npython seed.py --and a lot more of words here to be long\n```\nUse it as\n```python\nf(3)\n```\n"
        "```python\ndef f(x):\n    return x\n```\n```\n>>> output of the program, which is no code at all\n```\n"
    )
    assert [each.text for each in programs(reply, {"seed.py": ""})] == ["def f(x):\n    return x\n"]


def test_a_program_that_is_only_repeated_is_not_the_answer() -> None:
    old = "def f(x):\n    y = x\n    return y\n"
    reply = f"Now:\n```python\n{old}```\nBetter:\n```python\ndef f(x):\n    return x\n```\n"
    assert [each.text for each in programs(reply, {"seed.py": old})] == ["def f(x):\n    return x\n"]


def test_a_block_with_a_fence_in_each_part_is_read_without() -> None:
    fenced = "<<<<<<< SEARCH\n```python\na = 1\n```\n=======\n```python\na = 2\n```\n>>>>>>> REPLACE"
    assert read(fenced, FILES) == (Edit(("a = 1",), ("a = 2",)),)


def test_fences_are_told_apart_by_the_files_they_name() -> None:
    reply = "File `a.py`:\n```python\nx = 1\n```\n```python:src/b.py\ny = 1\n```\n"
    assert [(each.file, each.text) for each in programs(reply, {"a.py": "", "src/b.py": ""})] == [
        ("a.py", "x = 1\n"),
        ("src/b.py", "y = 1\n"),
    ]


def test_bare_python_is_a_program_and_bare_prose_is_none() -> None:
    assert len(programs("def f(x):\n    return x", {"seed.py": ""})) == 1
    assert programs("I cannot help with that.", {"seed.py": ""}) == ()
