"""What a provider is to the rest of this room: one attempt at one request, that answers or raises ProviderFault.

Providers do not try again, wait for their turn or know prices: that is the endpoint's (`llm.endpoint`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Protocol

from .chat import Chat, Embed, Finish, Reply


class ProviderFault(Exception):
    """An attempt that yielded no reply.

    `finish` names it; `detail` is what the server said. `retry_after` is in seconds, None if the server named no time.
    `status` is of HTTP, 0 where there was none. `paid`: the request went out whole and its answer was lost, so that it
    may have been charged.
    """

    def __init__(
        self, finish: Finish, detail: str = "", *, retry_after: float | None = None, status: int = 0, paid: bool = False
    ) -> None:
        super().__init__(f"{finish}: {detail}" if detail else str(finish))
        self.finish = finish
        self.detail = detail
        self.retry_after = retry_after
        self.status = status
        self.paid = paid
        self.seconds = 0.0  # of the attempt, set by who measured it


class Provider(Protocol):
    """One server. `model` is the id by which it knows a model. An attempt may be cancelled: that is its deadline.

    All but `close` raise ProviderFault. A reply that is truncated, refused or empty is a reply, with that `finish`.
    """

    async def complete(self, model: str, chat: Chat) -> Reply: ...

    async def embed(self, model: str, embed: Embed) -> Reply:
        """`Reply.vectors` has shape (texts, dimensions), in the order of the texts."""
        ...

    async def models(self) -> Sequence[str]:
        """The ids that the server lists."""
        ...

    async def close(self) -> None: ...


LIST = 404, 405, 501  # how a server without a list of models answers

MOST_DETAIL = 300  # characters of what a server said that are kept


def fault_of(status: int, detail: str, headers: Mapping[str, str], code: str = "") -> ProviderFault:
    """The fault that a status of HTTP is. `headers` in small letters; `code` is the server's own word for the error."""
    detail = " ".join(detail.split())[:MOST_DETAIL]
    said = f"{code} {detail}".lower()
    finish = Finish.REJECTED
    if status == 400 and "credit balance is too low" in said:
        status = 402
    elif status == 400 and ("api key not valid" in said or "api_key_invalid" in said):
        status = 401
    elif status == 429 and "insufficient_quota" in said:
        status = 402  # no rate to wait for: the account is empty
    elif status == 429:
        finish = Finish.THROTTLED
    elif status == 408:
        finish = Finish.TIMEOUT
    elif status == 409 or status >= 500:
        finish = Finish.FAILED
    elif "content_filter" in said or "content_policy" in said or (status == 403 and "flagged" in said):
        finish, status = Finish.REFUSAL, 400
    elif status == 400 and ("model_not_found" in said or "not a valid model" in said):
        status = 404
    return ProviderFault(finish, detail, retry_after=retry_after(headers), status=status)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to wait: a number, or a date (RFC 9110, 10.2.3), which is compared with the server's
    own `Date`, so that its clock need not agree with ours."""
    for header, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        said = headers.get(header, "").strip()
        try:
            seconds = float(said) * unit
        except ValueError:
            continue
        return seconds if 0 <= seconds < float("inf") else None
    until = _date(headers.get("retry-after", ""))
    if until is None:
        return None
    now = _date(headers.get("date", ""))
    return max(0.0, until - (time.time() if now is None else now))


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
