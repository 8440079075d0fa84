"""The verb `models`: what is known of models, and whether they answer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from speciate.cli import pinging
from speciate.testing.model_server import Fault, Settings, running

from .conftest import Speciate

KEY = "sk-very-secret-key-x4Q2"


@pytest.fixture(autouse=True)
def keyless(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*os.environ]:
        if name.endswith("_API_KEY"):
            monkeypatch.delenv(name)


def test_the_providers_and_their_keys(real: Speciate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("GOOGLE_API_KEY", "short")
    ran = real("models")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0] == "openai       gpt-…, openai/NAME         OPENAI_API_KEY …x4Q2"
    assert lines[1].endswith("ANTHROPIC_API_KEY not set")
    assert lines[2].endswith("GOOGLE_API_KEY …"), "of a short key nothing is shown"
    assert max(map(len, lines)) <= 80
    (openai, *_, local, _) = real("models", "--json").document["providers"]
    assert openai["key"] == {"variable": "OPENAI_API_KEY", "last4": "…x4Q2", "from": "environment"}
    assert (local["named"], local["key"]) == ("local/NAME@URL", None)


def test_a_key_of_the_keyring(real: Speciate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speciate.llm.keys.keyring", {"ANTHROPIC_API_KEY": KEY}.get)
    assert "ANTHROPIC_API_KEY …x4Q2 (keyring)" in real("models").out


def test_what_is_known_of_a_model_before_it_is_asked(real: Speciate) -> None:
    ran = real("models", "gpt-5-mini", "local/m@http://127.0.0.1:9/v1", "--price", "gpt-5-mini=0.25/2", "--json")
    assert ran.code == 0, "nothing is asked"
    (mini, local) = ran.document["models"]
    assert (mini["price"], mini["lacks"], mini["key"]) == (
        {"input": 0.25, "output": 2.0},
        "OPENAI_API_KEY not set",
        None,
    )
    assert (local["price"], local["context"], local["lacks"], "ping" in local) == (None, None, "", False)


def test_a_model_that_answers(real: Speciate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_API_KEY", KEY)
    with running(Settings(models=("m",), key=KEY)) as server:
        ran = real("models", f"local/m@{server.url}", "--ping", "--price", "1/2")
        (said,) = real("models", f"local/m@{server.url}", "--ping", "--json").document["models"]
        asked = [each for each in server.log.entries if "chat" in each.path]
    assert ran.code == 0, ran.out
    assert f"local/m@{server.url}   LOCAL_API_KEY …x4Q2   $1 / $2 per M" in ran.out
    assert f"ok       local/m@{server.url}: " in ran.out
    assert "tokens, $0.0" in ran.out
    assert ran.out.rstrip().endswith("the edit applies")
    assert (said["ping"]["ok"], said["ping"]["applies"], said["ping"]["usd"]) == (True, True, None)
    assert said["ping"]["input"] == asked[1].input
    assert len(asked) == 2, "one request each"
    assert KEY not in ran.out + ran.err


@pytest.mark.parametrize(
    ("fault", "what", "do"),
    [
        (Fault.WRONG_EDIT, "it answers, but its edit does not apply: ", "a stronger model"),
        (Fault.WRONG_FORMAT, "it answers, but its edit does not apply: there is no SEARCH/REPLACE block", "a stronger"),
        (Fault.OUTSIDE, "it answers, but its edit does not apply: ", "a stronger model"),
        (Fault.TRUNCATED, "truncated", "give runs --set model.most=16384"),
        (Fault.EMPTY, "empty", "try again"),
        (Fault.REFUSAL, "refused: ", "try another model"),
        (Fault.CONTENT_TYPE, "malformed: ", "check that the URL"),
        (Fault.THROTTLED_BARE, "throttled: ", "wait, or have the limit raised"),
        (Fault.ERROR, "failed: ", "try again later"),
        (Fault.DROP, "dropped: ", "start the server, or correct the URL"),
    ],
)
def test_a_model_that_does_not(real: Speciate, fault: Fault, what: str, do: str) -> None:
    with running(Settings(models=("m",), faults={fault: 1.0})) as server:
        ran = real("models", f"local/m@{server.url}", "--ping")
        asked = sum("chat" in each.path for each in server.log.entries)
    assert ran.code == 4
    (line,) = [each for each in ran.out.splitlines() if each.startswith("failed")]
    assert f": {what}" in line
    assert f" · do: {do}" in line
    assert asked == 1, "a fault is shown, not tried away"


def test_a_server_that_hangs_has_a_deadline(real: Speciate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinging, "DEADLINE", 0.05)
    with running(Settings(models=("m",), faults={Fault.HANG: 1.0})) as server:
        ran = real("models", f"local/m@{server.url}", "--ping")
    assert (ran.code, "timeout: no reply within 0.05 s" in ran.out) == (4, True)


def test_each_of_several_is_asked_and_one_that_fails_hides_none(
    real: Speciate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-geheimer-Schlüssel")
    with running(Settings(models=("m",))) as one, running(Settings(models=("other",))) as other:
        both = f"local/m@{one.url},{other.url}"
        ran = real("models", both, "gpt-5-mini", "claude-haiku-4-5", "--ping", "--price", f"{both}=1/2")
    assert ran.code == 4
    said = ran.out
    assert f"ok       local/m@{one.url}: " in said
    assert "under $0.01" in said or "$0.0" in said
    assert "failed   local/m@" in said
    assert "no model `m` at " in said
    assert "OPENAI_API_KEY is set, but holds characters that no key has · do: export OPENAI_API_KEY=… once more" in said
    assert "claude-haiku-4-5 needs a key and ANTHROPIC_API_KEY is not set · do: export" in said
    assert "Schl" not in said


def test_a_wrong_key(real: Speciate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_API_KEY", KEY)
    with running(Settings(key="right")) as server:
        ran = real("models", f"local/m@{server.url}", "--ping")
    assert "LOCAL_API_KEY is set (…x4Q2) but 127.0.0.1:" in ran.out
    assert KEY not in ran.out


@pytest.mark.parametrize(
    ("tokens", "what"),
    [
        (("nonsense",), "no model `nonsense`"),
        (("--ping",), "--ping is for models, and none is named"),
        (("--price", "1/2"), "--price is for models, and none is named"),
        (("gpt-5-mini", "--price", "gpt5=1/2"), "--price gpt5=1/2: no model is named `gpt5`"),
        (("gpt-5-mini", "--price", "cheap"), "--price cheap: no price"),
    ],
)
def test_what_was_typed_wrong(real: Speciate, tokens: tuple[str, ...], what: str) -> None:
    ran = real("models", *tokens)
    assert (ran.code, ran.err.splitlines()[0]) == (2, f"error: {what}")


def test_prices_that_are_none_of_the_runs_models(real: Speciate, here: Path) -> None:
    name = "local/m@http://127.0.0.1:9/v1"
    ran = real("run", "guess", "--recipe", "openevolve", "--model", name, "--price", "local/n=1/2")
    assert ran.err == f"error: --price local/n=1/2: no model is named `local/n`\ndo:    --price {name}=1/2\n"
    ran = real("run", "guess", "--recipe", "random", "--price", "1/2")
    assert ran.err.startswith("error: --price 1/2 is given, and this run of recipe random asks no model\n")
    ran = real("run", "guess", "--recipe", "random", "--cache", "replies")
    assert ran.err.startswith("error: --cache replies is given, and this run of recipe random asks no model\n")
    assert not list(here.glob("runs/*"))
