"""A model's name as it is typed, and what it stands for: who is asked, for which model, where, with whose key.

gpt-5-mini                     openai/gpt-5-mini
claude-sonnet-4-5              anthropic/claude-sonnet-4-5
gemini-2.5-flash               google/gemini-2.5-flash
openrouter/vendor/name
local/NAME@URL[,URL...]        any OpenAI-compatible server, no key needed; NAME may hold slashes and colons
pydantic/PROVIDER:NAME         any other that the package pydantic-ai knows, by its name there
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from types import MappingProxyType
from urllib.parse import urlsplit

from speciate.core.errors import UsageError


class Vendor(StrEnum):
    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    GOOGLE = "google"
    OPENROUTER = "openrouter"
    LOCAL = "local"
    PYDANTIC = "pydantic"


URLS: Mapping[Vendor, str] = MappingProxyType(
    {
        Vendor.OPENAI: "https://api.openai.com/v1",
        Vendor.ANTHROPIC: "https://api.anthropic.com",
        Vendor.GOOGLE: "https://generativelanguage.googleapis.com",
        Vendor.OPENROUTER: "https://openrouter.ai/api/v1",
    }
)
VARIABLES: Mapping[Vendor, tuple[str, ...]] = MappingProxyType(
    {
        Vendor.OPENAI: ("OPENAI_API_KEY",),
        Vendor.ANTHROPIC: ("ANTHROPIC_API_KEY",),
        Vendor.GOOGLE: ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        Vendor.OPENROUTER: ("OPENROUTER_API_KEY",),
        Vendor.LOCAL: ("LOCAL_API_KEY",),
    }
)
FORM = "local/NAME@URL"
EXAMPLES: Mapping[Vendor, str] = MappingProxyType(
    {
        Vendor.OPENAI: "openai/gpt-5-mini",
        Vendor.ANTHROPIC: "anthropic/claude-sonnet-4-5",
        Vendor.GOOGLE: "google/gemini-2.5-flash",
        Vendor.OPENROUTER: "openrouter/qwen/qwen3-coder",
        Vendor.LOCAL: "local/qwen3@http://localhost:11434/v1",
        Vendor.PYDANTIC: "pydantic/groq:llama-3.3-70b-versatile",
    }
)
PREFIXES: Mapping[str, Vendor] = MappingProxyType({**{each.value: each for each in Vendor}, "gemini": Vendor.GOOGLE})
KNOWN = (  # only to guess what was meant; any other name of a known family is taken as it is
    "gpt-5",
    "gpt-5-mini",
    "gpt-5-nano",
    "gpt-4.1",
    "gpt-4.1-mini",
    "gpt-4o",
    "gpt-4o-mini",
    "o3",
    "o4-mini",
    "text-embedding-3-small",
    "text-embedding-3-large",
    "claude-opus-4-1",
    "claude-sonnet-4-5",
    "claude-haiku-4-5",
    "gemini-2.5-pro",
    "gemini-2.5-flash",
    "gemini-2.5-flash-lite",
)
_FAMILIES = (
    (re.compile(r"(gpt|chatgpt|codex|text-embedding)-[\w.:-]+|ft:.+|o[1-9](-[\w.:-]+)?"), Vendor.OPENAI),
    (re.compile(r"claude-[\w.@:-]+"), Vendor.ANTHROPIC),
    (re.compile(r"(gemini|gemma|learnlm|embedding)-[\w.:-]+"), Vendor.GOOGLE),
)
_LOCAL = re.compile(r"(?P<name>.+?)@(?P<urls>[a-zA-Z][a-zA-Z0-9+.-]*://.*)")
_SECRET = re.compile(r"(sk|gsk|xai|AIza|key)[-_]?[\w-]{16,}")
ALIKE = 0.6  # likeness below which a known name is no guess worth making


@dataclass(frozen=True, slots=True)
class Name:
    """`typed` is the name in plans, logs and tables; `id` what the server calls the model; `urls` the base URLs that
    serve it, alike; `variables` the environment variables that may hold the key, the first as the one to tell of."""

    typed: str
    vendor: Vendor
    id: str
    urls: tuple[str, ...]
    variables: tuple[str, ...]

    @property
    def keyless(self) -> bool:
        """True where a key may be absent."""
        return self.vendor in (Vendor.LOCAL, Vendor.PYDANTIC)

    @property
    def host(self) -> str:
        """Who answers, as a message names it: the host, with the port where one was given."""
        return urlsplit(self.urls[0]).netloc or self.urls[0]


def parse(typed: str) -> Name:
    """What a typed name stands for. Raises UsageError with the nearest known name, or the form for a server of one's
    own. A key that stands where a name should is not repeated."""
    if _SECRET.fullmatch(typed):
        raise UsageError("a key stands where a model's name should", "put it in OPENAI_API_KEY (or its like) instead")
    if not typed or not typed.isprintable() or " " in typed:
        raise UsageError(f"{typed!r} is no model's name", f"a name such as gpt-5-mini, or {FORM}")
    head, slash, rest = typed.partition("/")
    vendor = PREFIXES.get(head.lower()) if slash else None
    if vendor is Vendor.LOCAL:
        return _local(typed, rest)
    if vendor is Vendor.PYDANTIC:
        provider, colon, id = rest.partition(":")
        if not (provider and colon and id):
            raise UsageError(f"`{typed}` names no model of pydantic", "pydantic/PROVIDER:NAME, as pydantic-ai has it")
        return Name(typed, vendor, rest, (provider,), ())
    if vendor is not None:
        if not rest or (vendor is Vendor.OPENROUTER and "/" not in rest):
            form = "openrouter/VENDOR/NAME" if vendor is Vendor.OPENROUTER else f"{head}/NAME"
            raise UsageError(f"`{typed}` names no model of {vendor}", f"{form}, for example {EXAMPLES[vendor]}")
        return Name(typed, vendor, rest, (URLS[vendor],), VARIABLES[vendor])
    if "@" in typed and "://" in typed:
        raise UsageError(f"`{typed}` lacks its first word", f"local/{typed}")
    for family, vendor in _FAMILIES:
        if not slash and family.fullmatch(typed):
            return Name(typed, vendor, typed, (URLS[vendor],), VARIABLES[vendor])
    raise _unknown(typed, head if slash else "")


def _local(typed: str, rest: str) -> Name:
    matched = _LOCAL.fullmatch(rest)
    if matched is None:
        name, _, url = rest.partition("@")
        meant = f"local/{name or 'NAME'}@http://{url or 'localhost:11434'}".rstrip("/")
        raise UsageError(f"`{typed}` does not say where the model is served", f"{meant}/v1")
    urls = tuple(_base(typed, url) for url in matched["urls"].split(","))
    return Name(typed, Vendor.LOCAL, matched["name"], tuple(dict.fromkeys(urls)), VARIABLES[Vendor.LOCAL])


def _base(typed: str, url: str) -> str:
    """A base URL, with /v1 where no path was given. Raises UsageError for what is no URL, or one that holds a key."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or not url.isascii():
        raise UsageError(
            f"`{url}` in `{typed}` is no URL", f"{FORM}, for example local/qwen3@http://localhost:11434/v1"
        )
    if parts.username is not None or parts.query or parts.fragment:  # the name is recorded, and a key must not be
        raise UsageError(
            f"the URL of `{parts.hostname}` holds more than host, port and path: the name of a model is recorded",
            f"put a key in {VARIABLES[Vendor.LOCAL][0]} and leave it out of the name",
        )
    return url.rstrip("/") + ("" if parts.path.strip("/") else "/v1")


