from __future__ import annotations

import pytest

from speciate.genomes.text import frozen
from speciate.proposers.llm.applying import apply
from speciate.proposers.llm.edits import Edit, read
from speciate.proposers.llm.faults import EditFailed, Fault
from speciate.proposers.llm.matching import How

SEED = """import math

SCALE = 2.0

# EVOLVE-BLOCK-START
def f(x):
    total = 0.0
    for each in x:
        if each > 0:
            total += each * SCALE
    return total
# EVOLVE-BLOCK-END


def main():
    return f([1, 2])
"""
FILES = {"seed.py": SEED}


def block(old: str, new: str) -> str:
    return f"<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n"


def applied(reply: str, text: str = SEED, name: str = "seed.py") -> str:
    files = {name: text}
    return apply(files, read(reply, files)).files[name]


def how(reply: str) -> list[str]:
    return [str(change) for change in apply(FILES, read(reply, FILES)).changes]


def failure(reply: str, text: str = SEED, name: str = "seed.py") -> EditFailed:
    with pytest.raises(EditFailed) as caught:
        applied(reply, text, name)
    return caught.value


def test_lines_are_found_as_they_are() -> None:
    reply = block("        if each > 0:\n", "        if each > 1:\n")
    assert applied(reply) == SEED.replace("each > 0", "each > 1")
    assert how(reply) == ["seed.py line 9, exact"]


def test_part_of_a_line_is_found_where_it_stands_once_and_no_word_is_cut() -> None:
    assert applied(block("each > 0\n", "each > 1\n")) == SEED.replace("each > 0", "each > 1")
    text = "def f(x):\n    max_x = 1\n    x = 1\n    return x\n"
    assert applied(block("x = 1\n", "x = 2\n"), text) == text.replace("    x = 1", "    x = 2")


def test_blanks_may_differ() -> None:
    reply = block("    for  each in x:   \n        if each > 0:\n\n", "    for each in x:\n        if each > 1:\n\n")
    assert applied(reply) == SEED.replace("each > 0", "each > 1")
    assert how(reply) == ["seed.py line 9, whitespace"]


@pytest.mark.parametrize("indent", ["", "      ", "\t"])
def test_lines_that_are_indented_otherwise_are_put_where_the_text_has_them(indent: str) -> None:
    old = f"{indent}if each > 0:\n{indent}    total += each * SCALE\n"
    new = f"{indent}if each > 0:\n{indent}    if each < 9:\n{indent}        total += each\n{indent}total -= 1\n"
    reply = block(old, new)
    expected = "        if each > 0:\n            if each < 9:\n                total += each\n        total -= 1\n"
    assert expected in applied(reply)
    assert how(reply) == ["seed.py line 10, indentation"]


def test_tabs_of_the_text_are_kept_where_the_edit_has_blanks() -> None:
    text = "def f(x):\n\tif x:\n\t\treturn 1\n\treturn 2\n"
    reply = block("    if x:\n        return 1\n", "    if x:\n        y = 3\n        return y\n")
    assert applied(reply, text) == "def f(x):\n\tif x:\n\t\ty = 3\n\t\treturn y\n\treturn 2\n"


def test_what_is_nearly_there_is_found_and_the_place_reported() -> None:
    reply = block(
        "    for item in x:\n        if each > 0:\n            total += each * SCALE\n",
        "    for each in x:\n        if each > 0:\n            total += each * SCALE * 2\n",
    )
    assert applied(reply) == SEED.replace("each * SCALE", "each * SCALE * 2")
    (place,) = how(reply)
    assert place.startswith("seed.py line 10, fuzzy 0.9")


def test_a_line_that_the_edit_forgot_does_not_hide_the_place() -> None:
    old = "    total = 0.0\n    for each in x:\n            total += each * SCALE\n    return total\n"
    reply = block(old, "    return sum(each * SCALE for each in x if each > 0)\n")
    assert "def f(x):\n    return sum(each * SCALE for each in x if each > 0)\n# EVOLVE-BLOCK-END" in applied(reply)


def test_what_is_not_there_is_answered_with_the_nearest_lines() -> None:
    failed = failure(block("    while True:\n        totals += item ** SCALE\n", "    pass\n"))
    assert failed.reason.startswith("edit matched nothing: the edit names lines that are not in the program: ")
    assert "nearest: seed.py line" in failed.reason
    assert "10 |             total += each * SCALE" in failed.shown


def test_an_edit_that_fits_at_several_places_is_refused() -> None:
    text = "def f(x):\n    y = 1\n    z = x\n    y = 1\n    return y + z\n"
    failed = failure(block("    y = 1\n", "    y = 2\n"), text)
    assert failed.fault is Fault.SEVERAL
    assert "lines 2, 4" in failed.reason


def test_equally_near_places_are_no_place() -> None:
    text = "def f(a, b):\n    value = combine(a, item_1)\n    b = 0\n    value = combine(a, item_2)\n    return value\n"
    assert failure(block("    value = combine(a, item_3)\n", "    value = 1\n"), text).fault is Fault.SEVERAL


def test_a_place_outside_the_markers_does_not_compete_with_one_inside() -> None:
    text = SEED.replace("    return f(", "    total = 0.0\n    return total + f(")
    assert applied(block("    total = 0.0\n", "    total = 1.0\n"), text) == text.replace("0.0", "1.0", 1)


