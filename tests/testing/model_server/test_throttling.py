"""Real limits: by a clock that the test turns, and as a client meets them."""

from __future__ import annotations

from speciate.testing.model_server import Fault, Limit, Settings, Throttle, running
from speciate.testing.model_server.throttling import Exceeded, Gate

from .client import Wire, chat, posted, request, until


def test_requests_within_the_window_are_counted() -> None:
    gate = Gate(Throttle(rpm=2, window=60))
    assert [gate.enter(at, 1) for at in (0.0, 10.0)] == [None, None]
    assert gate.enter(20.0, 1) == Exceeded(Limit.REQUESTS, 40.0)
    assert gate.enter(59.9, 1) is not None
    assert gate.enter(60.0, 1) is None  # the first is forgotten, the second not
    assert gate.enter(60.0, 1) == Exceeded(Limit.REQUESTS, 10.0)


def test_tokens_of_prompts_and_replies_are_counted() -> None:
    gate = Gate(Throttle(tpm=100, window=60))
    assert gate.enter(0.0, 40) is None
    gate.spend(5.0, 50)
    assert gate.enter(10.0, 20) == Exceeded(Limit.TOKENS, 50.0)
    assert gate.enter(10.0, 10) is None
    assert gate.enter(60.0, 40) is None  # 50 and 10 are left of the last minute


def test_a_prompt_beyond_the_limit_is_let_in_alone() -> None:
    gate = Gate(Throttle(tpm=100))
    assert gate.enter(0.0, 500) is None
    assert gate.enter(1.0, 1) is not None


def test_requests_at_once_are_counted() -> None:
    gate = Gate(Throttle(concurrency=1))
    assert gate.enter(0.0, 1) is None
    assert gate.enter(0.0, 1) == Exceeded(Limit.CONCURRENCY, 0.0)
    gate.leave()
    assert gate.enter(0.0, 1) is None


def test_no_requests_at_all() -> None:
    assert Gate(Throttle(rpm=0)).enter(0.0, 1) == Exceeded(Limit.REQUESTS, 0.0)


def test_a_client_is_told_when_to_come_again() -> None:
    with running(Settings(throttle=Throttle(rpm=1))) as server:
        assert chat(server.url).status == 200
        refused = chat(server.url)
        assert refused.status == 429
        assert 50 < float(refused.headers["retry-after"]) <= 60
        assert server.log.faults() == {"limit-rpm": 1}


def test_who_waits_holds_a_place() -> None:
    settings = Settings(throttle=Throttle(concurrency=1), faults={Fault.HANG: 1.0}, retry_after=3)
    with running(settings) as server:
        with Wire(server.url) as wire:
            wire.send(posted(request()))
            until(lambda: server.log.inside == 1)
            refused = chat(server.url)
            assert (refused.status, refused.headers["retry-after"]) == (429, "3")
        until(lambda: server.log.inside == 0)
        with Wire(server.url) as wire:
            wire.send(posted(request()))
            until(lambda: server.log.inside == 1)  # let in, where a refusal would be over at once
            assert chat(server.url).status == 429
        assert server.log.faults()["limit-concurrency"] == 2
