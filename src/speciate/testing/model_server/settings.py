"""What a server is told when it is started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from speciate.core.errors import UsageError

from .faults import Fault, checked


class Means(StrEnum):
    """How a program is changed."""

    SYNTAX = "syntax"  # by the built-in operators over Python's syntax, milliseconds each; other languages: NUMBER
    NUMBER = "number"  # one number of the text is another, in any language: microseconds


@dataclass(frozen=True, slots=True)
class Throttle:
    """Limits beyond which the answer is 429. `rpm` requests and `tpm` tokens (of prompts and replies) within the last
    `window` seconds, `concurrency` requests at once; None is no limit."""

    rpm: int | None = None
    tpm: int | None = None
    concurrency: int | None = None
    window: float = 60.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Raises UsageError for what cannot be.

    Args:
        seed: replies are a function of it, of the request's model and messages, and of how often they came before.
        latency: seconds from a request to its reply, drawn evenly between the two.
        faults: the chance of each.
        transient: how often a request that meets a fault meets it; None: each time is drawn anew.
        means: how programs are changed.
        same: a request that comes again gets the same text (as at temperature 0), and only faults count.
        models: those there are; () is any.
        key: what the header Authorization must bear; "" is anything.
        throttle: real limits.
        retry_after: seconds that a 429 by fault names.
        hang: seconds until a hanging connection ends; None: until the client ends it.
        huge: characters of a huge reply.
        log: a file that gets a line of JSON per request.
        host, port: where to listen; port 0 is any that is free.
    """

    seed: int = 0
    latency: tuple[float, float] = (0.0, 0.0)
    faults: Mapping[Fault, float] = field(default_factory=lambda: MappingProxyType({}))
    transient: int | None = None
    means: Means = Means.SYNTAX
    same: bool = False
    models: tuple[str, ...] = ()
    key: str = ""
    throttle: Throttle = Throttle()
    retry_after: float = 1.0
    hang: float | None = None
    huge: int = 2**22
    log: Path | None = None
    host: str = "127.0.0.1"
    port: int = 0

    def __post_init__(self) -> None:
        checked(self.faults)
        low, high = self.latency
        if not 0.0 <= low <= high:
            raise UsageError(f"a latency from {low} to {high} seconds is none", "0.5..2, say")


def latency(words: str) -> tuple[float, float]:
    """Seconds, one number or a range "0.5..2". Raises UsageError."""
    low, dots, high = words.partition("..")
    try:
        return float(low), float(high if dots else low)
    except ValueError:
        raise UsageError(f"{words!r} is no latency", "seconds (1.0) or a range of them (0.5..2)") from None