def _unknown(typed: str, head: str) -> UsageError:
    if head:
        near = get_close_matches(head.lower(), PREFIXES, 1, ALIKE)
        if near:
            return UsageError(f"no provider `{head}`; nearest: {near[0]}", f"{near[0]}/{typed.partition('/')[2]}")
        return UsageError(
            f"no provider `{head}` (there are: {', '.join(Vendor)})", f"openrouter/{typed}, or for a server: {FORM}"
        )
    guess = nearest(typed, KNOWN)
    own = f"for a server of your own: {FORM}"
    if guess:
        return UsageError(f"no model `{typed}`; nearest: {guess}", f"correct it; {own}")
    return UsageError(f"no model `{typed}`", f"PROVIDER/NAME, for example openai/gpt-5-mini; {own}")


def nearest(name: str, known: Sequence[str]) -> str:
    """The name that was likely meant, "" where none is likely. Small and large letters are alike, and who made a model
    (vendor/NAME) or which variant it is (NAME:8b) may be missing."""
    by_small = {}
    for each in reversed(known):
        stem = each.lower().rpartition("/")[2].partition(":")[0]
        by_small.update({stem: each, each.lower(): each})
    return next((by_small[each] for each in get_close_matches(name.lower(), by_small, 1, ALIKE)), "")
