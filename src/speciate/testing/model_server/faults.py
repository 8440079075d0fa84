"""What can go wrong with a reply, each at a rate of its own, decided by the request and never by arrival or time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from speciate.core.errors import UsageError
from speciate.core.rng import stream
from speciate.core.values import Digest, digest_of

_DIGITS = 13  # hex digits of a draw: 52 bits, what a float holds


class Fault(StrEnum):
    """In the order in which an answer is made: status, connection, form, content."""

    THROTTLED = "429"  # Retry-After in seconds
    THROTTLED_UNTIL = "429-date"  # Retry-After as an HTTP date
    THROTTLED_BARE = "429-bare"  # no word of when to come again
    ERROR = "500"
    UNAVAILABLE = "503"
    DROP = "drop"  # the connection ends before a reply
    CUT = "cut"  # the connection ends in the middle of the body
    HANG = "hang"  # no reply until `Settings.hang` seconds are over, or the client is gone
    MALFORMED = "malformed"  # the body is half a JSON document
    CONTENT_TYPE = "content-type"  # a page of HTML, status 200
    NO_CHOICES = "no-choices"  # a reply without `choices`
    EMPTY = "empty"  # content ""
    TRUNCATED = "truncated"  # half the text, finish_reason "length"
    FILTERED = "filtered"  # no text, finish_reason "content_filter"
    REFUSAL = "refusal"  # no content, a text under "refusal"
    WRONG_EDIT = "wrong-edit"  # an edit that cannot be applied: its SEARCH is nowhere, its program does not parse
    OUTSIDE = "outside"  # an edit outside the EVOLVE markers
    NO_OP = "no-op"  # an edit that changes nothing
    HUGE = "huge"  # the answer behind `Settings.huge` characters of prose
    WRONG_FORMAT = "wrong-format"  # words where something else was asked for


# Those that an answer to /v1/embeddings can have as well.
UNSPOKEN = frozenset(list(Fault)[: list(Fault).index(Fault.EMPTY)])
ALL = "all"  # in words: this rate for all of them together, in equal parts


@dataclass(frozen=True, slots=True)
class Draws:
    """All that is random in one reply: a function of these three and of the draw's name."""

    seed: int
    digest: Digest
    occurrence: int

    def share(self, name: str) -> float:
        """Uniform in [0, 1)."""
        drawn = digest_of(str(self.seed), self.digest, str(self.occurrence), name)
        return float(int(drawn[:_DIGITS], 16) / 16**_DIGITS)

    def rng(self, name: str) -> np.random.Generator:
        return stream(self.seed, self.digest, self.occurrence, name)


def drawn(rates: Mapping[Fault, float], draws: Draws, transient: int | None = None) -> Fault | None:
    """The fault of this reply, or None. With `transient`, a request has the same fault the first so many times that it
    comes, and none afterwards; without, each time is a draw of its own."""
    if not rates:
        return None
    if transient is not None:
        if draws.occurrence >= transient:
            return None
        draws = Draws(draws.seed, draws.digest, 0)
    left = draws.share("fault")
    for fault in Fault:  # in the enumeration's order, so that the order of the settings does not matter
        left -= rates.get(fault, 0.0)
        if left < 0.0:
            return fault
    return None


def checked(rates: Mapping[Fault, float]) -> None:
    """Raises UsageError for a rate that is no chance, or where all of them together are more than one."""
    for fault, rate in rates.items():
        if not 0.0 <= rate <= 1.0:
            raise UsageError(f"the rate {rate} of fault {fault} is not between 0 and 1", f"{fault}=0.3, say")
    total = sum(rates.values())
    if total > 1.0 + 1e-9:
        raise UsageError(f"the rates of all faults add up to {total:g}: a reply has one fault", "lower them to 1")


def faults(words: str) -> dict[Fault, float]:
    """Rates from words: "429=0.3,empty=0.1", or "all=0.3". Raises UsageError."""
    rates: dict[Fault, float] = {}
    for word in filter(None, (each.strip() for each in words.split(","))):
        name, _, rate = word.partition("=")
        try:
            value = float(rate)
        except ValueError:
            raise UsageError(f"{word!r} gives no rate", f"{name}=0.3, say") from None
        if name == ALL:
            rates.update(dict.fromkeys(Fault, value / len(Fault)))
        elif name in list(Fault):
            rates[Fault(name)] = value
        else:
            raise UsageError(f"no fault {name!r}", f"one of {', '.join(Fault)}, or {ALL}")
    checked(rates)
    return rates
