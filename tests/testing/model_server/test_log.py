"""What the log says, and the figures made of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from speciate.core.errors import UsageError
from speciate.testing.model_server import Entry, Settings, concurrency, read, running, throughput

from .client import ask, chat, request


def entry(start: float, end: float, status: int = 200) -> Entry:
    return Entry("/v1/chat/completions", start, start, end, status)


def test_a_request_is_told_in_whole(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    with running(Settings(log=path, latency=(0.02, 0.04))) as server:
        data = chat(server.url, request("unified")).data
        chat(server.url, request("unified"))
        first, second = server.log.entries
        assert ask(server.url, "/log").body.count(b"\n") == 2
    assert (first.status, first.model, first.format, first.fault) == (200, "test-model", "unified", "")
    assert (first.input, first.output) == (data["usage"]["prompt_tokens"], data["usage"]["completion_tokens"])
    assert (first.occurrence, second.occurrence) == (0, 1)
    assert first.digest == second.digest != ""
    assert first.arrival <= first.start < first.end <= second.arrival
    assert first.seconds >= 0.02
    assert read(path)[:2] == [first, second]


def test_half_a_line_is_no_entry_yet(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    with running(Settings(log=path)) as server:
        chat(server.url)
    path.write_text(path.read_text() + json.dumps({"path": "/v1"})[:5])
    assert len(read(path)) == 1


def test_concurrency_over_time() -> None:
    assert concurrency([]) == []
    steps = concurrency([entry(0.0, 2.0), entry(1.0, 3.0), entry(2.0, 4.0), entry(5.0, 5.0)])
    assert steps == [(0.0, 1), (1.0, 2), (2.0, 2), (3.0, 1), (4.0, 0)]


def test_callers_that_never_wait_reach_the_ideal() -> None:
    rounds = [entry(float(at), at + 1.0) for at in range(5) for _ in range(4)]
    found = throughput(rounds, callers=4, latency=1.0)
    assert (found.answers, found.seconds, found.share, found.per_second) == (12, 3.0, 1.0, 4.0)


def test_what_callers_lose_between_replies_shows() -> None:
    """Each asks again a quarter of a second after its reply: 4 callers give 4 / 1.25 a second. The first round, ever so
    slow, does not count."""
    starts = [0.0, 10.25, 11.5, 12.75, 14.0]
    rounds = [entry(at, 10.0 if at == 0.0 else at + 1.0) for at in starts for _ in range(4)]
    found = throughput(rounds, callers=4, latency=1.0)
    assert found.seconds == pytest.approx(4.0)
    assert found.share == pytest.approx(12 / 4.0 / 4)


def test_replies_that_failed_do_not_count() -> None:
    rounds = [entry(float(at), at + 1.0) for at in range(5)]
    failed = [entry(at / 10, at / 10, 429) for at in range(40)]
    assert throughput([*failed, *rounds], 1, 1.0) == throughput(rounds, 1, 1.0)


def test_too_few_rounds_to_tell() -> None:
    with pytest.raises(UsageError, match="5 replies to 2 callers"):
        throughput([entry(0.0, 1.0)] * 5, 2, 1.0)
    with pytest.raises(UsageError, match="started at once"):
        throughput([entry(0.0, 1.0)] * 6, 2, 1.0)


def test_the_server_tells_what_it_used() -> None:
    with running() as server:
        chat(server.url)
        status = ask(server.url, "/status").data
    assert (status["requests"], status["most_at_once"]) == (1, 1)
    assert status["cpu_seconds"] > 0.0
