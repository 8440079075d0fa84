"""`speciate models`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from speciate.core.errors import UsageError
from speciate.core.values import JSON
from speciate.store.words import safe, took, usd

from .options import METHOD, PLAIN, ModelPrices, Output
from .terminal import Terminal, emit

if TYPE_CHECKING:
    from speciate.llm.keys import Key
    from speciate.llm.names import Name, Vendor
    from speciate.llm.prices import Prices

    from .pinging import Ping

UNUSABLE = 4  # the exit code where a model that was asked cannot be used
TYPED = {  # how the models of each provider are named
    "openai": "gpt-…, openai/NAME",
    "anthropic": "claude-…, anthropic/NAME",
    "google": "gemini-…, google/NAME",
    "openrouter": "openrouter/VENDOR/NAME",
    "local": "local/NAME@URL",
    "pydantic": "pydantic/PROVIDER:NAME",
}


def models(
    *names: Annotated[str, Parameter(help="models as --model names them; none lists the providers")],
    ping: Annotated[bool, Parameter(group=METHOD, help="ask each for a small edit, which may cost a little")] = False,
    price: ModelPrices = (),
    output: Output = PLAIN,
) -> int:
    """speciate models
      speciate models gpt-5-mini local/qwen3@http://localhost:11434/v1 --ping

    The providers of language models, how each is named, and whether its key is set. Of the models that are named:
    key, price and how much text they take in. With --ping each is asked to edit a tiny program, as runs ask: how long
    that takes, what it costs, and whether the edit applies. A key is shown by its last four characters.
    """
    from speciate.llm.prices import parse, source

    terminal = Terminal.of(output.color)
    if not names:
        for flag, given in (("--ping", ping), ("--price", price)):
            if given:
                raise UsageError(f"{flag} is for models, and none is named", f"speciate models gpt-5-mini {flag}")
        _list(output, terminal)
        return 0
    parse(price).refuse(names)
    found = served(names)
    prices = parse([each for text in price for each in priced(text, found)])
    known = [_known(name, prices) for name, _ in found]
    pings: Sequence[Ping | None] = [None] * len(known)
    if ping:
        from .pinging import ping as asked

        pings = asked([each.name.typed for each in known], prices)
    if output.json:
        rows = [each.as_json() | _pinged(said) for each, said in zip(known, pings, strict=True)]
        emit("models", {"models": rows, "prices": source()})
    else:
        terminal.answer(*rows_of(known, terminal.columns), fold=True)
        for each, said in zip(known, pings, strict=True):
            if said is not None:
                terminal.answer(*told(each.name.typed, said), fold=True)
        _unpriced(known, terminal)
    return UNUSABLE if any(said is not None and not said.ok for said in pings) else 0


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a model before it is asked. `lacks` says why there is no key."""

    name: Name
    key: Key | None
    lacks: str
    price: tuple[float, float] | None
    context: int | None

    @property
    def shown(self) -> str:
        """The key in words."""
        if self.key is not None:
            return shown(self.key)
        if self.name.vendor.value == "pydantic":
            return "the key that pydantic-ai reads"
        return self.lacks or "no key needed"

    def as_json(self) -> dict[str, JSON]:
        price = None if self.price is None else {"input": self.price[0], "output": self.price[1]}
        key = _key(self.key)
        out = {"model": self.name.typed, "provider": self.name.vendor.value, "host": self.name.host, "key": key}
        return {**out, "lacks": self.lacks, "price": price, "context": self.context}


def served(names: Sequence[str]) -> list[tuple[Name, str]]:
    """Each model once, and once for each server where there are several, with its name as it was typed. Raises
    UsageError for a name that is none."""
    from speciate.llm.names import parse

    found: dict[str, tuple[Name, str]] = {}
    for typed in names:
        name = parse(typed)
        several = [f"{name.vendor.value}/{name.id}@{url}" for url in name.urls] if len(name.urls) > 1 else [typed]
        found.update({each: (parse(each), typed) for each in several})
    return list(found.values())


def priced(text: str, found: Sequence[tuple[Name, str]]) -> list[str]:
    """A price of a model with several servers is a price at each of them."""
    said, equals, rates = text.rpartition("=")
    return [f"{name.typed}={rates}" for name, typed in found if typed == said] if equals else [text]


