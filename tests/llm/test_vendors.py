"""The protocols of Anthropic and Gemini, against a server that speaks them."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from speciate.core.errors import UsageError
from speciate.llm.chat import Chat, Embed, Finish, Message, Reply, Speaker
from speciate.llm.keys import Key
from speciate.llm.names import Vendor, parse
from speciate.llm.pool import connect
from speciate.llm.provider import ProviderFault
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
KEY = Key("sk-abcdefghijklmnopx4Q2", "KEY")
VENDORS = (Vendor.ANTHROPIC, Vendor.GOOGLE)


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
            provider = connect(parse(f"{vendor}/m"), server.url.removesuffix("/v1"), KEY)
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
        provider = connect(parse(f"{vendor}/m"), "http://127.0.0.1:9", KEY)
        with pytest.raises(ProviderFault) as raised:
            await provider.complete("m", CHAT)
        await provider.close()
        return raised.value

    fault = anyio.run(main)
    assert (fault.finish, fault.paid) == (Finish.DROPPED, False)


def test_what_models_there_are() -> None:
    listed, asked = ask(Vendor.ANTHROPIC, models("a", "b"), method="models")
    assert (listed, asked[0].path) == (["a", "b"], "/v1/models?limit=1000")
    listed, asked = ask(Vendor.GOOGLE, Answer(body={"models": [{"name": "models/a"}, {"name": "b"}]}), method="models")
    assert (listed, asked[0].path) == (["a", "b"], "/v1beta/models?pageSize=1000")


def test_what_is_sent() -> None:
    _, asked = ask(Vendor.ANTHROPIC, anthropic())
    assert asked[0].path == "/v1/messages"
    assert asked[0].headers["x-api-key"] == KEY.reveal()
    assert asked[0].headers["anthropic-version"] == "2023-06-01"
    said = [{"role": "user", "content": "one"}, {"role": "assistant", "content": "two"}]
    said.append({"role": "user", "content": "three"})
    limits = {"max_tokens": 50, "temperature": 0.5}
    assert asked[0].body == {"model": "m", "system": "be brief", "messages": said, **limits}
    _, asked = ask(Vendor.GOOGLE, google())
    assert asked[0].path == "/v1beta/models/m:generateContent"
    assert asked[0].headers["x-goog-api-key"] == KEY.reveal()
    assert asked[0].body == {
        "systemInstruction": {"parts": [{"text": "be brief"}]},
        "contents": [
            {"role": "user", "parts": [{"text": "one"}]},
            {"role": "model", "parts": [{"text": "two"}]},
            {"role": "user", "parts": [{"text": "three"}]},
        ],
        "generationConfig": {"maxOutputTokens": 50, "temperature": 0.5},
    }


def test_gemini_says_in_the_body_when_to_come_again_and_what_it_refuses() -> None:
    busy = fails(429, status="RESOURCE_EXHAUSTED", details=[{"@type": "x"}, {"retryDelay": "23.5s"}])
    assert ask(Vendor.GOOGLE, busy)[0].retry_after == 23.5
    blocked = Answer(body={"promptFeedback": {"blockReason": "SAFETY"}})
    reply = ask(Vendor.GOOGLE, blocked)[0]
    assert (reply.finish, reply.detail) == (Finish.REFUSAL, "SAFETY")
    assert ask(Vendor.GOOGLE, fails(400, "API key not valid. Please pass a valid API key."))[0].status == 401
    thinking = google()
    thinking.body["candidates"][0]["content"]["parts"].insert(0, {"text": "hm", "thought": True})
    assert ask(Vendor.GOOGLE, thinking)[0].text == "hi"


def test_an_account_of_anthropic_that_is_empty() -> None:
    assert ask(Vendor.ANTHROPIC, fails(400, "Your credit balance is too low to access the API"))[0].status == 402


def test_embeddings_of_gemini_and_none_of_anthropic() -> None:
    async def main() -> tuple[Reply, Asked]:
        async with serving(Answer(body={"data": [{"index": 0, "embedding": [0.5]}]})) as server:
            provider = connect(parse("google/m"), server.url.removesuffix("/v1"), KEY)
            reply = await provider.embed("m", Embed(("a",)))
            await provider.close()
            return reply, server.asked[0]

    reply, asked = anyio.run(main)
    assert reply.vectors == ((0.5,),)
    assert (asked.path, asked.headers["authorization"]) == ("/v1beta/openai/embeddings", f"Bearer {KEY.reveal()}")
    with pytest.raises(UsageError, match="no embeddings"):
        anyio.run(connect(parse("claude-sonnet-4-5"), "https://h", KEY).embed, "m", Embed(("a",)))
