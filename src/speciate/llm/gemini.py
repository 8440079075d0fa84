"""Gemini's own protocol (generateContent) over our own HTTP: its package takes 1.6 s of CPU to import and 60 MB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from speciate.core.values import JSON

from .chat import Chat, Embed, Finish, Reply, Speaker, Usage
from .exchange import clean, count, exchange
from .http import Http
from .keys import Key
from .names import Vendor
from .openai_compatible import OpenAICompatible
from .provider import ProviderFault

_REFUSED = ("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE")
_SAID_WHY = ("STOP", "MAX_TOKENS", *_REFUSED)


class Gemini:
    """A `llm.provider.Provider` for a server that speaks this protocol, by its base URL (without /v1beta)."""

    def __init__(self, base: str, key: Key | None) -> None:
        headers = {"User-Agent": "speciate"}
        if key is not None:
            headers["x-goog-api-key"] = key.reveal()
        self._http = Http(base, headers)
        # It speaks OpenAI's protocol too, which tells less of thinking, but has the better form for embeddings.
        self._other = OpenAICompatible(f"{base}/v1beta/openai", key, Vendor.GOOGLE)

    async def complete(self, model: str, chat: Chat) -> Reply:
        system = [{"text": each.text} for each in chat.messages if each.speaker is Speaker.SYSTEM]
        limits: dict[str, JSON] = {"maxOutputTokens": chat.most}
        if chat.temperature is not None:
            limits["temperature"] = chat.temperature
        body: dict[str, JSON] = {
            "contents": [
                {"role": "model" if each.speaker is Speaker.ASSISTANT else "user", "parts": [{"text": each.text}]}
                for each in chat.messages
                if each.speaker is not Speaker.SYSTEM
            ],
            "generationConfig": limits,
        }
        if system:
            body["systemInstruction"] = {"parts": system}
        return _reply(await exchange(self._http, f"/v1beta/models/{quote(model)}:generateContent", body))

    async def embed(self, model: str, embed: Embed) -> Reply:
        return await self._other.embed(model, embed)

    async def models(self) -> Sequence[str]:
        found = (await exchange(self._http, "/v1beta/models?pageSize=1000")).get("models")
        if not isinstance(found, list):
            raise ProviderFault(Finish.MALFORMED, "a list of models without `models`")
        names = (each.get("name") for each in found if isinstance(each, dict))
        return [each.removeprefix("models/") for each in names if isinstance(each, str)]

    async def close(self) -> None:
        await self._http.close()
        await self._other.close()


def _reply(data: Mapping[str, JSON]) -> Reply:
    said = data.get("usageMetadata")
    output = count(said, "candidatesTokenCount") + count(said, "thoughtsTokenCount")
    usage = Usage(
        count(said, "promptTokenCount"), output, count(said, "cachedContentTokenCount"),
        count(said, "thoughtsTokenCount"),
    )  # fmt: skip
    model = clean(str(data.get("modelVersion", "")))
    blocked = data.get("promptFeedback")
    candidates = data.get("candidates")
    if not candidates and isinstance(blocked, dict) and blocked.get("blockReason"):
        return Reply("", Finish.REFUSAL, model, usage, None, detail=clean(str(blocked["blockReason"])))
    first = candidates[0] if isinstance(candidates, list) and candidates else None
    if not isinstance(first, dict):
        raise ProviderFault(Finish.MALFORMED, "a reply without `candidates`", paid=True)
    content = first.get("content")
    parts = content.get("parts") if isinstance(content, dict) else None
    texts = (
        each.get("text") for each in (parts if isinstance(parts, list) else ()) if isinstance(each, dict)
        if not each.get("thought")
    )  # fmt: skip
    text = clean("".join(each for each in texts if isinstance(each, str)))
    reason = clean(str(first.get("finishReason")))
    finish = Finish.STOP
    if reason == "MAX_TOKENS":
        finish = Finish.LENGTH
    elif reason in _REFUSED:
        finish = Finish.REFUSAL
    elif not text.strip():
        if reason not in _SAID_WHY:
            raise ProviderFault(Finish.MALFORMED, f"a candidate without text that ended by {reason}", paid=True)
        finish = Finish.EMPTY
    return Reply(text, finish, model, usage, None)
