"""The chat and embeddings protocol of OpenAI, which most servers speak: OpenAI itself, OpenRouter, vLLM, Ollama,
llama.cpp, LM Studio. Over our own HTTP (`llm.http`), for what a thousand calls at once cost."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from speciate.core.values import JSON

from .chat import Chat, Embed, Finish, Reply, Usage
from .exchange import clean, count, exchange, failure, listed
from .http import Http
from .keys import Key
from .names import Vendor
from .provider import ProviderFault

_FINISH = {"length": Finish.LENGTH, "max_tokens": Finish.LENGTH, "content_filter": Finish.REFUSAL}


class OpenAICompatible:
    """A server by its base URL. `vendor` decides how the limit of a reply is called: OpenAI's own models refuse
    `max_tokens`, and many servers know nothing else."""

    def __init__(self, base: str, key: Key | None, vendor: Vendor = Vendor.LOCAL) -> None:
        headers = {"User-Agent": "speciate"}
        if key is not None:
            headers["Authorization"] = f"Bearer {key.reveal()}"
        self._http = Http(base, headers)
        self._limit = "max_completion_tokens" if vendor is Vendor.OPENAI else "max_tokens"
        self._vendor = vendor
        self._coolless: set[str] = set()  # models that take no temperature, once they said so

    async def complete(self, model: str, chat: Chat) -> Reply:
        try:
            return _reply(await exchange(self._http, "/chat/completions", self._body(model, chat)))
        except ProviderFault as fault:
            if fault.status != 400 or "temperature" not in fault.detail or chat.temperature is None:
                raise
            if model in self._coolless:
                raise
            self._coolless.add(model)  # reasoning models have one temperature, and say so before anything is spent
        return _reply(await exchange(self._http, "/chat/completions", self._body(model, chat)))

    async def embed(self, model: str, embed: Embed) -> Reply:
        data = await exchange(self._http, "/embeddings", {"model": model, "input": list(embed.texts)})
        vectors = _vectors(data, len(embed.texts))
        return Reply(model=str(data.get("model", "")), usage=_usage(data), usd=_charged(data), vectors=vectors)

    async def models(self) -> Sequence[str]:
        if self._vendor is Vendor.OPENROUTER:  # its list is open to all, and would not tell a wrong key
            await exchange(self._http, "/key")
        return await listed(self._http, "/models")

    async def close(self) -> None:
        await self._http.close()

    def _body(self, model: str, chat: Chat) -> dict[str, JSON]:
        body: dict[str, JSON] = {
            "model": model,
            "messages": [{"role": each.speaker.value, "content": each.text} for each in chat.messages],
            self._limit: chat.most,
        }
        if chat.temperature is not None and model not in self._coolless:
            body["temperature"] = chat.temperature
        return body


def _reply(data: Mapping[str, JSON]) -> Reply:
    choices = data.get("choices")
    if not isinstance(choices, list):
        raise ProviderFault(Finish.MALFORMED, "a reply without `choices`", paid=True)
    usage, usd, model = _usage(data), _charged(data), clean(str(data.get("model", "")))
    if not choices:
        return Reply(finish=Finish.EMPTY, model=model, usage=usage, usd=usd)
    first = choices[0] if isinstance(choices[0], dict) else {}
    if isinstance(first.get("error"), dict):  # whoever stands behind the server failed half-way
        raise failure(first["error"], 500, {})
    message = first.get("message")
    if not isinstance(message, dict):
        raise ProviderFault(Finish.MALFORMED, "a choice without `message`", paid=True)
    text = _text(message.get("content"))
    finish = _FINISH.get(str(first.get("finish_reason")), Finish.STOP)
    detail = ""
    if isinstance(refusal := message.get("refusal"), str) and refusal:
        finish, detail = Finish.REFUSAL, clean(refusal)[:300]
    elif finish is Finish.STOP and not text.strip():
        finish = Finish.EMPTY
    return Reply(text, finish, model, usage, usd, detail=detail)


def _text(content: JSON) -> str:
    """Text, or the texts of a list of parts. Raises ProviderFault for what is neither."""
    if isinstance(content, list):
        parts = (each.get("text") for each in content if isinstance(each, dict))
        content = "".join(each for each in parts if isinstance(each, str))
    if content is None:
        return ""
    if not isinstance(content, str):
        raise ProviderFault(Finish.MALFORMED, f"content of type {type(content).__name__}", paid=True)
    return clean(content)


def _usage(data: Mapping[str, JSON]) -> Usage:
    said = data.get("usage")
    if not isinstance(said, dict):
        return Usage()
    cached = said.get("prompt_tokens_details")
    thought = said.get("completion_tokens_details")
    return Usage(
        count(said, "prompt_tokens"), count(said, "completion_tokens"),
        count(cached, "cached_tokens"), count(thought, "reasoning_tokens"),
    )  # fmt: skip


def _charged(data: Mapping[str, JSON]) -> float | None:
    """US dollars, where the server says what it charged, as OpenRouter does."""
    usage = data.get("usage")
    cost = usage.get("cost") if isinstance(usage, dict) else None
    if isinstance(cost, int | float) and not isinstance(cost, bool) and math.isfinite(cost) and cost >= 0:
        return float(cost)
    return None


def _vectors(data: Mapping[str, JSON], texts: int) -> tuple[tuple[float, ...], ...]:
    try:
        rows = sorted(data["data"], key=lambda each: int(each["index"]))
        vectors = tuple(tuple(float(number) for number in each["embedding"]) for each in rows)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ProviderFault(Finish.MALFORMED, "embeddings without index or numbers", paid=True) from error
    if len(vectors) != texts or not all(map(math.isfinite, (number for each in vectors for number in each))):
        raise ProviderFault(Finish.MALFORMED, f"{len(vectors)} vectors for {texts} texts", paid=True)
    return vectors
