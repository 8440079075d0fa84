"""Anthropic and Gemini, by way of the optional package `pydantic-ai-slim`, which is imported when first used.

It can speak to OpenAI-compatible servers too, at ten times the CPU of `llm.openai_compatible`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Any

from speciate.core.errors import UsageError

from .chat import Chat, Embed, Finish, Reply, Speaker, Usage
from .http import Http
from .keys import Key
from .names import Vendor
from .openai_compatible import OpenAICompatible, clean, listed
from .provider import ProviderFault, fault_of

CONNECTIONS = 4096  # at once; the limiter decides, not the client
_PARTS: Mapping[Vendor, tuple[str, str, str]] = MappingProxyType(
    {  # module below `models` and `providers`, model class, provider class
        Vendor.ANTHROPIC: ("anthropic", "AnthropicModel", "AnthropicProvider"),
        Vendor.GOOGLE: ("google", "GoogleModel", "GoogleProvider"),
        Vendor.OPENAI: ("openai", "OpenAIChatModel", "OpenAIProvider"),
        Vendor.LOCAL: ("openai", "OpenAIChatModel", "OpenAIProvider"),
    }
)
_FINISH = {"length": Finish.LENGTH, "content_filter": Finish.REFUSAL}


class PydanticAI:
    """A `llm.provider.Provider`. Raises UsageError with the command to type where the package is missing."""

    def __init__(self, vendor: Vendor, base: str, key: Key | None) -> None:
        module, model, provider = _PARTS[vendor]
        try:
            self._messages = import_module("pydantic_ai.messages")
            self._direct = import_module("pydantic_ai.direct")
            self._errors = import_module("pydantic_ai.exceptions")
            self._model = getattr(import_module(f"pydantic_ai.models.{module}"), model)
            made = getattr(import_module(f"pydantic_ai.providers.{module}"), provider)
            httpx = import_module("httpx2")
        except ImportError as missing:
            raise UsageError(
                f"a model of {vendor} needs a package that is not installed ({missing.name or 'pydantic_ai'})",
                f"pip install 'speciate[{module}]'",
            ) from missing
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        self._client = httpx.AsyncClient(limits=limits, timeout=None)  # the deadline is the pool's
        secret = key.reveal() if key else "none"
        self._provider = made(api_key=secret, base_url=base, http_client=self._client)
        self._vendor = vendor
        self._base = base
        self._key = key
        self._models: dict[str, Any] = {}
        self._settings = {"max_retries": 0}
        if vendor is Vendor.GOOGLE:  # it tries again only when told to
            self._settings = {}

    async def complete(self, model: str, chat: Chat) -> Reply:
        if model not in self._models:
            self._models[model] = self._model(model, provider=self._provider)
        settings: dict[str, Any] = {**self._settings, "max_tokens": chat.most}
        if chat.temperature is not None:
            settings["temperature"] = chat.temperature
        errors = self._errors
        try:
            response = await self._direct.model_request(
                self._models[model], self._history(chat), model_settings=settings
            )
            return self._reply(response)
        except errors.ModelHTTPError as error:
            raise _answered(error) from error
        except errors.ModelTimeoutError as error:
            raise ProviderFault(Finish.TIMEOUT, str(error)[:300], paid=True) from error
        except errors.ModelConnectionError as error:
            raise ProviderFault(Finish.DROPPED, str(error)[:300], paid=not _unsent(error)) from error
        except errors.ContentFilterError as error:
            return Reply(finish=Finish.REFUSAL, model=model, detail=str(error)[:300])
        except (errors.AgentRunError, ValueError, TypeError, KeyError, AttributeError) as error:
            # What a server answered in no form that the package knows ends in one of these.
            raise ProviderFault(Finish.MALFORMED, f"{type(error).__name__}: {error}"[:300], paid=True) from error

    async def embed(self, model: str, embed: Embed) -> Reply:
        if self._vendor is Vendor.ANTHROPIC:
            raise UsageError(f"{model}: Anthropic has no embeddings", "text-embedding-3-small, or local/NAME@URL")
        other = self._compatible()
        try:
            return await other.embed(model, embed)
        finally:
            await other.close()

    async def models(self) -> Sequence[str]:
        if self._vendor is not Vendor.ANTHROPIC:
            other = self._compatible()
            try:
                return [each.removeprefix("models/") for each in await other.models()]
            finally:
                await other.close()
        secret = self._key.reveal() if self._key else ""
        http = Http(self._base, {"x-api-key": secret, "anthropic-version": "2023-06-01", "User-Agent": "speciate"})
        try:
            return await listed(http, "/v1/models?limit=1000")
        finally:
            await http.close()

    async def close(self) -> None:
        await self._client.aclose()

    def _compatible(self) -> OpenAICompatible:
        """Gemini's own server speaks OpenAI's protocol under another path, embeddings and lists included."""
        path = "/v1beta/openai" if self._vendor is Vendor.GOOGLE else ""
        return OpenAICompatible(self._base + path, self._key, self._vendor)

    def _history(self, chat: Chat) -> list[Any]:
        kinds = self._messages
        history: list[Any] = []
        parts: list[Any] = []
        for each in chat.messages:
            if each.speaker is Speaker.ASSISTANT:
                if parts:
                    history.append(kinds.ModelRequest(parts=parts))
                    parts = []
                history.append(kinds.ModelResponse(parts=[kinds.TextPart(content=each.text)]))
            elif each.speaker is Speaker.SYSTEM:
                parts.append(kinds.SystemPromptPart(content=each.text))
            else:
                parts.append(kinds.UserPromptPart(content=each.text))
        if parts:
            history.append(kinds.ModelRequest(parts=parts))
        return history

    def _reply(self, response: Any) -> Reply:
        kind = self._messages.TextPart
        text = clean("".join(each.content for each in response.parts if isinstance(each, kind)))
        finish = _FINISH.get(response.finish_reason or "", Finish.STOP)
        counted = response.usage
        usage = Usage(
            counted.input_tokens, counted.output_tokens, counted.cache_read_tokens, counted.output_reasoning_tokens
        )
        if finish is Finish.STOP and not text.strip():
            if not response.finish_reason and not usage.input:  # the package makes an empty reply of any JSON
                raise ProviderFault(Finish.MALFORMED, "a reply that says nothing, not even why", paid=True)
            finish = Finish.EMPTY
        return Reply(text, finish, response.model_name or "", usage, None)


def _answered(error: Any) -> ProviderFault:
    body = error.body
    inner = body.get("error", body) if isinstance(body, dict) else body
    said = inner if isinstance(inner, dict) else {"message": str(inner)}
    code = f"{said.get('type') or said.get('status')} {said.get('code')}"
    fault = fault_of(error.status_code, str(said.get("message", "")), error.headers or {}, code)
    if fault.retry_after is None:  # Gemini puts it into the body
        asked = getattr(error, "retry_after", None)
        fault.retry_after = float(asked) if isinstance(asked, int | float) else None
    return fault


def _unsent(error: BaseException | None) -> bool:
    """Whether there was no connection at all, so that nothing can have been charged."""
    while error is not None:
        if type(error).__name__ in ("ConnectError", "ConnectTimeout"):
            return True
        error = error.__cause__ or error.__context__
    return False
