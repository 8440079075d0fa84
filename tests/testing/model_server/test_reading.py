"""Which format a prompt asks for, and which programs it shows: ours, and those of other engines."""

from __future__ import annotations

import pytest

from speciate.llm.chat import Message, Speaker
from speciate.testing.model_server import Format
from speciate.testing.model_server.reading import Asked, read

from .client import SEED

PLAIN = "x = 1\n"
OTHER = SEED.replace("2 * bins", "3 * bins")


def asked(user: str, system: str = "") -> Asked:
    return read([Message(Speaker.SYSTEM, system), Message(Speaker.USER, user)])


def fence(text: str, word: str = "python") -> str:
    return f"```{word}\n{text}```\n"


@pytest.mark.parametrize("format", list(Format))
def test_a_line_names_the_format_whatever_else_is_said(format: Format) -> None:
    misleading = "Never answer with <<<<<<< SEARCH blocks, a unified diff, a JSON object, or yes or no."
    assert asked(misleading, f"You write.\nAnswer format: {format}\nBe brief.").format is format
    assert asked(misleading, f"**Answer format:** `{format}`").format is format


@pytest.mark.parametrize(
    ("user", "format"),
    [
        (f"# Current Program\n{fence(SEED)}Use <<<<<<< SEARCH blocks, each closed by >>>>>>> REPLACE.", Format.DIFF),
        (f"Answer with a unified diff of\n{fence(SEED)}", Format.UNIFIED),
        (f"# Current Program\n{fence(SEED)}Rewrite the program.", Format.REWRITE),
        ("def f_v0(x):\n    return x\n\ndef f_v1(x):\n", Format.COMPLETION),
        ("Answer with a JSON object.", Format.JSON),
        ("Say NOVEL or NOT NOVEL.", Format.VERDICT),
        ("Summarise what was learnt.", Format.TEXT),
    ],
)
def test_without_the_line_words_decide(user: str, format: Format) -> None:
    assert asked(user).format is format


def test_the_program_is_the_one_that_is_said_to_be() -> None:
    """As in OpenEvolve's prompts: better programs above, an empty example below."""
    user = f"## Top programs\n### Program 1\n{fence(OTHER)}\n# Current Program\n{fence(SEED)}\n# Task\nRewrite it.\n"
    found = asked(user + fence("# Your rewritten program here\n"))
    assert [each.text for each in found.files] == [SEED]
    assert [each.text for each in found.others] == [OTHER]
    assert found.files[0].language == "python"


def test_else_the_last_with_markers_or_the_last_of_all() -> None:
    assert asked(f"One:\n{fence(OTHER)}Two:\n{fence(SEED)}Three:\n{fence(PLAIN, '')}").files[0].text == SEED
    assert asked(f"One:\n{fence('y = 2' + chr(10))}Two:\n{fence(PLAIN)}", "Answer format: diff").files[0].text == PLAIN


def test_a_program_needs_no_fence() -> None:
    (found,) = asked(f"Improve\n{SEED}\nplease").files
    assert found.text.startswith("# EVOLVE-BLOCK-START\ndef priority")
    assert found.text.endswith("# EVOLVE-BLOCK-END\n")
    assert asked("Improve what?").files == ()


def test_listings_are_no_programs() -> None:
    user = f"# Program to change\n{fence(SEED)}\n## Feedback\n{fence('x = 1', 'text')}{fence('{}', 'json')}"
    found = asked(user + "```\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n```\n")
    assert [each.text for each in found.files] == [SEED]
    assert found.others == ()


def test_a_program_of_several_files() -> None:
    user = (
        f"# Program to change\nCandidate 7, excess 2.29 %\nFile main.py:\n{fence(PLAIN)}"
        f"File pack/rule.py:\n{fence(SEED)}"
        f"\n# Another program, for ideas\nCandidate 5, excess 2.5 %\nFile pack/rule.py:\n{fence(OTHER)}"
    )
    found = asked(user, "Answer format: diff")
    assert [(each.name, each.text) for each in found.files] == [("pack/rule.py", SEED)]
    assert [each.name for each in found.others] == ["pack/rule.py"]
    assert found.named


def test_what_the_model_said_before_is_no_program() -> None:
    conversation = [
        Message(Speaker.SYSTEM, "Answer format: rewrite"),
        Message(Speaker.USER, f"# Program to change\n{fence(SEED)}"),
        Message(Speaker.ASSISTANT, fence(OTHER)),
        Message(Speaker.USER, "That answer could not be used: it does not parse.\n" + fence("4 | def f(:\n", "text")),
    ]
    found = read(conversation)
    assert [each.text for each in found.files] == [SEED]
    assert found.others == ()


def test_the_versions_of_a_function() -> None:
    code = "import math\n\ndef f_v0(x):\n    return x\n\ndef f_v1(x):\n"
    assert asked(f"Here are versions.\n\n{fence(code)}", "Answer format: completion").files[0].text == code
    assert asked(code, "Answer format: completion").files[0].text == code
