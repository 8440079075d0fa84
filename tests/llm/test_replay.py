from __future__ import annotations

import anyio
import pytest

from speciate.core.errors import UsageError
from speciate.core.events import Called, Event, Granted, Turn
from speciate.core.values import JSON, canonical, digest_of
from speciate.llm.chat import Chat, Message, Reply, Speaker
from speciate.llm.replay import Replay


def chat(text: str) -> JSON:
    return Chat((Message(Speaker.USER, text),)).as_json()


def granted(ticket: int, text: str, n: int = 0, refused: str | None = None) -> Granted:
    return Granted(ticket, digest_of("call", "m", canonical(chat(text))), n, refused=refused)


def called(ticket: int, text: str, said: str, n: int = 0) -> Called:
    request = digest_of("call", "m", canonical(chat(text)))
    return Called(ticket, request, n, "m", chat(text), Reply(said).as_json())


def turns(*events: Event) -> list[Turn]:
    return [Turn(at + 1, 0.0, (event,)) for at, event in enumerate(events)]


def ask(model: Replay, *texts: str) -> list[str]:
    async def main() -> list[str]:
        return [Reply.of(await model.complete("m", chat(each))).text for each in texts]

    return anyio.run(main)


def test_like_requests_are_answered_in_the_order_in_which_they_were_made() -> None:
    log = turns(
        granted(1, "a"), granted(2, "a"), granted(3, "b"), granted(2, "a", 1), granted(4, "a", refused="cost"),
        called(2, "a", "second"), called(3, "b", "other"), called(2, "a", "third", 1), called(1, "a", "first"),
    )  # fmt: skip
    model = Replay(log)
    assert len(model) == 4
    assert ask(model, "a", "b", "a", "a") == ["first", "other", "second", "third"]


def test_a_call_that_was_cut_off_is_passed_over() -> None:
    log = turns(granted(1, "a"), granted(2, "a"), called(2, "a", "second"), granted(1, "a"), called(1, "a", "first"))
    assert ask(Replay(log), "a", "a") == ["first", "second"]
    assert ask(Replay(turns(granted(1, "a"), granted(2, "a"), called(2, "a", "second"))), "a") == ["second"]


def test_what_was_not_asked_is_not_answered() -> None:
    model = Replay(turns(granted(1, "a"), called(1, "a", "first")), "bin_packing-1")
    with pytest.raises(UsageError, match="bin_packing-1 never asked m this"):
        ask(model, "b")
    assert ask(model, "a") == ["first"]
    with pytest.raises(UsageError, match="asked m this 1 times and no more") as raised:
        ask(model, "a")
    assert "--seed" in raised.value.do or "seed" in raised.value.do


def test_replay_costs_nothing() -> None:
    assert Replay([]).most("m", chat("a")).usd == 0.0
