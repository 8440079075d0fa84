"""What comes in with a request: JSON of a bounded size, in a bounded time."""

from __future__ import annotations

import json

import anyio
from starlette.requests import ClientDisconnect, Request

from speciate.core.values import JSON

from .guard import Refused

MOST = 6_000_000  # bytes: a program of a million characters, escaped
PATIENCE = 30.0  # seconds


async def said(request: Request) -> JSON:
    """The body. Raises Refused. Only JSON is taken: what a form of another site can send is none."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise Refused(415, f"a body of {media[:50] or 'no type'} is not taken", "content-type: application/json")
    body = bytearray()
    try:
        with anyio.fail_after(PATIENCE):
            async for piece in request.stream():
                body += piece
                if len(body) > MOST:
                    raise Refused(413, f"a body of more than {MOST:,} bytes is too much")
    except TimeoutError:
        raise Refused(408, f"the body took longer than {PATIENCE:.0f} s") from None
    except ClientDisconnect:
        raise Refused(400, "the connection ended before the body did") from None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(422, "the body is no JSON", '{"verb": "pause", "args": {}}') from None
