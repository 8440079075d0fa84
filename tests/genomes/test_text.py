from __future__ import annotations

import pytest

from speciate.core.errors import ProblemError
from speciate.core.values import Genome
from speciate.genomes.text import Block, blocks, frozen, key_of, python, replace_block, size

MARKED = """import numpy as np

# EVOLVE-BLOCK-START
def f(x):
    return x + 1
# EVOLVE-BLOCK-END

TAIL = 1
"""


def test_a_block_is_what_stands_between_the_markers() -> None:
    (block,) = blocks(MARKED)
    assert block == Block(3, 5, "", "def f(x):\n    return x + 1\n")
    assert frozen(MARKED) == ("import numpy as np\n\n# EVOLVE-BLOCK-START\n", "# EVOLVE-BLOCK-END\n\nTAIL = 1\n")


def test_without_markers_the_whole_text_may_change() -> None:
    assert blocks("x = 1\ny = 2\n") == (Block(0, 2, "", "x = 1\ny = 2\n"),)


def test_a_block_inside_a_function_is_dedented_and_put_back_indented() -> None:
    text = "def f(x):\n    a = 1\n    # EVOLVE-BLOCK-START\n    y = x\n\n    # EVOLVE-BLOCK-END\n    return y\n"
    (block,) = blocks(text)
    assert (block.indent, block.code) == ("    ", "y = x\n\n")
    assert replace_block(text, block, "if x:\n    y = 2") == text.replace("    y = x\n\n", "    if x:\n        y = 2\n")


def test_several_blocks_keep_their_order_and_what_is_between_them() -> None:
    text = MARKED + MARKED
    first, second = blocks(text)
    changed = replace_block(text, second, "g = 2\n")
    assert first == blocks(changed)[0]
    assert frozen(changed) == frozen(text)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a\n# EVOLVE-BLOCK-START\nb\n", "EVOLVE-BLOCK-START at seed.py line 2 has no END"),
        ("a\n# EVOLVE-BLOCK-END\n", "EVOLVE-BLOCK-END at seed.py line 2 has no START"),
        ("# EVOLVE-BLOCK-START\n# EVOLVE-BLOCK-START\n# EVOLVE-BLOCK-END\n", "another START follows at line 2"),
    ],
)
def test_a_marker_without_its_partner_is_refused_with_its_line(text: str, what: str) -> None:
    with pytest.raises(ProblemError, match=what) as caught:
        blocks(text, "seed.py")
    assert "the whole file may change" in caught.value.do


def test_a_marker_inside_a_string_is_no_marker() -> None:
    assert len(blocks('x = "# EVOLVE-BLOCK-START"\n')) == 1


SAME = [
    ("def f(x):\n    y = x\n    return y\n", "def f(x):\n    z = x\n    return (z)  # why\n"),
    ('def f(x):\n    """Doc."""\n    return x\n', "def f(x):\n    return x\n"),
    ("def f(x):\n    return -3 * x\n", "def f(x):\n    return (-3) * x\n"),
    ("def f(x):\n    return [a for a in x]\n", "def f(x):\n    return [b for b in x]\n"),
    (
        "def f(x):\n    for i in x:\n        t = i\n    return t",
        "def f(x):\n    for t in x:\n        i = t\n    return i",
    ),
]
DIFFERENT = [
    ("def f(x):\n    return 1\n", "def f(x):\n    return 1.0\n"),
    ("def f(x):\n    return 1\n", "def f(x):\n    return True\n"),
    ("def f(x):\n    return x\n", "def f(y):\n    return y\n"),  # callers may name it
    ("def f(x):\n    y = x\n    return y\n", "def f(x):\n    y = x\n    return x\n"),
    ("def f(x):\n    return x\n", "def g(x):\n    return x\n"),
    ("def f(x):\n    a = b\n    return a\n", "def f(x):\n    a = c\n    return a\n"),  # globals
    ("def f(x):\n    return x < 1\n", "def f(x):\n    return x <= 1\n"),
    ("def f(x):\n    return x\n    pass\n", "def f(x):\n    return x\n    x = 1\n"),
    ("import a.b as c\n", "import a.b as d\n"),
    ('def f():\n    x = "a"\n', 'def f():\n    x = "b"\n'),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_texts_that_mean_the_same_have_one_key(one: str, other: str) -> None:
    assert key_of(one) == key_of(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_texts_that_differ_in_meaning_have_different_keys(one: str, other: str) -> None:
    assert key_of(one) != key_of(other)


def test_a_nested_function_may_read_the_outer_locals() -> None:
    text = "def f(x):\n    {0} = x\n    def g():\n        return {0}\n    return g\n"
    assert key_of(text.format("a")) == key_of(text.format("b"))
    assert key_of(text.format("a")) != key_of(text.format("a").replace("return a", "return q"))


def test_a_genome_has_the_key_as_its_digest_and_keeps_its_files() -> None:
    genome = python(Genome("text", {"seed.py": "x = 1 # one\n", "data.txt": "7"}))
    assert genome.digest == key_of("x = 1") == python("x   =   1").digest
    assert dict(genome.files)["data.txt"] == "7"


def test_a_text_that_does_not_parse_keeps_the_digest_of_its_content() -> None:
    assert python("def f(:").key == ""
    assert python("def f(:").digest != python("def g(:").digest


def test_size_counts_the_evolving_part_only() -> None:
    # def, return, x + 1, x, 1
    assert size(MARKED) == 5
    assert size(python(MARKED + "UNMARKED = [1, 2, 3]\n")) == 5
