"""JSON there and back over `llm.http`, and what providers have in common in reading it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from speciate.core.values import JSON

from .chat import Finish
from .http import Broken, Garbled, Http
from .provider import ProviderFault, fault_of

_DELAY = re.compile(r"(\d+(?:\.\d+)?)s")
MOST_TOKENS = 2**40  # a count above it is none


async def exchange(http: Http, path: str, body: JSON = None) -> Mapping[str, JSON]:
    """The object that a server answers to a POST of this body, or to a GET without. Raises ProviderFault for anything
    else, an error inside a success included."""
    try:
        response = await (http.get(path) if body is None else http.post(path, json.dumps(body).encode()))
    except Broken as lost:
        raise ProviderFault(Finish.DROPPED, str(lost), paid=lost.sent) from lost
    except Garbled as lost:
        raise ProviderFault(Finish.MALFORMED, str(lost), paid=True) from lost
    try:
        data = json.loads(response.body)
    except (ValueError, RecursionError):
        data = None
    error = data.get("error") if isinstance(data, dict) else None
    if response.status != 200 or error:
        status = response.status if response.status != 200 else 0
        said = error or response.body[:2000].decode("utf-8", "replace")
        raise failure(said, status or 500, response.headers, inner=not status)
    if not isinstance(data, dict):
        start = repr(response.body[:40].decode("utf-8", "replace"))
        raise ProviderFault(Finish.MALFORMED, f"no JSON object: {start}", paid=True)
    return data


def failure(error: JSON, status: int, headers: Mapping[str, str], inner: bool = True) -> ProviderFault:
    """The fault that the `error` of an answer is. `inner`: its own code is a status, as where OpenRouter tells of the
    server behind it."""
    if not isinstance(error, dict):
        return fault_of(status, clean(str(error)), headers)
    code = error.get("code")
    if inner and isinstance(code, int) and 400 <= code < 600:
        status = code
    kind = error.get("type") or error.get("status")
    fault = fault_of(status, clean(str(error.get("message", ""))), headers, f"{kind} {code}")
    if fault.retry_after is None:
        fault.retry_after = _delay(error.get("details"))
    return fault


def _delay(details: JSON) -> float | None:
    """Seconds that Google's errors ask to wait, in `RetryInfo` among their details; None where they do not."""
    for each in details if isinstance(details, list) else ():
        if isinstance(each, dict) and (found := _DELAY.fullmatch(str(each.get("retryDelay", "")))):
            return float(found[1])
    return None


async def listed(http: Http, path: str) -> Sequence[str]:
    """The ids in a list of models, in the form that OpenAI and Anthropic share. Raises ProviderFault."""
    found = (await exchange(http, path)).get("data")
    if not isinstance(found, list):
        raise ProviderFault(Finish.MALFORMED, "a list of models without `data`")
    return [each["id"] for each in found if isinstance(each, dict) and isinstance(each.get("id"), str)]


def clean(text: str) -> str:
    """Half a surrogate pair, which JSON can escape, has no place in a log of UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def count(said: JSON, name: str) -> int:
    """A number of tokens by its name; 0 where there is none."""
    value = said.get(name) if isinstance(said, dict) else None
    return value if isinstance(value, int) and 0 <= value < MOST_TOKENS else 0
