from __future__ import annotations

import pytest

from speciate.core.errors import UsageError
from speciate.llm.names import KNOWN, Vendor, parse


@pytest.mark.parametrize(
    ("typed", "vendor", "id", "url"),
    [
        ("gpt-5-mini", Vendor.OPENAI, "gpt-5-mini", "https://api.openai.com/v1"),
        ("openai/gpt-5-mini", Vendor.OPENAI, "gpt-5-mini", "https://api.openai.com/v1"),
        ("o4-mini", Vendor.OPENAI, "o4-mini", "https://api.openai.com/v1"),
        ("text-embedding-3-small", Vendor.OPENAI, "text-embedding-3-small", "https://api.openai.com/v1"),
        ("claude-sonnet-4-5", Vendor.ANTHROPIC, "claude-sonnet-4-5", "https://api.anthropic.com"),
        ("gemini-2.5-flash", Vendor.GOOGLE, "gemini-2.5-flash", "https://generativelanguage.googleapis.com"),
        ("gemini/gemini-2.5-pro", Vendor.GOOGLE, "gemini-2.5-pro", "https://generativelanguage.googleapis.com"),
        ("openrouter/qwen/qwen3:free", Vendor.OPENROUTER, "qwen/qwen3:free", "https://openrouter.ai/api/v1"),
        ("local/qwen3:8b@http://localhost:11434/v1", Vendor.LOCAL, "qwen3:8b", "http://localhost:11434/v1"),
        ("local/Qwen/Qwen3@http://gpu:8000", Vendor.LOCAL, "Qwen/Qwen3", "http://gpu:8000/v1"),
        ("pydantic/groq:llama-3", Vendor.PYDANTIC, "groq:llama-3", "groq"),
        ("local/a@b@https://host/api/", Vendor.LOCAL, "a@b", "https://host/api"),
    ],
)
def test_a_name_says_who_what_and_where(typed: str, vendor: Vendor, id: str, url: str) -> None:
    name = parse(typed)
    assert (name.typed, name.vendor, name.id, name.urls) == (typed, vendor, id, (url,))


def test_several_servers_may_serve_one_name() -> None:
    name = parse("local/m@http://a:1/v1,http://b:2,http://a:1/v1")
    assert name.urls == ("http://a:1/v1", "http://b:2/v1")
    assert name.host == "a:1"


def test_every_known_name_is_taken_bare() -> None:
    assert {parse(each).id for each in KNOWN} == set(KNOWN)


@pytest.mark.parametrize(
    ("typed", "what", "do"),
    [
        ("gtp-5-mini", "no model `gtp-5-mini`; nearest: gpt-5-mini", "local/NAME@URL"),
        ("GPT-5-Mini", "nearest: gpt-5-mini", "correct it"),
        ("llama", "no model `llama`", "PROVIDER/NAME"),
        ("antropic/claude-sonnet-4-5", "nearest: anthropic", "anthropic/claude-sonnet-4-5"),
        ("qwen/qwen3-coder", "no provider `qwen`", "openrouter/qwen/qwen3-coder"),
        ("openrouter/qwen3", "names no model of openrouter", "openrouter/VENDOR/NAME"),
        ("openai/", "names no model of openai", "openai/gpt-5-mini"),
        ("local/qwen3", "does not say where", "local/qwen3@http://localhost:11434/v1"),
        ("local/qwen3@gpu:8000", "does not say where", "local/qwen3@http://gpu:8000/v1"),
        ("local/@http://gpu:8000", "does not say where", "local/NAME@"),
        ("local/m@ftp://gpu/v1", "no URL", "local/NAME@URL"),
        ("local/m@http://gpu:x/v1", "no URL", "local/NAME@URL"),
        ("qwen3@http://localhost:1", "lacks its first word", "local/qwen3@http://localhost:1"),
        ("local/m@http://höst/v1", "no URL", "local/NAME@URL"),
        ("pydantic/groq", "names no model of pydantic", "pydantic/PROVIDER:NAME"),
        ("", "'' is no model's name", "gpt-5-mini"),
        ("gpt 5", "is no model's name", "gpt-5-mini"),
    ],
)
def test_a_wrong_name_gets_the_right_one(typed: str, what: str, do: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse(typed)
    assert what in raised.value.what
    assert do in raised.value.do


@pytest.mark.parametrize(
    "typed",
    ["sk-proj-abcdefghijklmnop1234", "local/m@http://me:s3cretpass@gpu/v1", "local/m@http://gpu/v1?key=s3cretpass"],
)
def test_a_key_in_a_name_is_refused_and_not_repeated(typed: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse(typed)
    said = raised.value.what + raised.value.do
    assert "s3cretpass" not in said
    assert "sk-proj" not in said
