"""A pool that asks a server on this machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio
import pytest

from speciate.core.errors import UsageError
from speciate.llm.chat import Chat, Message, Reply, Speaker
from speciate.llm.keys import Key
from speciate.llm.names import Name
from speciate.llm.pool import Pool
from speciate.llm.prices import Price, Prices
from tests.llm.server import Answer, Asked, Server, VirtualClock, serving

SECRET = "sk-abcdefghijklmnopx4Q2"

CHAT = Chat((Message(Speaker.SYSTEM, "be brief"), Message(Speaker.USER, "hello é")), most=50, temperature=0.5)

DOLLAR = Prices(every=Price(1.0, 10.0, 0.5))  # 100 in, 40 of them cached, 10 out: 60 + 20 + 100 millionths


def none(name: Name) -> Key | None:
    return None


def secret(name: Name) -> Key | None:
    return Key(SECRET, name.variables[0])


def ask(*answers: Answer, chat: Chat = CHAT, **options: Any) -> tuple[Reply, Server, VirtualClock]:
    """One call to a server that answers so."""
    clock = VirtualClock()
    options = {"keys": none, "prices": DOLLAR, "clock": clock, **options}

    async def main() -> tuple[Reply, Server, VirtualClock]:
        async with serving(*answers) as server:
            pool = Pool([server.name], **options)
            try:
                return Reply.of(await pool.complete(server.name, chat.as_json())), server, clock
            finally:
                await pool.close()

    return anyio.run(main)


def refused(to: Callable[[Asked], Answer], **options: Any) -> UsageError:
    """What a call to a server that answers so raises."""

    async def main() -> UsageError:
        async with serving(to=to) as server:
            pool = Pool([server.name], **{"keys": none, "clock": VirtualClock(), **options})
            with pytest.raises(UsageError) as raised:
                await pool.complete(server.name, CHAT.as_json())
            await pool.close()
            return raised.value

    return anyio.run(main)
