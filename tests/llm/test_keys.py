from __future__ import annotations

import pickle

import pytest

from speciate.core.errors import UsageError
from speciate.llm.keys import Key, find
from speciate.llm.names import parse

SECRET = "sk-abcdefghijklmnopx4Q2"


def nothing(variable: str) -> str | None:
    return None


def test_the_environment_goes_before_the_keyring() -> None:
    key = find(parse("gpt-5"), {"OPENAI_API_KEY": f" {SECRET}\n"}, {"OPENAI_API_KEY": "other"}.get)
    assert key is not None
    assert key.reveal() == SECRET
    ring = find(parse("gpt-5"), {}, {"OPENAI_API_KEY": SECRET}.get)
    assert ring is not None
    assert ring.reveal() == SECRET


def test_either_variable_of_google_will_do() -> None:
    key = find(parse("gemini-2.5-pro"), {"GOOGLE_API_KEY": SECRET}, nothing)
    assert key is not None
    assert key.variable == "GOOGLE_API_KEY"


def test_a_server_of_ones_own_needs_none_and_takes_one() -> None:
    name = parse("local/m@http://gpu:1")
    assert find(name, {}, nothing) is None
    key = find(name, {"LOCAL_API_KEY": SECRET}, nothing)
    assert key is not None
    assert key.variable == "LOCAL_API_KEY"


def test_no_key_says_which_and_how() -> None:
    with pytest.raises(UsageError, match=r"gpt-5 needs a key and OPENAI_API_KEY is not set") as raised:
        find(parse("gpt-5"), {"OPENAI_API_KEY": "  "}, nothing)
    assert raised.value.do.startswith("export OPENAI_API_KEY=…")


def test_what_cannot_stand_in_a_header_is_refused() -> None:
    with pytest.raises(UsageError) as raised:
        find(parse("gpt-5"), {"OPENAI_API_KEY": SECRET + "\r\nHost: elsewhere"}, nothing)
    assert SECRET not in raised.value.what + raised.value.do


def test_a_key_shows_four_characters_and_stays() -> None:
    key = Key(SECRET, "OPENAI_API_KEY")
    assert key.last4 == "…x4Q2"
    assert repr(key) == str(key) == f"{key}" == "Key(OPENAI_API_KEY …x4Q2)"
    assert key.hide(f"wrong key: {SECRET}.") == "wrong key: …x4Q2."
    assert Key("short", "K").last4 == "…"
    with pytest.raises(TypeError, match="stays in the process"):
        pickle.dumps(key)
