"""The adapter over pydantic-ai, by way of one provider that it has, against a server that speaks its protocol."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any

import anyio
import pytest

from speciate.core.errors import UsageError
from speciate.llm.chat import Embed, Finish, Reply
from speciate.llm.names import parse
from speciate.llm.pool import Pool, connect
from speciate.llm.provider import ProviderFault
from tests.llm.server import Answer, Asked, fails, serving
from tests.llm.test_vendors import CHAT, KEY, anthropic

NAME = "pydantic/anthropic:m"
installed = pytest.mark.skipif(
    find_spec("pydantic_ai") is None or find_spec("anthropic") is None, reason="pydantic-ai-slim[anthropic] is missing"
)


def ask(monkeypatch: pytest.MonkeyPatch, *answers: Answer) -> tuple[Any, list[Asked]]:
    async def main() -> tuple[Any, list[Asked]]:
        async with serving(*answers) as server:
            monkeypatch.setenv("ANTHROPIC_API_KEY", KEY.reveal())
            monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url.removesuffix("/v1"))
            provider = connect(parse(NAME), "anthropic", None)
            try:
                return await provider.complete("anthropic:m", CHAT), server.asked
            except ProviderFault as fault:
                return fault, server.asked
            finally:
                await provider.close()

    return anyio.run(main)


@installed
def test_a_reply_with_its_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    reply, asked = ask(monkeypatch, anthropic())
    assert isinstance(reply, Reply)
    assert (reply.text, reply.finish, reply.model, reply.usd) == ("hi", Finish.STOP, "m-1", None)
    assert (reply.usage.input, reply.usage.output, reply.usage.cached) == (10, 5, 4)
    sent = asked[0].body
    assert [each["role"] for each in sent["messages"]] == ["user", "assistant", "user"]
    assert "be brief" in str(sent["system"])
    assert (sent["max_tokens"], sent["temperature"], sent["model"]) == (50, 0.5, "m")


@installed
def test_outcomes_have_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(monkeypatch, anthropic("half", "max_tokens"))[0].finish is Finish.LENGTH
    assert ask(monkeypatch, anthropic("", "refusal"))[0].finish is Finish.REFUSAL
    assert ask(monkeypatch, anthropic(""))[0].finish is Finish.EMPTY


@installed
@pytest.mark.parametrize(
    ("wrong", "finish", "status", "paid"),
    [
        (fails(429, headers={"Retry-After": "7"}), Finish.THROTTLED, 429, False),
        (fails(500), Finish.FAILED, 500, False),
        (fails(401), Finish.REJECTED, 401, False),
        (Answer(cut=0), Finish.DROPPED, 0, True),
        (Answer(body=b"{nonsense"), Finish.MALFORMED, 0, True),
        (Answer(body=[1]), Finish.MALFORMED, 0, True),
    ],
)
def test_a_fault_has_its_name_and_is_not_tried_again(
    monkeypatch: pytest.MonkeyPatch, wrong: Answer, finish: Finish, status: int, paid: bool
) -> None:
    fault, asked = ask(monkeypatch, wrong, anthropic())
    assert isinstance(fault, ProviderFault)
    assert (fault.finish, fault.status, fault.paid, len(asked)) == (finish, status, paid, 1)
    assert fault.retry_after == (7.0 if status == 429 else None)


@installed
def test_what_is_missing_is_said_before_the_first_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    with pytest.raises(UsageError, match="ANTHROPIC_API_KEY"):
        Pool([NAME])
    with pytest.raises(UsageError, match="pydantic/nobody:m"):
        Pool(["pydantic/nobody:m"])


def test_without_the_package_the_command_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydantic_ai.messages", None)
    with pytest.raises(UsageError, match="pydantic/groq:m needs a package") as raised:
        Pool(["pydantic/groq:m"])
    assert raised.value.do == "pip install 'speciate[pydantic]'"


@installed
def test_there_are_no_embeddings_and_no_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY.reveal())
    provider = connect(parse(NAME), "anthropic", None)
    assert anyio.run(provider.models) == ()
    with pytest.raises(UsageError, match="no embeddings"):
        anyio.run(provider.embed, "m", Embed(("a",)))
