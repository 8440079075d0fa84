"""The chat and embeddings protocol of OpenAI, which most servers speak: OpenAI itself, OpenRouter, vLLM, Ollama,
llama.cpp, LM Studio. Over our own HTTP (`llm.http`), for what a thousand calls at once cost."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

from speciate.core.values import JSON

from .chat import Chat, Embed, Finish, Reply, Usage
from .http import Broken, Garbled, Http, Response
from .keys import Key
from .names import Vendor
from .provider import ProviderFault, fault_of

MOST_TOKENS = 2**40  # a count above it is none
_FINISH = {"length": Finish.LENGTH, "content_filter": Finish.REFUSAL}


class OpenAICompatible:
    """A server by its base URL. `vendor` decides how the limit of a reply is called: OpenAI's own models refuse
    `max_tokens`, and many servers know nothing else."""

    def __init__(self, base: str, key: Key | None, vendor: Vendor = Vendor.LOCAL) -> None:
        headers = {"User-Agent": "speciate"}
        if key is not None:
            headers["Authorization"] = f"Bearer {key.reveal()}"
        self._http = Http(base, headers)
        self._limit = "max_completion_tokens" if vendor is Vendor.OPENAI else "max_tokens"
        self._coolless: set[str] = set()  # models that take no temperature, once they said so

    async def complete(self, model: str, chat: Chat) -> Reply:
        try:
            return _reply(await self._post("/chat/completions", self._body(model, chat)))
        except ProviderFault as fault:
            if fault.status != 400 or "temperature" not in fault.detail or chat.temperature is None:
                raise
            if model in self._coolless:
                raise
            self._coolless.add(model)  # reasoning models have one temperature, and say so before anything is spent
        return _reply(await self._post("/chat/completions", self._body(model, chat)))

    async def embed(self, model: str, embed: Embed) -> Reply:
        data = await self._post("/embeddings", {"model": model, "input": list(embed.texts)})
        vectors = _vectors(data, len(embed.texts))
        return Reply(model=str(data.get("model", "")), usage=_usage(data), usd=_charged(data), vectors=vectors)

    async def models(self) -> Sequence[str]:
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

    async def _post(self, path: str, body: JSON) -> Mapping[str, JSON]:
        return _json(await _send(self._http, path, json.dumps(body).encode()))


async def listed(http: Http, path: str) -> Sequence[str]:
    """The ids in a list of models, in the form that OpenAI and Anthropic share. Raises ProviderFault."""
    found = _json(await _send(http, path, None)).get("data")
    if not isinstance(found, list):
        raise ProviderFault(Finish.MALFORMED, "a list of models without `data`")
    return [each["id"] for each in found if isinstance(each, dict) and isinstance(each.get("id"), str)]


async def _send(http: Http, path: str, body: bytes | None) -> Response:
    try:
        return await (http.get(path) if body is None else http.post(path, body))
    except Broken as lost:
        raise ProviderFault(Finish.DROPPED, str(lost), paid=lost.sent) from lost
    except Garbled as lost:
        raise ProviderFault(Finish.MALFORMED, str(lost), paid=True) from lost


def _json(response: Response) -> Mapping[str, JSON]:
    """The body of a success. Raises ProviderFault for anything else, an error inside a success included."""
    good = response.status == 200
    try:
        data = json.loads(response.body)
    except (ValueError, RecursionError):
        data = None
    error = data.get("error") if isinstance(data, dict) else None
    if not good or error:
        status, code, detail = response.status, "", response.body[:2000].decode("utf-8", "replace")
        if isinstance(error, dict):
            detail, code = str(error.get("message", "")), f"{error.get('type')} {error.get('code')}"
            if good:  # as OpenRouter does it: the status of whoever stands behind it
                inner = error.get("code")
                status = inner if isinstance(inner, int) and 400 <= inner < 600 else 500
        elif isinstance(error, str):
            detail, status = error, 500 if good else status
        raise fault_of(status, detail, response.headers, code)
    if not isinstance(data, dict):
        raise ProviderFault(Finish.MALFORMED, f"no JSON object: {_start(response.body)}", paid=True)
    return data


def _reply(data: Mapping[str, JSON]) -> Reply:
    choices = data.get("choices")
    if not isinstance(choices, list):
        raise ProviderFault(Finish.MALFORMED, "a reply without `choices`", paid=True)
    usage, usd, model = _usage(data), _charged(data), clean(str(data.get("model", "")))
    if not choices:
        return Reply(finish=Finish.EMPTY, model=model, usage=usage, usd=usd)
    message = choices[0].get("message") if isinstance(choices[0], dict) else None
    if not isinstance(message, dict):
        raise ProviderFault(Finish.MALFORMED, "a choice without `message`", paid=True)
    text = _text(message.get("content"))
    finish = _FINISH.get(str(choices[0].get("finish_reason")), Finish.STOP)
    detail = ""
    if isinstance(refusal := message.get("refusal"), str) and refusal:
        finish, detail = Finish.REFUSAL, clean(refusal)[:300]
    elif finish is Finish.STOP and not text.strip():
        finish = Finish.EMPTY
    return Reply(text, finish, model, usage, usd, detail=detail)


def _text(content: JSON) -> str:
    """Text, or the texts of a list of parts. Raises ProviderFault for what is neither."""
    if isinstance(content, list):
        content = "".join(each.get("text") or "" for each in content if isinstance(each, dict))
    if content is None:
        return ""
    if not isinstance(content, str):
        raise ProviderFault(Finish.MALFORMED, f"content of type {type(content).__name__}", paid=True)
    return clean(content)


def clean(text: str) -> str:
    """Half a surrogate pair, which JSON can escape, has no place in a log of UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _usage(data: Mapping[str, JSON]) -> Usage:
    said = data.get("usage")
    if not isinstance(said, dict):
        return Usage()
    cached = said.get("prompt_tokens_details")
    thought = said.get("completion_tokens_details")
    return Usage(
        _count(said, "prompt_tokens"), _count(said, "completion_tokens"),
        _count(cached, "cached_tokens"), _count(thought, "reasoning_tokens"),
    )  # fmt: skip


def _count(said: JSON, name: str) -> int:
    value = said.get(name) if isinstance(said, dict) else None
    return value if isinstance(value, int) and 0 <= value < MOST_TOKENS else 0


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
    except (KeyError, TypeError, ValueError) as error:
        raise ProviderFault(Finish.MALFORMED, "embeddings without index or numbers", paid=True) from error
    if len(vectors) != texts or not all(map(math.isfinite, (number for each in vectors for number in each))):
        raise ProviderFault(Finish.MALFORMED, f"{len(vectors)} vectors for {texts} texts", paid=True)
    return vectors


def _start(body: bytes) -> str:
    return repr(body[:40].decode("utf-8", "replace"))
