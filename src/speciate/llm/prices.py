"""What a call costs: as the user says, or offline from `genai-prices`. An unknown price is None, never 0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any

from speciate.core.errors import UsageError
from speciate.core.values import Cost

from .chat import Chat, Embed, Usage
from .names import Name, Vendor, nearest

MILLION = 1_000_000
FRAME, FRAMES = 8, 16  # tokens that frame one message, and the whole: more than any format uses
INSTALL = "pip install 'speciate[llm]'"


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens. `cached` None: what was cached costs as any input."""

    input: float
    output: float
    cached: float | None = None

    def of(self, usage: Usage) -> float:
        cached = min(usage.cached, usage.input)
        rate = self.input if self.cached is None else self.cached
        return ((usage.input - cached) * self.input + cached * rate + usage.output * self.output) / MILLION


class Prices:
    """`said` has prices by typed name, `every` one for all other names: both go before what is known of a model."""

    def __init__(self, said: Mapping[str, Price] = MappingProxyType({}), every: Price | None = None) -> None:
        self._said = said
        self._every = every
        self._known: dict[tuple[Vendor, str], Any] = {}

    def of(self, name: Name, usage: Usage) -> float | None:
        """US dollars for this usage; None where the price is unknown."""
        said = self._said.get(name.typed, self._every)
        if said is not None:
            return said.of(usage)
        key = name.vendor, name.id
        if key not in self._known:
            self._known[key] = _look(name)
        known = self._known[key]
        return known.of(usage) if known is not None else None

    def shown(self, name: Name) -> tuple[float, float] | None:
        """US dollars per million tokens of input and of output, for a table; None where unknown."""
        cost = self.of(name, Usage(input=1000)), self.of(name, Usage(output=1000))
        if cost[0] is None or cost[1] is None:
            return None
        return cost[0] * 1000, cost[1] * 1000

    def refuse(self, names: Sequence[str]) -> None:
        """Raises UsageError for a price of what is none of the models of these names: a slip of the pen would else
        leave the price unknown that was meant."""
        for name, price in self._said.items():
            if name not in names:
                rates = f"{price.input:g}/{price.output:g}"
                near = nearest(name, names) or names[0]
                raise UsageError(f"--price {name}={rates}: no model is named `{name}`", f"--price {near}={rates}")

    def most(self, name: Name, asked: Chat | Embed, times: int = 1) -> Cost:
        """The worst case of one attempt: all tokens that the prompt can have, and as many in reply as were allowed.
        `usd` is of so many such attempts."""
        usage = Usage(tokens_of(asked), asked.most if isinstance(asked, Chat) else 0)
        usd = self.of(name, usage)
        return Cost(tokens=usage.input + usage.output, usd=None if usd is None else usd * times)


def tokens_of(asked: Chat | Embed) -> int:
    """A number of tokens that a prompt does not exceed. A token of every vocabulary in use (byte-level BPE,
    SentencePiece with bytes to fall back on) is a byte at least, so it is the bytes and what frames the messages:
    about four times the truth for English or code, which weighs little beside the output's price."""
    texts = [each.text for each in asked.messages] if isinstance(asked, Chat) else asked.texts
    return FRAMES + sum([FRAME + len(each.encode("utf-8", "replace")) for each in texts])


def parse(texts: Sequence[str]) -> Prices:
    """`IN/OUT` for every model, `NAME=IN/OUT` for one, in US dollars per million tokens. Raises UsageError."""
    said: dict[str, Price] = {}
    every = None
    for text in texts:
        name, _, rates = text.rpartition("=")
        try:
            given, taken = (float(each.strip().removeprefix("$")) for each in rates.split("/"))
            if not (0 <= given < MILLION and 0 <= taken < MILLION):
                raise ValueError(rates)
        except ValueError:
            raise UsageError(
                f"--price {text}: no price", "IN/OUT in dollars per million tokens, such as 0.25/2, or NAME=IN/OUT"
            ) from None
        if name:
            said[name] = Price(given, taken)
        else:
            every = Price(given, taken)
    return Prices(said, every)


def context_of(name: Name) -> int | None:
    """How many tokens the model takes in, as far as the package knows."""
    found = _found(name)
    size = getattr(found[1], "context_window", None) if found is not None else None
    return int(size) if isinstance(size, int) else None


def source() -> str | None:
    """The package that prices come from, with its version; None where it is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"genai-prices {version('genai-prices')}"
    except PackageNotFoundError:
        return None


def unknown(name: Name, limit: float) -> UsageError:
    """For a budget in money that a model without a known price cannot be held to."""
    remedy = "--price IN/OUT per million tokens, or limit with --evals"
    if name.vendor is not Vendor.LOCAL and _package() is None:
        remedy = f"{INSTALL} (it has the prices), or {remedy}"
    return UsageError(f"the price of `{name.typed}` is unknown, so --max-cost {limit:g} cannot be kept", remedy)


def _package() -> Any:
    try:
        return import_module("genai_prices.data_snapshot")
    except ImportError:
        return None


class _Computed:
    """A price with tiers or hours, which the package works out each time (0.2 ms)."""

    def __init__(self, provider: Any, model: Any) -> None:
        self._provider = provider
        self._model = model
        self._usage = import_module("genai_prices").Usage

    def of(self, usage: Usage) -> float:
        counted = self._usage(
            input_tokens=usage.input, output_tokens=usage.output, cache_read_tokens=min(usage.cached, usage.input)
        )
        return float(self._model.calc_price(counted, self._provider).total_price)


def _found(name: Name) -> tuple[Any, Any] | None:
    """Provider and model, as the package knows them. Nothing of a server of one's own, whatever its model is called."""
    package = None if name.vendor is Vendor.LOCAL else _package()
    if package is None:
        return None
    vendor, id = name.vendor.value, name.id
    if name.vendor is Vendor.PYDANTIC:
        vendor, _, id = id.partition(":")
    try:
        provider, model = package.get_snapshot().find_provider_model(id, None, vendor, None)
    except LookupError:
        return None
    return provider, model


def _look(name: Name) -> Price | _Computed | None:
    found = _found(name)
    if found is None:
        return None
    provider, model = found
    rates = [getattr(model.prices, each, None) for each in ("input_mtok", "output_mtok", "cache_read_mtok")]
    if rates[0] is None and not isinstance(model.prices, list):
        return None
    plain = [None if rate is None else float(rate) for rate in rates if rate is None or _plain(rate)]
    if len(plain) < len(rates) or plain[0] is None or getattr(model.prices, "requests_kcount", None):
        return _Computed(provider, model)
    return Price(plain[0], plain[1] or 0.0, plain[2])


def _plain(rate: object) -> bool:
    return type(rate).__name__ in ("Decimal", "int", "float")
