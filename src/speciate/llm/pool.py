"""Many models, each on one server or several, behind the one `complete` that the engine knows.

A call is tried again only where that may help (throttled, failed, dropped, timed out, malformed), a bounded number of
times, with a back-off outside the limiter's slot. What went wrong is counted by name in the reply.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import anyio

from speciate.core.errors import UsageError
from speciate.core.values import JSON, Cost, canonical

from .chat import Chat, Embed, Finish, Reply
from .clock import Clock, RealClock
from .endpoint import Endpoint
from .keys import Key, find
from .limiter import Limiter, Limits
from .names import Name, Vendor, parse
from .prices import Prices
from .provider import Provider, ProviderFault

AGAIN = (Finish.THROTTLED, Finish.FAILED, Finish.DROPPED, Finish.TIMEOUT, Finish.MALFORMED)
GONE, ROUNDS = 50, 4  # calls without an answer after which nothing is hoped for; rounds, where many are made at once
LONGEST = 30.0  # seconds between two attempts at most

Connect = Callable[[Name, str, Key | None], Provider]  # a provider for a name at one of its base URLs
Keys = Callable[[Name], Key | None]


@dataclass(frozen=True, slots=True)
class Patience:
    """With one call: `attempt` seconds for each attempt at most (less for a model that is known to be quicker,
    `llm.endpoint`), `total` for all and what lies between, the queue excluded;
    `attempts` at most, of them `paid` that may have been charged though no reply came (cut off, timed out, malformed).
    `pause` seconds after the first fault, then twice as many each time. Raises ValueError for none at all."""

    attempt: float = 300.0
    total: float = 1200.0
    attempts: int = 5
    paid: int = 2
    pause: float = 1.0

    def __post_init__(self) -> None:
        if not (self.attempt > 0 and self.total > 0 and self.attempts > 0 and self.paid > 0 and self.pause >= 0):
            raise ValueError(f"{self}: times and numbers of attempts must be above 0")


def connect(name: Name, url: str, key: Key | None) -> Provider:
    """The provider for a name. Raises UsageError with the command that installs what is missing."""
    match name.vendor:  # each imported when it is used
        case Vendor.ANTHROPIC:
            from .anthropic import Anthropic

            return Anthropic(url, key)
        case Vendor.GOOGLE:
            from .gemini import Gemini

            return Gemini(url, key)
        case Vendor.PYDANTIC:
            from .pydantic_ai import PydanticAI

            return PydanticAI(name.id)
        case _:
            from .openai_compatible import OpenAICompatible

            return OpenAICompatible(url, key, name.vendor)


class Pool:
    """A `core.protocols.Model` over the models of these names; any other is opened when it is first asked.

    Raises UsageError for a name that is none, and for a key or a package that is missing.
    """

    def __init__(
        self,
        names: Sequence[str] = (),
        *,
        limits: Limits | None = None,
        patience: Patience | None = None,
        prices: Prices | None = None,
        keys: Keys = find,
        connect: Connect = connect,
        clock: Clock | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._patience = patience or Patience()
        self._prices = prices or Prices()
        self._keys = keys
        self._connect = connect
        self._clock = clock or RealClock()
        self._under_way = self._widest = 0  # calls at once, now and at most
        self._unanswered = 0  # calls in a row
        self._last: Reply | None = None
        self._endpoints: dict[str, Endpoint] = {}  # by base URL: models of one server share its limiter
        self._routes: dict[str, tuple[Name, tuple[Endpoint, ...]]] = {}
        for typed in names:
            self._route(typed)

    @property
    def models(self) -> Sequence[Name]:
        return [name for name, _ in self._routes.values()]

    @property
    def names(self) -> Sequence[str]:
        """As they were typed."""
        return list(self._routes)

    async def complete(self, model: str, prompt: JSON) -> JSON:
        """`prompt` is `Chat.as_json()` or `Embed.as_json()`, the reply `Reply.as_json()`. Raises UsageError for what
        makes the model unusable: a wrong key, an empty account, no such model."""
        name, endpoints = self._route(model)
        asked = _asked(prompt)
        self._under_way += 1
        if self._under_way > self._widest:
            self._widest = self._under_way
        try:
            reply = await _Call(name, endpoints, asked, self._patience, self._clock, self._prices).run()
        finally:
            self._under_way -= 1
        self._unanswered = self._unanswered + 1 if reply.finish in AGAIN else 0
        self._last = reply
        return reply.as_json()

    @property
    def gone(self) -> str:
        """Why no model answers any more: each of the last `GONE` calls, or of four rounds of all that are made at once,
        was tried as often as is allowed, and none was answered. "" while one is."""
        if self._unanswered < max(GONE, ROUNDS * self._widest) or self._last is None:
            return ""
        return f"the last {self._unanswered:,} calls got no answer ({self._last.finish.value}: {self._last.detail})"

    def most(self, model: str, prompt: JSON) -> Cost:
        """The most that a call can cost, to be reserved before it is made: the prompt and the longest reply, as often
        as an attempt may be charged. `usd` None where the price is unknown."""
        return self._prices.most(self._route(model)[0], _asked(prompt), self._patience.paid)

    async def check(self) -> None:
        """Ask each server for its list of models, which is free. Raises UsageError for the first of the names that
        cannot be used: nothing there, a wrong key, no such model."""
        self._unanswered = 0  # a pool that is used again, for a run that goes on, has new hope
        found: dict[int, Exception] = {}

        async def one(at: int, name: Name, endpoint: Endpoint) -> None:
            try:
                await endpoint.check(name)
            except UsageError as error:
                found[at] = error

        async with anyio.create_task_group() as group:
            pairs = [(name, each) for name, endpoints in self._routes.values() for each in endpoints]
            for at, (name, endpoint) in enumerate(pairs):
                group.start_soon(one, at, name, endpoint)
        if found:
            raise found[min(found)]

    async def close(self) -> None:
        for endpoint in self._endpoints.values():
            await endpoint.close()

    def _route(self, typed: str) -> tuple[Name, tuple[Endpoint, ...]]:
        if typed not in self._routes:
            name = parse(typed)
            key = self._keys(name)
            self._routes[typed] = name, tuple(self._endpoint(name, url, key) for url in name.urls)
        return self._routes[typed]

    def _endpoint(self, name: Name, url: str, key: Key | None) -> Endpoint:
        if url not in self._endpoints:
            limiter = Limiter(self._limits, self._clock)
            self._endpoints[url] = Endpoint(url, self._connect(name, url, key), key, limiter)
        return self._endpoints[url]


def _asked(prompt: Mapping[str, JSON]) -> Chat | Embed:
    return Embed.of(prompt) if "embed" in prompt else Chat.of(prompt)


class _Call:
    """One call and its attempts."""

    def __init__(
        self, name: Name, endpoints: Sequence[Endpoint], asked: Chat | Embed, patience: Patience, clock: Clock,
        prices: Prices,
    ) -> None:  # fmt: skip
        self._name = name
        self._endpoints = endpoints
        self._asked = asked
        self._patience = patience
        self._clock = clock
        self._prices = prices
        self._faults: list[tuple[str, Finish]] = []  # by which server, and what, in order
        self._left = patience.total
        self._paid = 0

    async def run(self) -> Reply:
        while True:
            endpoint = self._choose()
            until = self._clock.now() + self._left
            try:
                reply, seconds = await endpoint.attempt(self._name, self._asked, self._patience.attempt, until)
            except ProviderFault as fault:
                self._note(endpoint, fault)
                pause = self._pause(fault)
                if pause is None:
                    return self._failed(fault)
                self._left -= pause
                await self._clock.sleep(pause)
            else:
                if not reply.ok:
                    self._faults.append((endpoint.url, reply.finish))
                return self._charged(reply, seconds)

    def _choose(self) -> Endpoint:
        """The server that failed this call least, then the least busy, then the first."""
        if len(self._endpoints) == 1:
            return self._endpoints[0]
        return min(self._endpoints, key=lambda each: (self._faulty(each), each.limiter.load))

    def _faulty(self, endpoint: Endpoint) -> int:
        """How often this server failed the call."""
        return sum(url == endpoint.url for url, _ in self._faults)

    def _note(self, endpoint: Endpoint, fault: ProviderFault) -> None:
        self._faults.append((endpoint.url, fault.finish))
        self._paid += fault.paid
        self._left -= fault.seconds

    def _pause(self, fault: ProviderFault) -> float | None:
        """Seconds before the next attempt, None where there is to be none. What the server asked for is the limiter's
        to wait, for all calls alike."""
        tried = len(self._faults)
        if fault.finish not in AGAIN or tried >= self._patience.attempts or self._paid >= self._patience.paid:
            return None
        if fault.retry_after is not None and fault.retry_after >= self._left:
            return 0.0 if not all(map(self._faulty, self._endpoints)) else None
        pause = min(LONGEST, self._patience.pause * 2 ** (tried - 1))
        scattered = zlib.crc32(f"{tried}{canonical(self._asked.as_json())}".encode("utf-8", "replace")) / 2**32
        pause *= 0.5 + 0.5 * scattered  # no generator of its own: what is asked scatters the calls
        if fault.retry_after is not None and fault.retry_after >= pause:
            return 0.0
        return pause if pause < self._left else None

    def _failed(self, fault: ProviderFault) -> Reply:
        reply = Reply(finish=fault.finish, model=self._name.id, detail=fault.detail)
        return reply.after(fault.seconds, self._lost(), self._counted())

    def _charged(self, reply: Reply, seconds: float) -> Reply:
        usd = self._prices.of(self._name, reply.usage) if reply.usd is None else reply.usd
        lost = self._lost()
        total = None if usd is None or lost is None else usd + lost
        return reply.after(seconds, total, self._counted() if self._faults else reply.faults)

    def _counted(self) -> dict[str, int]:
        return dict(Counter(finish.value for _, finish in self._faults))

    def _lost(self) -> float | None:
        """What attempts without a reply may have cost, at most: a limit on money holds whatever the bill says."""
        return self._prices.most(self._name, self._asked, self._paid).usd if self._paid else 0.0
