from __future__ import annotations

import pytest

from speciate.proposers.llm.faults import EditFailed, Fault
from speciate.proposers.llm.rewriting import rewrite

SEED = """import math

# EVOLVE-BLOCK-START
def f(x):
    return x + 1
# EVOLVE-BLOCK-END


def run():
    return f(3)
"""
NEW = "def f(x):\n    return math.sqrt(x)\n"
CHILD = SEED.replace("def f(x):\n    return x + 1\n", NEW)


def fence(code: str, word: str = "python") -> str:
    return f"Better so.\n```{word}\n{code}```\n"


def rewritten(reply: str, text: str = SEED, name: str = "seed.py") -> str:
    return rewrite({name: text}, reply).files[name]


@pytest.mark.parametrize(
    "code",
    [
        CHILD,
        f"# EVOLVE-BLOCK-START\n{NEW}# EVOLVE-BLOCK-END\n",
        NEW,
        CHILD.replace("# EVOLVE-BLOCK-START\n", "").replace("# EVOLVE-BLOCK-END\n", ""),
        CHILD.replace("\n\n\ndef run", "\n\ndef run").replace("# EVOLVE-BLOCK-START", "  # EVOLVE-BLOCK-START"),
    ],
    ids=["whole", "block with markers", "block alone", "whole without markers", "other blanks"],
)
def test_what_goes_between_the_markers_is_taken_and_the_rest_stays(code: str) -> None:
    assert rewritten(fence(code)) == CHILD


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (CHILD.replace("return f(3)", "return 9"), Fault.OUTSIDE),
        (CHILD.replace("import math", "import math\nimport os"), Fault.OUTSIDE),
        (NEW + "\ndef run():\n    return 9\n", Fault.OUTSIDE),
        (CHILD.replace("# EVOLVE-BLOCK-END\n", ""), Fault.MALFORMED),
        (f"{CHILD}{CHILD}", Fault.MALFORMED),
        (SEED, Fault.UNCHANGED),
        (f"# EVOLVE-BLOCK-START\n{NEW}# ... the rest is unchanged ...\n# EVOLVE-BLOCK-END\n", Fault.OMITTED),
    ],
)
def test_what_is_no_child_is_refused_by_its_cause(code: str, fault: Fault) -> None:
    with pytest.raises(EditFailed) as caught:
        rewritten(fence(code))
    assert caught.value.fault is fault
    assert caught.value.reason.startswith(f"{fault}: ")


def test_prose_is_no_code() -> None:
    with pytest.raises(EditFailed, match="no code in the reply: the reply has no code fence"):
        rewritten("I would use a square root.")


def test_a_program_without_markers_is_replaced_whole() -> None:
    assert rewritten(fence(NEW), "def f(x):\n    return x\n") == NEW
    marked = f"# EVOLVE-BLOCK-START\n{NEW}# EVOLVE-BLOCK-END\n"
    assert rewritten(fence(marked), "def f(x):\n    return x\n") == NEW


def test_a_block_within_a_function_is_indented_as_it_was() -> None:
    text = "def f(x):\n    # EVOLVE-BLOCK-START\n    y = x\n    # EVOLVE-BLOCK-END\n    return y\n"
    expected = text.replace("    y = x\n", "    if x:\n        y = 2\n")
    assert rewritten(fence("if x:\n    y = 2\n"), text) == expected
    assert rewritten(fence("    if x:\n        y = 2\n"), text) == expected
    assert rewritten(fence(expected), text) == expected


TWO = "; EVOLVE-BLOCK-START\n(a)\n; EVOLVE-BLOCK-END\n(b)\n; EVOLVE-BLOCK-START\n(c)\n; EVOLVE-BLOCK-END\n"


def test_several_blocks_need_their_markers() -> None:
    assert rewritten(fence(TWO.replace("(c)", "(d)"), "lisp"), TWO, "a.lisp") == TWO.replace("(c)", "(d)")
    with pytest.raises(EditFailed, match=r"a\.lisp has 2 blocks: answer with the marker lines around each"):
        rewritten(fence("(d)\n", "lisp"), TWO, "a.lisp")
    with pytest.raises(EditFailed, match="the program has 2 marked blocks and the reply 1"):
        rewritten(fence("; EVOLVE-BLOCK-START\n(d)\n; EVOLVE-BLOCK-END\n", "lisp"), TWO, "a.lisp")


def test_several_files_are_told_by_name() -> None:
    files = {"a.py": "x = 1\n", "b.py": "y = 1\n"}
    reply = "b.py\n```python\ny = 2\n```\n"
    assert rewrite(files, reply).files == {"a.py": "x = 1\n", "b.py": "y = 2\n"}
    with pytest.raises(EditFailed, match=r"name the file above each fence: it may be a\.py, b\.py"):
        rewrite(files, fence("y = 2\n"))


def test_a_file_that_may_not_change_stays() -> None:
    files = {"seed.py": SEED, "b.py": "y = 1\n"}
    assert rewrite(files, fence(NEW)).files == {"seed.py": CHILD, "b.py": "y = 1\n"}
    with pytest.raises(EditFailed, match=r"b\.py has no markers and may not change"):
        rewrite(files, f"File b.py:\n{fence('y = 2' + chr(10)).partition(chr(10))[2]}")
