from __future__ import annotations

import time
from dataclasses import replace

import pytest

from speciate.proposers.llm.ideas import behind, listed

from .worlds import candidate

TWO = ["Slack: prefer bins that are nearly full", "Regimes: split by size"]
NUMBERED = f"1. {TWO[0]}\n2. {TWO[1]}"


@pytest.mark.parametrize(
    "reply",
    [
        f"Ideas:\n{NUMBERED}\n\nThoughts: 1. no idea\n\n```python\nx = 1\n```\n",
        f"## Ideas\n{NUMBERED}\n\n## Thoughts\n- no idea\n- none either\n",
        f"**Ideas**\n1. **Slack**: prefer bins that are nearly full\n2) {TWO[1]}\n**Thoughts:** so be it",
        f"Ideas:\n- {TWO[0]}\n* {TWO[1]}\n",
        f"Ideas:\n1. Slack: prefer bins that are\n   nearly full\n2. {TWO[1]}\n",
        f"{NUMBERED}\n",
        f"{NUMBERED}\n```python\n# - no idea\n- x\n```\n",
        f"{NUMBERED}\n3. {TWO[0]}\n",
        f"1. not yet an idea\nIdeas:\n{NUMBERED}\n",
        f"Here are two.\n{NUMBERED}\nThe second is the better.\n",
    ],
)
def test_the_items_of_the_list_are_read(reply: str) -> None:
    assert listed(reply) == TWO


@pytest.mark.parametrize("reply", ["", "none", "```python\n- x\n```", "Thoughts: 1. none"])
def test_no_list_is_no_ideas(reply: str) -> None:
    assert listed(reply) == []


def test_length_and_number_of_ideas_are_bounded() -> None:
    found = listed("\n".join(f"{number % 90}. {'word ' * 200}{number}" for number in range(40)))
    assert (len(found), max(map(len, found))) == (1, 400)
    assert len(listed("\n".join(f"- idea {number}" for number in range(40)))) == 12


def test_the_ideas_behind_candidates_are_shown_by_candidate() -> None:
    one, other = candidate(4), replace(candidate(9), notes={"ideas": TWO})
    assert behind([one]) == ""
    assert behind([one, other]) == f"# Ideas behind candidate 9\n- {TWO[0]}\n- {TWO[1]}"


def test_a_line_of_blanks_takes_no_longer_than_it_is_long() -> None:
    began = time.process_time()
    assert listed("- " + " " * 20_000) == []
    assert time.process_time() - began < 1.0
