from __future__ import annotations

import pytest

from speciate.proposers.llm.completing import completed, few_shot, renamed
from speciate.proposers.llm.faults import EditFailed, Fault

SEED = '''import math

# EVOLVE-BLOCK-START
def priority(n: int) -> float:
    """Says f and priority."""
    return 0.0 if n < 1 else priority(n - 1)
# EVOLVE-BLOCK-END
'''
BETTER = SEED.replace("0.0 if n < 1 else priority(n - 1)", "math.sqrt(n)")


def test_versions_stand_worse_first_and_the_next_is_only_begun() -> None:
    assert (
        few_shot([SEED, BETTER])
        == '''import math


def priority_v0(n: int) -> float:
    """Says f and priority."""
    return 0.0 if n < 1 else priority_v0(n - 1)


def priority_v1(n: int) -> float:
    """Improved version of `priority_v0`."""
    return math.sqrt(n)


def priority_v2(n: int) -> float:
    """Improved version of `priority_v1`."""
'''
    )


@pytest.mark.parametrize(
    "reply",
    [
        "```python\ndef priority_v2(n: int) -> float:\n    return n * 2.0\n```",
        "def priority_v2(n: int) -> float:\n    return n * 2.0\n\nThis is better since it grows.\n",
        "    return n * 2.0\n",
        "return n * 2.0\n\n\ndef other(:\n",
        "```python\nimport math\n\ndef priority_v1(n):\n    return 1\n\n"
        "def priority_v2(n: int) -> float:\n    return n * 2.0\n```",
        "```\ndef priority_v2(n: int) -> float:\n    return n * 2.0\n  broken(\n```",
        "```\ndef priority(n: int) -> float:\n    return n * 2.0\n\nprint(priority(3))\n```",
    ],
)
def test_the_function_is_read_back_under_its_own_name(reply: str) -> None:
    expected = (
        "import math\n\n# EVOLVE-BLOCK-START\ndef priority(n: int) -> float:\n    return n * 2.0\n# EVOLVE-BLOCK-END\n"
    )
    assert completed(reply, BETTER, 2) == expected


def test_calls_of_itself_are_renamed() -> None:
    reply = "def priority_v2(n: int) -> float:\n    return n and priority_v2(n - 1)\n"
    assert "return n and priority(n - 1)" in completed(reply, BETTER, 2)


def test_a_call_of_a_version_before_is_refused() -> None:
    reply = 'def priority_v2(n: int) -> float:\n    """Better than priority_v1."""\n    return 2 * priority_v1(n)\n'
    with pytest.raises(EditFailed, match="it calls `priority_v1`: write the function in full"):
        completed(reply, BETTER, 2)
    assert "return 2 * n" in completed(reply.replace("priority_v1(n)", "n"), BETTER, 2)


@pytest.mark.parametrize(
    ("reply", "fault"), [("```\n\n```", Fault.NO_CODE), ("I am sorry, I cannot do this.", Fault.NO_CODE)]
)
def test_what_is_no_function_is_refused(reply: str, fault: Fault) -> None:
    with pytest.raises(EditFailed) as caught:
        completed(reply, BETTER, 2)
    assert caught.value.fault is fault


def test_a_block_without_a_function_cannot_be_completed() -> None:
    with pytest.raises(EditFailed, match="no function to complete"):
        few_shot(["x = 1\n"])
    with pytest.raises(EditFailed, match="no function `other`"):
        few_shot([SEED], "other")


def test_other_code_of_the_block_stays() -> None:
    text = SEED.replace("def priority", "LIMIT = 3\n\n\n@staticmethod\ndef priority").replace(
        "# EVOLVE-BLOCK-END", "\n\nEND = 1\n# EVOLVE-BLOCK-END"
    )
    after = completed("return 1\n", text, 1)
    assert "LIMIT = 3\n\n\n@staticmethod\ndef priority(n: int) -> float:\n    return 1\n\n\nEND = 1\n" in after


def test_names_in_strings_parts_of_names_and_attributes_stay() -> None:
    assert renamed('f(f1, "f", x.f)\n', "f", "g") == 'g(f1, "f", x.f)\n'
