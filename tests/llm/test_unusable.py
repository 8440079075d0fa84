"""What makes a model unusable, found before or at the first call: keys, accounts, names."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from speciate.core.errors import UsageError
from speciate.llm.names import parse
from speciate.llm.pool import Pool, connect
from speciate.llm.provider import ProviderFault
from tests.llm.server import Answer, Asked, Server, fails, models, says, serving

from .asking import SECRET, ask, none, refused, secret


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_is_said_once_and_not_shown(status: int) -> None:
    error = refused(lambda _: fails(status, f"Incorrect API key provided: {SECRET}"), keys=secret)
    assert error.what.startswith("LOCAL_API_KEY is set (…x4Q2) but 127.0.0.1:")
    assert error.what.endswith(f"answered {status}")
    assert re.fullmatch(r"check the key; speciate models local/\S+ --ping", error.do)
    error = refused(lambda _: fails(status))
    assert error.what.endswith(f"answered {status} and LOCAL_API_KEY is not set")
    assert "export LOCAL_API_KEY" in error.do


def test_a_key_that_a_server_repeats_is_hidden() -> None:
    reply, _, _ = ask(fails(422, f"bad: {SECRET}"), keys=secret)
    assert reply.detail == "bad: …x4Q2"


def test_an_empty_account_ends_it() -> None:
    error = refused(lambda _: fails(429, "You exceeded your quota", code="insufficient_quota"), keys=secret)
    assert "LOCAL_API_KEY (…x4Q2) is out of credit" in error.what


def test_an_unknown_model_gets_the_nearest() -> None:
    def to(asked: Asked) -> Answer:
        return models("mm-1", "other") if asked.path == "/v1/models" else fails(404, "no such model")

    error = refused(to)
    assert "no model `m` at 127.0.0.1:" in error.what
    assert error.do.endswith("local/NAME@URL")
    error = refused(lambda _: fails(404, "page not found"))
    assert "answered 404: page not found" in error.what
    assert "/v1" in error.do


def check(name: Callable[[Server], str], to: Callable[[Asked], Answer], **options: Any) -> str:
    """What `Pool.check` says."""

    async def main() -> str:
        async with serving(to=to) as server:
            pool = Pool([name(server)], **{"keys": none, **options})
            try:
                await pool.check()
            except UsageError as error:
                return error.what
            finally:
                await pool.close()
            return ""

    return anyio.run(main)


def test_checking_finds_what_is_wrong_before_anything_is_spent() -> None:
    def answering(asked: Asked) -> Answer:
        if asked.path == "/v1/models":
            return models("qwen3:latest", "llama3")
        return says() if asked.body["model"] == "anything" else fails(404)

    def named(name: str) -> Callable[[Server], str]:
        return lambda server: f"local/{name}@{server.url}"

    assert check(named("qwen3"), answering) == ""
    assert check(named("anything"), answering) == ""
    assert "no model `qwem3`" in check(named("qwem3"), answering)
    assert "nearest: qwen3:latest" in check(named("qwem3"), answering)
    assert "answered 401" in check(named("m"), lambda _: fails(401), keys=secret)
    assert check(named("m"), lambda _: fails(404)) == ""  # no list: nothing can be told
    page = Answer(body=b"<html>hello</html>")
    assert "protocol has it: no JSON object: '<html>" in check(named("m"), lambda _: page)
    assert check(named("m"), lambda asked: page if asked.path == "/v1/models" else says()) == ""
    assert check(named("m"), lambda asked: models("n") if asked.path == "/v1/models" else page) == ""  # may pass
    down = check(lambda _: "local/m@http://127.0.0.1:9", answering)
    assert down.startswith("127.0.0.1:9 does not answer: no connection to 127.0.0.1:9: ")
    assert "refused" in down


def test_no_key_is_found_when_the_pool_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr("speciate.llm.keys.keyring", lambda variable: None)
    with pytest.raises(UsageError, match="OPENAI_API_KEY is not set"):
        Pool(["gpt-5-mini"])


def test_the_list_of_openrouter_is_open_to_all_so_its_key_is_asked_for() -> None:
    def to(asked: Asked) -> Answer:
        return models("a/b") if asked.path == "/v1/models" else fails(401)

    async def main() -> ProviderFault:
        async with serving(to=to) as server:
            provider = connect(parse("openrouter/a/b"), server.url, secret(parse("openrouter/a/b")))
            with pytest.raises(ProviderFault) as raised:
                await provider.models()
            await provider.close()
            return raised.value

    assert anyio.run(main).status == 401
