"""A reply is a function of the seed, of the model and the messages, and of how often these came before."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from speciate.core.values import JSON
from speciate.testing.model_server import Fault, Means, Server, Settings, Throttle, running

from .client import Wire, chat, posted, request, until

BROKEN = (Fault.DROP, Fault.CUT, Fault.HANG, Fault.HUGE)
RATES: dict[Fault, float] = {fault: 0.04 for fault in Fault if fault not in BROKEN}


def said(server: Server, asked: Sequence[JSON]) -> list[tuple[int, bytes]]:
    return [(each.status, each.body) for each in (chat(server.url, data) for data in asked)]


def test_replies_depend_on_the_request_and_not_on_arrival() -> None:
    asked = [request(format, say=f"Try {number}.") for number in range(12) for format in ("diff", "rewrite")]
    with running(Settings(seed=3, faults=RATES)) as one, running(Settings(seed=3, faults=RATES)) as other:
        forwards, backwards = said(one, asked), said(other, asked[::-1])[::-1]
        assert forwards == backwards
        assert len(set(forwards)) >= 20
        again = said(one, asked)
        assert again == said(other, asked)
        assert sum(first != second for first, second in zip(forwards, again, strict=True)) > 12


def test_another_seed_or_model_gives_other_replies() -> None:
    with running(Settings(seed=1)) as one, running(Settings(seed=2)) as other:
        assert chat(one.url).text != chat(other.url).text
        assert chat(one.url, request() | {"model": "another"}).text != chat(one.url).text


def test_what_else_a_request_says_changes_nothing_but_its_length() -> None:
    with running() as one, running() as other:
        warm = chat(one.url, request(temperature=0.7, user="ada", max_tokens=8000))
        assert warm.text == chat(other.url).text


def test_the_same_text_each_time_where_that_was_asked() -> None:
    with running(Settings(same=True, means=Means.NUMBER)) as server:
        first, second = chat(server.url), chat(server.url)
        assert first.text == second.text
        assert first.data["id"] != second.data["id"]
        assert [entry.occurrence for entry in server.log.entries] == [0, 1]


def test_after_forgetting_the_first_reply_comes_again() -> None:
    with running() as server:
        first, second = chat(server.url).text, chat(server.url).text
        assert first != second
        server.forget()
        assert chat(server.url).text == first
        assert len(server.log.entries) == 1


def test_what_a_limit_refuses_is_not_counted() -> None:
    with running(Settings(throttle=Throttle(rpm=1))) as limited, running() as free:
        assert chat(limited.url, request(say="Another.")).status == 200
        assert [chat(limited.url).status for _ in range(3)] == [429, 429, 429]
        assert [entry.occurrence for entry in limited.log.entries] == [0, -1, -1, -1]
        assert chat(free.url).status == 200


def test_a_fault_of_the_server_itself_is_one_requests_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise RuntimeError("a bug")

    with running() as server:
        with monkeypatch.context() as patched:
            patched.setattr("speciate.testing.model_server.protocol.completion", broken)
            assert chat(server.url).status == 500
        assert chat(server.url).status == 200
        assert [entry.status for entry in server.log.entries] == [500, 200]


def test_a_client_that_goes_leaves_an_entry_without_a_status() -> None:
    with running(Settings(faults={Fault.HANG: 1.0})) as server:
        with Wire(server.url) as wire:
            wire.send(posted(request()))
            until(lambda: server.log.inside == 1)
        until(lambda: server.log.inside == 0)
        (gone,) = server.log.entries
        assert (gone.status, gone.fault, gone.occurrence) == (0, "hang", 0)