def test_lines_that_stand_so_outside_the_markers_are_not_looked_for_inside() -> None:
    text = SEED.replace("SCALE = 2.0", "total = 0.0")
    assert failure(block("total = 0.0\n", "total = 1.0\n"), text).fault is Fault.OUTSIDE


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("SCALE = 2.0\n", "SCALE = 3.0\n"),
        ("    return f([1, 2])\n", "    return 9\n"),
        ("# EVOLVE-BLOCK-END\n", ""),
        ("# EVOLVE-BLOCK-END\n", "# EVOLVE-BLOCK-END\nSCALE = 9\n"),
        ("    return total\n# EVOLVE-BLOCK-END\n", "    return total\n"),
        ("    return total\n", "    return total\n# EVOLVE-BLOCK-END\n"),
        ("# EVOLVE-BLOCK-START\n", "import os\n# EVOLVE-BLOCK-START\n"),
    ],
)
def test_what_stands_outside_the_markers_and_the_markers_stay(old: str, new: str) -> None:
    assert failure(block(old, new)).reason.startswith("edit outside the markers: ")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            "    return total\n# EVOLVE-BLOCK-END\n",
            "    total += 1\n    return total\n# EVOLVE-BLOCK-END\n",
            "    total += 1",
        ),
        ("# EVOLVE-BLOCK-END\n", "def g():\n    pass\n# EVOLVE-BLOCK-END\n", "def g():"),
        ("    return total\n", "    return total\ndef g():\n    pass\n", "def g():"),
        ("# EVOLVE-BLOCK-START\n", "# EVOLVE-BLOCK-START\nimport os\n", "import os"),
        ("", "def g():\n    pass\n", "def g():"),
    ],
)
def test_lines_may_be_put_next_to_a_marker(old: str, new: str, line: str) -> None:
    after = applied(block(old, new))
    assert frozen(after) == frozen(SEED)
    inside = after.partition("# EVOLVE-BLOCK-START\n")[2].partition("# EVOLVE-BLOCK-END\n")[0]
    assert f"{line}\n" in inside


def test_markers_that_the_edit_quotes_with_other_blanks_stay() -> None:
    after = applied(
        block("    return  total\n#EVOLVE-BLOCK-END\n".replace("#E", "# E"), "    return 2\n# EVOLVE-BLOCK-END\n")
    )
    assert frozen(after) == frozen(SEED)
    assert "    return 2\n# EVOLVE-BLOCK-END" in after


def test_edits_follow_one_another() -> None:
    reply = block("    total = 0.0\n", "    total = 1.0\n") + "then\n" + block("    total = 1.0\n", "    total = 2.0\n")
    assert applied(reply) == SEED.replace("total = 0.0", "total = 2.0")


def test_edits_that_change_nothing_are_named() -> None:
    assert failure(block("    total = 0.0\n", "    total = 0.0\n")).reason.startswith("edit changed nothing")
    assert failure(block("    total = 0.0\n", "    total = 0.0  \n")).fault is Fault.UNCHANGED


def test_a_comment_that_stands_for_code_is_refused() -> None:
    failed = failure(block("    for each in x:\n", "    # ... existing code ...\n    for each in x:\n"))
    assert failed.reason == "edit left code out: `# ... existing code ...` stands for code; write all of it"


def test_a_program_without_markers_may_change_anywhere_to_its_last_line() -> None:
    assert applied(block("y = 2\n", "y = 3\nz = 4\n"), "x = 1\ny = 2") == "x = 1\ny = 3\nz = 4\n"


def test_several_blocks_and_another_language() -> None:
    text = (
        "// EVOLVE-BLOCK-START\nint a() { return 1; }\n// EVOLVE-BLOCK-END\nint b();\n"
        "  /* EVOLVE-BLOCK-START */\n  int c() { return 1; }\n  /* EVOLVE-BLOCK-END */\n"
    )
    assert applied(block("int c() { return 1; }\n", "int c() { return 2; }\n"), text, "a.cpp") == text.replace(
        "int c() { return 1; }", "int c() { return 2; }"
    )
    assert failure(block("int b();\n", "int b2();\n"), text, "a.cpp").fault is Fault.OUTSIDE
    assert failure(block("", "int d();\n"), text, "a.cpp").fault is Fault.SEVERAL


def test_of_several_files_the_named_one_is_edited() -> None:
    files = {"a.py": "x = 1\n", "b.py": "x = 1\n"}
    edits = read("In b.py:\n" + block("x = 1\n", "x = 2\n"), files)
    assert apply(files, edits).files == {"a.py": "x = 1\n", "b.py": "x = 2\n"}
    with pytest.raises(EditFailed, match="several places"):
        apply(files, read(block("x = 1\n", "x = 2\n"), files))


def test_a_file_without_markers_beside_one_with_markers_stays() -> None:
    files = {"seed.py": SEED, "data.py": "N = 3\n"}
    with pytest.raises(EditFailed, match="outside the markers"):
        apply(files, [Edit(("N = 3",), ("N = 4",), "data.py")])


def test_a_long_edit_of_few_words_is_compared_by_lines() -> None:
    """By words, a hundred lines of the same few would hold up all that the engine does for minutes."""
    lines = [f"total = total + weights[{number}] * values[{number}] + weights[0] * values[0]" for number in range(80)]
    text = "\n".join(lines) + "\n"
    old = [line if number != 40 else line.replace("40", "41") for number, line in enumerate(lines)]
    applied = apply({"a.py": text}, [Edit(tuple(old), ("total = 0",))])
    assert applied.files["a.py"] == "total = 0\n"
    assert [change.how for change in applied.changes] == [How.FUZZY]
    with pytest.raises(EditFailed, match="names lines that are not in the program"):
        apply({"a.py": "x = x + x\n" * 300}, [Edit(("x = x + x + y",) * 200, ("z",))])
