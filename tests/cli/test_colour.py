"""No control codes where nobody wants them, and no slow import where nobody waits for one."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from speciate.store.documents import document

from .told import Tell, made_up, tell, told

__all__ = ["made_up", "tell", "told"]

LOOKING = (
    ("lineage",), ("lineage", "seed", "--children"), ("failures",), ("failures", "1"), ("log",), ("watch",), ("show",),
    ("show", "best"), ("show", "best", "--log", "--prompt"), ("diff",), ("runs",), ("completion", "bash"),
)  # fmt: skip


ASKED_OFTEN = "runs watch show diff best lineage failures log rm completion doctor problems recipes"


@pytest.mark.parametrize("tokens", LOOKING)
def test_a_pipe_gets_no_control_codes(told: Tell, monkeypatch: pytest.MonkeyPatch, tokens: tuple[str, ...]) -> None:
    plain = told(*tokens)
    assert plain.code == (5 if tokens == ("watch",) else 0)  # the made-up run has missed its target
    assert "\x1b" not in plain.out + plain.err
    for name, value in (("NO_COLOR", "1"), ("CI", "1"), ("TERM", "dumb")):
        monkeypatch.setenv(name, value)
        assert told(*tokens) == plain
        monkeypatch.delenv(name)


def test_no_document_steers_a_terminal() -> None:
    said = "a\x1b]52;c;aGk=\x07 \x9b2J \x7f\r"
    text = document("candidate", {"feedback": said})
    assert text.isprintable()
    assert json.loads(text)["feedback"] == said


def test_colour_where_it_is_asked_for(told: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = told("lineage").out
    coloured = told("lineage", "--color", "always").out
    assert "\x1b[1m" in coloured
    assert coloured.replace("\x1b[1m", "").replace("\x1b[0m", "") == plain
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert told("lineage").out == coloured
    assert told("lineage", "--color", "never").out == plain
    monkeypatch.setenv("NO_COLOR", "1")
    assert told("lineage").out == plain


@pytest.mark.parametrize("tokens", LOOKING)
def test_json_is_one_document_a_line(told: Tell, tokens: tuple[str, ...]) -> None:
    ran = told(*tokens, "--json")
    assert ran.document["speciate"] == 1
    assert tokens[0] == "log" or ran.out.count("\n") == 1


def test_help_loads_neither_store_nor_numbers() -> None:
    code = (  # what only looks and is asked for often
        "import sys; from speciate.cli import main;"
        "[main([verb, '--help']) for verb in '{VERBS}'.split()];"
        "slow = {'rich', 'numpy', 'anyio', 'sqlite3', 'speciate.store.queries', 'speciate.core.loop'};"
        "print(sorted(slow & set(sys.modules)), file=sys.stderr)"
    )
    code = code.replace("{VERBS}", ASKED_OFTEN)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stderr.strip() == "[]"
