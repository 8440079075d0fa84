"""What a request asks, and the form of an answer."""

from __future__ import annotations

import json

import pytest

from speciate.core.errors import UsageError
from speciate.dashboard.api import Asked, Document, failed


@pytest.mark.parametrize(("said", "number"), [("", 7), ("0", 0), ("12", 12), ("999", 100)])
def test_a_number_of_the_query(said: str, number: int) -> None:
    assert Asked(query={"limit": said}).number("limit", 7, most=100) == number


@pytest.mark.parametrize("said", ["-1", "1.5", "x", "²", "9" * 5000])
def test_what_is_no_number_is_said(said: str) -> None:
    with pytest.raises(UsageError, match="expected a whole number"):
        Asked(query={"limit": said}).number("limit", 7)


def test_a_word_that_is_no_choice_is_answered_with_the_choices() -> None:
    with pytest.raises(UsageError) as caught:
        Asked(query={"x": "miles"}).one_of("x", ("evals", "usd"), "evals")
    assert caught.value.do == "one of evals, usd"


def test_an_answer_is_one_line_that_steers_no_terminal_and_is_always_utf_8() -> None:
    text = "</script>\x1b[31m\x9b\u202e\udcff\x00"
    found = Document("odd", {"text": text, "score": float("nan")}).encode()
    assert found.count(b"\n") == 1
    assert not any(byte in found for byte in (b"\x1b", b"\x00", b"\xc2\x9b"))
    assert json.loads(found) == {"speciate": 1, "kind": "odd", "text": text, "score": None}


def test_an_error_has_the_form_of_the_command_line() -> None:
    said = json.loads(failed(UsageError("no such thing", "another")).encode())
    assert said["error"] == {"code": "UsageError", "what": "no such thing", "do": "another"}
