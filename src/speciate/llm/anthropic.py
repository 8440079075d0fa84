"""Anthropic's Messages protocol over our own HTTP: its package takes 2.9 s of CPU to import and 85 MB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from speciate.core.errors import UsageError
from speciate.core.values import JSON

from .chat import Chat, Embed, Finish, Reply, Speaker, Usage
from .exchange import clean, count, exchange, listed
from .http import Http
from .keys import Key
from .provider import ProviderFault

VERSION = "2023-06-01"  # of the protocol
_FINISH = {
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
    "refusal": Finish.REFUSAL,
}


class Anthropic:
    """A `llm.provider.Provider` for a server that speaks this protocol, by its base URL (without /v1)."""

    def __init__(self, base: str, key: Key | None) -> None:
        headers = {"User-Agent": "speciate", "anthropic-version": VERSION}
        if key is not None:
            headers["x-api-key"] = key.reveal()
        self._http = Http(base, headers)

    async def complete(self, model: str, chat: Chat) -> Reply:
        system = [each.text for each in chat.messages if each.speaker is Speaker.SYSTEM]
        body: dict[str, JSON] = {
            "model": model,
            "max_tokens": chat.most,
            "messages": [
                {"role": each.speaker.value, "content": each.text}
                for each in chat.messages
                if each.speaker is not Speaker.SYSTEM
            ],
        }
        if system:
            body["system"] = "\n\n".join(system)
        if chat.temperature is not None:
            body["temperature"] = min(chat.temperature, 1.0)  # its scale ends there
        return _reply(await exchange(self._http, "/v1/messages", body))

    async def embed(self, model: str, embed: Embed) -> Reply:
        raise UsageError(f"{model}: Anthropic has no embeddings", "text-embedding-3-small, or local/NAME@URL")

    async def models(self) -> Sequence[str]:
        return await listed(self._http, "/v1/models?limit=1000")

    async def close(self) -> None:
        await self._http.close()


def _reply(data: Mapping[str, JSON]) -> Reply:
    content = data.get("content")
    if not isinstance(content, list):
        raise ProviderFault(Finish.MALFORMED, "a reply without `content`", paid=True)
    texts = (each.get("text") for each in content if isinstance(each, dict) and each.get("type") == "text")
    text = clean("".join(each for each in texts if isinstance(each, str)))
    finish = _FINISH.get(str(data.get("stop_reason")), Finish.STOP)
    if finish is Finish.STOP and not text.strip():
        finish = Finish.EMPTY
    said = data.get("usage")
    cached = count(said, "cache_read_input_tokens")
    given = count(said, "input_tokens") + count(said, "cache_creation_input_tokens") + cached
    usage = Usage(given, count(said, "output_tokens"), cached)
    return Reply(text, finish, clean(str(data.get("model", ""))), usage, None)
