"""The adapter over pydantic-ai, against a server that speaks Anthropic's and Gemini's protocols."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any

import anyio
import pytest

from speciate.core.errors import UsageError
from speciate.llm.chat import Chat, Embed, Finish, Message, Reply, Speaker
from speciate.llm.keys import Key
from speciate.llm.names import Vendor
from speciate.llm.provider import ProviderFault
from speciate.llm.pydantic_ai import PydanticAI
from tests.llm.server import Answer, Asked, fails, models, serving

CHAT = Chat(
    (
        Message(Speaker.SYSTEM, "be brief"),
        Message(Speaker.USER, "one"),
        Message(Speaker.ASSISTANT, "two"),
        Message(Speaker.USER, "three"),
    ),
    most=50,
    temperature=0.5,
)
KEY = Key("sk-abcdefghijklmnopx4Q2", "ANTHROPIC_API_KEY")
MODULES = {Vendor.ANTHROPIC: "anthropic", Vendor.GOOGLE: "google.genai"}


def there(module: str) -> bool:
    try:
        return find_spec("pydantic_ai") is not None and find_spec(module) is not None
    except ModuleNotFoundError:
        return False


VENDORS = [
    pytest.param(vendor, marks=pytest.mark.skipif(not there(module), reason=f"{module} is not installed"))
    for vendor, module in MODULES.items()
]


def anthropic(text: str = "hi", stop: str = "end_turn") -> Answer:
    usage = {"input_tokens": 6, "cache_read_input_tokens": 4, "output_tokens": 5}
    content = [{"type": "text", "text": text}] if text else []
    head = {"id": "1", "type": "message", "role": "assistant", "model": "m-1"}
    return Answer(body={**head, "content": content, "stop_reason": stop, "usage": usage})


def google(text: str = "hi", stop: str = "STOP") -> Answer:
    usage = {
        "promptTokenCount": 10, "cachedContentTokenCount": 4, "candidatesTokenCount": 3, "thoughtsTokenCount": 2,
        "totalTokenCount": 15,
    }  # fmt: skip
    content = {"role": "model", "parts": [{"text": text}] if text else []}
    candidate = {"content": content, "finishReason": stop}
    return Answer(body={"candidates": [candidate], "usageMetadata": usage, "modelVersion": "m-1"})


def answer(vendor: Vendor, text: str = "hi", cut: bool = False, safe: bool = True) -> Answer:
    if vendor is Vendor.ANTHROPIC:
        return anthropic(text, "max_tokens" if cut else "end_turn" if safe else "refusal")
    return google(text, "MAX_TOKENS" if cut else "STOP" if safe else "SAFETY")


def ask(vendor: Vendor, *answers: Answer, method: str = "complete") -> tuple[Any, list[Asked]]:
    async def main() -> tuple[Any, list[Asked]]:
        async with serving(*answers) as server:
            provider = PydanticAI(vendor, server.url.removesuffix("/v1"), KEY)
            try:
                if method == "models":
                    return await provider.models(), server.asked
                return await provider.complete("m", CHAT), server.asked
            except ProviderFault as fault:
                return fault, server.asked
            finally:
                await provider.close()

    return anyio.run(main)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_reply_with_its_usage(vendor: Vendor) -> None:
    reply, asked = ask(vendor, answer(vendor))
    assert isinstance(reply, Reply)
    assert (reply.text, reply.finish, reply.model, reply.usd) == ("hi", Finish.STOP, "m-1", None)
    assert (reply.usage.input, reply.usage.output, reply.usage.cached) == (10, 5, 4)
    assert len(asked) == 1
    sent = str(asked[0].body)
    assert sent.index("one") < sent.index("two") < sent.index("three")
    assert "be brief" in sent
    assert "0.5" in sent
    assert "50" in sent
    assert any(KEY.reveal() in each for each in asked[0].headers.values())


@pytest.mark.parametrize("vendor", VENDORS)
def test_outcomes_have_their_names(vendor: Vendor) -> None:
    assert ask(vendor, answer(vendor, cut=True))[0].finish is Finish.LENGTH
    assert ask(vendor, answer(vendor, "", safe=False))[0].finish is Finish.REFUSAL
    assert ask(vendor, answer(vendor, ""))[0].finish is Finish.EMPTY


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(
    ("wrong", "finish", "status", "paid"),
    [
        (fails(429, headers={"Retry-After": "7"}), Finish.THROTTLED, 429, False),
        (fails(500), Finish.FAILED, 500, False),
        (fails(529), Finish.FAILED, 529, False),
        (fails(401), Finish.REJECTED, 401, False),
        (fails(404), Finish.REJECTED, 404, False),
        (Answer(cut=0), Finish.DROPPED, 0, True),
        (Answer(body=b"{nonsense"), Finish.MALFORMED, 0, True),
        (Answer(body=[1]), Finish.MALFORMED, 0, True),
    ],
)
def test_a_fault_has_its_name_and_is_not_tried_again(
    vendor: Vendor, wrong: Answer, finish: Finish, status: int, paid: bool
) -> None:
    fault, asked = ask(vendor, wrong, answer(vendor))
    assert isinstance(fault, ProviderFault)
    assert (fault.finish, fault.status, fault.paid, len(asked)) == (finish, status, paid, 1)
    assert fault.retry_after == (7.0 if status == 429 else None)


@pytest.mark.parametrize("vendor", VENDORS)
def test_no_connection_costs_nothing(vendor: Vendor) -> None:
    async def main() -> ProviderFault:
        provider = PydanticAI(vendor, "http://127.0.0.1:9", KEY)
        with pytest.raises(ProviderFault) as raised:
            await provider.complete("m", CHAT)
        await provider.close()
        return raised.value

    fault = anyio.run(main)
    assert (fault.finish, fault.paid) == (Finish.DROPPED, False)


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_models_there_are(vendor: Vendor) -> None:
    listed, asked = ask(
        vendor, models("models/a", "b") if vendor is Vendor.GOOGLE else models("a", "b"), method="models"
    )
    assert listed == ["a", "b"]
    assert asked[0].path.startswith("/v1beta/openai/models" if vendor is Vendor.GOOGLE else "/v1/models")
    assert any(KEY.reveal() in each for each in asked[0].headers.values())


@pytest.mark.parametrize(("vendor", "extra"), [(Vendor.ANTHROPIC, "anthropic"), (Vendor.GOOGLE, "google")])
def test_without_the_package_the_command_is_said(vendor: Vendor, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydantic_ai.messages", None)
    with pytest.raises(UsageError, match=f"a model of {extra} needs a package") as raised:
        PydanticAI(vendor, "https://h", KEY)
    assert raised.value.do == f"pip install 'speciate[{extra}]'"


@pytest.mark.skipif(not there("anthropic"), reason="anthropic is not installed")
def test_anthropic_has_no_embeddings() -> None:
    provider = PydanticAI(Vendor.ANTHROPIC, "https://h", KEY)
    with pytest.raises(UsageError, match="no embeddings"):
        anyio.run(provider.embed, "m", Embed(("a",)))
