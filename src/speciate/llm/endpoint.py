"""One server as the pool uses it: a provider, its limiter, its key, and the sentences for what makes a run unusable."""

from __future__ import annotations

import math
from dataclasses import replace
from urllib.parse import urlsplit

import anyio

from speciate.core.errors import UsageError

from .chat import Chat, Embed, Finish, Message, Reply, Speaker, Usage
from .keys import Key
from .limiter import Limiter, Paused
from .names import FORM, Name, Vendor, nearest
from .prices import tokens_of
from .provider import Provider, ProviderFault

LISTING = 10.0  # seconds that a list of models may take
UNUSABLE = (401, 402, 403, 404)
KNOWN = 8  # replies after which it is known how long a model takes
SPARE, SOONEST = 8.0, 60.0  # no attempt is given up before so many times its longest reply, nor so many seconds
FADES = 0.98  # of that longest reply, with each one that follows
DIMENSIONS = 16_384  # of an embedding at most: whoever compares many of them keeps as many numbers of each
WIDEST = 32  # characters of a token on average, more than any text has


class Endpoint:
    """`url` is the base URL; several models may be asked there."""

    def __init__(self, url: str, provider: Provider, key: Key | None, limiter: Limiter) -> None:
        self.url = url
        self.host = urlsplit(url).netloc or url
        self.limiter = limiter
        self._provider = provider
        self._key = key
        self._longest: dict[str, tuple[int, float]] = {}  # by model: how many replies, and seconds of the longest

    async def attempt(self, name: Name, asked: Chat | Embed, deadline: float, until: float) -> tuple[Reply, float]:
        """One attempt, once its turn has come: the reply and how many seconds it took. `deadline` is in seconds for
        the attempt, sooner where the model is known to be quicker; `until` (by the limiter's clock) the end of the
        patience with a pause that the server asked for.

        Raises ProviderFault, and UsageError for what no other attempt would mend.
        """
        reserved = 0 if self.limiter.tokens is None else _reserved(asked)
        try:
            async with self.limiter.slot(reserved, until) as slot:
                start = self.limiter.clock.now()
                try:
                    reply = await self._within(min(deadline, self._patience(name)), name, asked)
                except ProviderFault as fault:
                    fault.seconds = self.limiter.clock.now() - start
                    fault.detail = self._key.hide(fault.detail) if self._key else fault.detail
                    if fault.finish in (Finish.THROTTLED, Finish.FAILED):
                        slot.failed(fault.retry_after)
                    refused = fault
                else:
                    seconds = self.limiter.clock.now() - start
                    self._learn(name, seconds)
                    slot.succeeded()
                    slot.used(reply.usage.input + reply.usage.output or reserved)
                    return _bounded(_counted(reply, asked), asked), seconds
        except Paused as paused:
            said = f"the server asked for a pause, of which {paused.seconds:.0f} s are left"
            raise ProviderFault(Finish.THROTTLED, said, retry_after=paused.seconds) from None
        if refused.status in UNUSABLE and refused.finish is Finish.REJECTED:
            raise await self._unusable(name, refused)
        raise refused

    async def _within(self, deadline: float, name: Name, asked: Chat | Embed) -> Reply:
        with anyio.move_on_after(deadline):
            if isinstance(asked, Embed):
                return await self._provider.embed(name.id, asked)
            return await self._provider.complete(name.id, asked)
        raise ProviderFault(Finish.TIMEOUT, f"no reply within {deadline:g} s", paid=True)

    def _patience(self, name: Name) -> float:
        """Seconds after which no reply can be hoped for: a connection that hangs need not hold a ticket for the whole
        time that the slowest of models is allowed."""
        replies, longest = self._longest.get(name.id, (0, 0.0))
        return max(SOONEST, SPARE * longest) if replies >= KNOWN else math.inf

    def _learn(self, name: Name, seconds: float) -> None:
        replies, longest = self._longest.get(name.id, (0, 0.0))
        self._longest[name.id] = replies + 1, max(seconds, FADES * longest)

    async def check(self, name: Name) -> None:
        """Raises UsageError for a wrong key, a model that is not there, a server that does not answer, and a page that
        is none. Costs nothing: what a server of another's cannot tell by its list of models is left open."""
        try:
            listed = await self._listed()
        except ProviderFault as fault:
            if fault.finish in (Finish.DROPPED, Finish.TIMEOUT):
                raise UsageError(f"{self.host} does not answer: {fault.detail}", self._start(name)) from fault
            if fault.status in (401, 402, 403):
                raise await self._unusable(name, fault) from fault
            if name.vendor is Vendor.LOCAL and fault.finish is Finish.MALFORMED:
                await self._try(name, page=True)
            return
        if not listed or any(each.startswith(name.id.partition(":")[0]) for each in listed):
            return
        if name.vendor is not Vendor.LOCAL:
            raise self._missing(name, listed)
        await self._try(name)  # some servers answer to any name

    async def _try(self, name: Name, page: bool = False) -> None:
        """Raises UsageError where a word to the model shows that it cannot be used; with `page`, also where the answer
        is none, which once may be a fault that passes."""
        try:
            await self._within(LISTING, name, Chat((Message(Speaker.USER, "ping"),), most=1))
        except ProviderFault as fault:
            if fault.status in UNUSABLE:
                raise await self._unusable(name, fault) from fault
            if page and fault.finish is Finish.MALFORMED:
                what = f"{self.url} answers otherwise than OpenAI's protocol has it: {fault.detail}"
                raise UsageError(what, "correct the URL, which often ends in /v1") from fault

    async def close(self) -> None:
        await self._provider.close()

    async def _listed(self) -> list[str]:
        with anyio.move_on_after(LISTING):
            return list(await self._provider.models())
        raise ProviderFault(Finish.TIMEOUT, f"no answer within {LISTING:g} s")

    async def _unusable(self, name: Name, fault: ProviderFault) -> UsageError:
        detail = (self._key.hide(fault.detail) if self._key else fault.detail) or "no reason given"
        if fault.status == 404:
            try:
                listed = await self._listed()
            except ProviderFault:
                listed = []
            if listed and name.id in listed:
                return UsageError(f"{self.host} lists `{name.id}` but answered 404: {detail}", "try another model")
            if listed or name.vendor is not Vendor.LOCAL:
                return self._missing(name, listed)
            return UsageError(f"{self.url} answered 404: {detail}", "correct the URL, which often ends in /v1")
        if fault.status == 402:
            held = f"{self._key.variable} ({self._key.last4})" if self._key else self.host
            return UsageError(f"the account of {held} is out of credit: {detail}", "add some there, or another --model")
        if self._key is None and not name.variables:
            return UsageError(f"{name.typed}: answered {fault.status}: {detail}", "check its key")
        if self._key is None:
            return UsageError(
                f"{self.host} answered {fault.status} and {name.variables[0]} is not set",
                f"export {name.variables[0]}=…; speciate models {name.typed} --ping",
            )
        return UsageError(
            f"{self._key.variable} is set ({self._key.last4}) but {self.host} answered {fault.status}",
            f"check the key; speciate models {name.typed} --ping",
        )

    def _missing(self, name: Name, listed: list[str]) -> UsageError:
        where = self.host if name.vendor is Vendor.LOCAL else name.vendor.value
        guess = nearest(name.id, listed)
        near = f"; nearest: {guess}" if guess else ""
        return UsageError(f"no model `{name.id}` at {where}{near}", f"correct it; for a server of your own: {FORM}")

    @staticmethod
    def _start(name: Name) -> str:
        return f"start the server, or correct the URL: {FORM}" if name.vendor is Vendor.LOCAL else "check the network"


def _reserved(asked: Chat | Embed) -> int:
    """Tokens that a call is likely to take at most."""
    return tokens_of(asked) // 3 + (asked.most if isinstance(asked, Chat) else 0)


def _counted(reply: Reply, asked: Chat | Embed) -> Reply:
    """A server that counts no tokens is counted for, upwards: unknown is never 0."""
    if reply.usage.input or reply.usage.output:
        return reply
    return replace(reply, usage=Usage(tokens_of(asked), len(reply.text.encode("utf-8", "replace"))))


def _bounded(reply: Reply, asked: Chat | Embed) -> Reply:
    """A server that knows no limit on its replies is held to it in what is recorded; its usage stays as it said."""
    if isinstance(asked, Embed):
        longest = max(map(len, reply.vectors), default=0)
        if longest <= DIMENSIONS:
            return reply
        said = f"a vector of {longest:,} numbers, where {DIMENSIONS:,} are the most"
        return replace(reply, vectors=(), finish=Finish.MALFORMED, detail=said)
    if len(reply.text) <= (most := asked.most * WIDEST):
        return reply
    said = f"{len(reply.text)} characters where {asked.most} tokens were allowed"
    return replace(reply, text=reply.text[:most], finish=Finish.LENGTH, detail=said)