def rows_of(known: Sequence[Known], columns: int) -> list[str]:
    """A line each, in columns where these fit."""
    rows = []
    for each in known:
        price = "price unknown" if each.price is None else f"${each.price[0]:g} / ${each.price[1]:g} per M"
        context = "" if each.context is None else f"takes {each.context:,} tokens"
        rows.append((each.name.typed, each.shown, price, context))
    widths = [max(len(row[at]) for row in rows) for at in range(4)]
    if sum(widths) + 3 * 3 > columns:
        return [" · ".join(filter(None, row)) for row in rows]
    return ["   ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def told(typed: str, said: Ping) -> list[str]:
    """A line of what the model did with the request; one that is a failure says what to do."""
    if not said.ok:
        named = "" if typed in said.what else f"{typed}: "
        return [safe(f"failed   {named}{said.what} · do: {said.do}")]
    cost = "price unknown" if said.usd is None else "under $0.0001" if 0 < said.usd < 1e-4 else usd(said.usd)
    numbers = f"{took(said.seconds)}, {said.input:,} + {said.output:,} tokens, {cost}"
    return [f"ok       {typed}: {numbers}, the edit applies"]


def _known(name: Name, prices: Prices) -> Known:
    from speciate.llm.prices import context_of

    key, lacks = key_of(name)
    return Known(name, key, lacks, prices.shown(name), context_of(name))


def key_of(name: Name) -> tuple[Key | None, str]:
    """The key for a model, or why there is none that could be used; "" where none is needed."""
    import os

    from speciate.llm.keys import find

    try:
        return find(name), ""
    except UsageError as error:
        if any(os.environ.get(each, "").strip() for each in name.variables):
            return None, error.what
        return None, f"{' or '.join(name.variables)} not set"


def shown(key: Key) -> str:
    """By its last characters, and where it is from if that is not the environment."""
    from speciate.llm.keys import Origin

    return f"{key.variable} {key.last4}" + (f" ({key.origin.value})" if key.origin is not Origin.ENVIRONMENT else "")


def _key(key: Key | None) -> JSON:
    return None if key is None else {"variable": key.variable, "last4": key.last4, "from": key.origin.value}


def _pinged(said: Ping | None) -> dict[str, JSON]:
    return {} if said is None else {"ping": said.as_json()}


def _unpriced(known: Sequence[Known], terminal: Terminal) -> None:
    """What to do about prices that are not known."""
    from speciate.llm.names import Vendor
    from speciate.llm.prices import INSTALL, source

    lacking = [each for each in known if each.price is None]
    if not lacking:
        return
    if source() is None and any(each.name.vendor is not Vendor.LOCAL for each in lacking):
        terminal.answer(f"prices   {INSTALL} has those of most models; or say --price IN/OUT")
    else:
        terminal.answer("prices   --price IN/OUT says what a million tokens cost, --price 0/0 that they are free")


def _list(output: Output, terminal: Terminal) -> None:
    """The providers."""
    from speciate.llm.names import EXAMPLES, Vendor, parse
    from speciate.llm.prices import INSTALL, source

    found = [(vendor, *key_of(parse(EXAMPLES[vendor]))) for vendor in Vendor]
    if output.json:
        rows = [
            {"provider": vendor.value, "named": TYPED[vendor], "key": _key(key), "lacks": lacks}
            for vendor, key, lacks in found
        ]
        emit("models.providers", {"providers": rows, "prices": source()})
        return
    for vendor, key, lacks in found:
        terminal.answer(f"{vendor.value:<10}   {TYPED[vendor]:<24}   {_shown(vendor, key, lacks)}")
    terminal.answer(f"prices       {source() or f'unknown: {INSTALL}'}")
    terminal.answer("next         speciate models gpt-5-mini --ping")


def _shown(vendor: Vendor, key: Key | None, lacks: str) -> str:
    from speciate.llm.names import VARIABLES, Vendor

    if key is not None:
        return shown(key)
    if vendor is Vendor.LOCAL:
        return f"no key needed ({VARIABLES[vendor][0]} not set)"
    return "the keys that pydantic-ai reads" if vendor is Vendor.PYDANTIC else lacks
