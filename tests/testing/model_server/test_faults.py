"""Each fault as a client meets it, its rate, and how it passes."""

from __future__ import annotations

import http.client
from collections import Counter
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest

from speciate.core.errors import UsageError
from speciate.testing.model_server import Fault, Settings, faults, running
from speciate.testing.model_server.faults import UNSPOKEN, Draws, drawn

from .client import SEED, Response, ask, chat, request


def meets(fault: Fault, format: str = "diff", **settings: object) -> Response:
    with running(Settings(faults={fault: 1.0}, **settings)) as server:  # type: ignore[arg-type]
        try:
            return chat(server.url, request(format))
        finally:
            assert [entry.fault for entry in server.log.entries] == [fault.value]


def test_too_many_requests_and_when_to_come_again() -> None:
    seconds = meets(Fault.THROTTLED, retry_after=2.5)
    assert (seconds.status, seconds.headers["retry-after"]) == (429, "2.5")
    assert seconds.data["error"]["code"] == "rate_limit_exceeded"
    date = meets(Fault.THROTTLED_UNTIL, retry_after=30)
    wait = parsedate_to_datetime(date.headers["retry-after"]) - datetime.now(UTC)
    assert date.status == 429
    assert 25 <= wait.total_seconds() <= 31
    bare = meets(Fault.THROTTLED_BARE)
    assert bare.status == 429
    assert "retry-after" not in bare.headers


def test_errors_of_the_server() -> None:
    for fault, status in ((Fault.ERROR, 500), (Fault.UNAVAILABLE, 503)):
        response = meets(fault)
        assert response.status == status
        assert response.data["error"]["type"] == "server_error"


@pytest.mark.parametrize("fault", [Fault.DROP, Fault.HANG])
def test_a_connection_that_ends_without_a_reply(fault: Fault) -> None:
    with running(Settings(faults={fault: 1.0}, hang=0.01)) as server:
        with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
            chat(server.url)
        (entry,) = server.log.entries
        assert (entry.status, entry.fault) == (0, fault.value)


def test_a_hanging_connection_waits_for_the_client() -> None:
    with running(Settings(faults={Fault.HANG: 1.0})) as server, pytest.raises(TimeoutError):
        ask(server.url, "/chat/completions", request(), seconds=0.05)


def test_a_connection_that_ends_in_the_middle_of_the_body() -> None:
    with running(Settings(faults={Fault.CUT: 1.0})) as server, pytest.raises(http.client.IncompleteRead) as caught:
        chat(server.url)
    assert 0 < len(caught.value.partial) <= (caught.value.expected or 0) + 1


def test_bodies_in_another_form() -> None:
    malformed = meets(Fault.MALFORMED)
    assert malformed.status == 200
    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
        _ = malformed.data
    page = meets(Fault.CONTENT_TYPE)
    assert (page.status, page.headers["content-type"]) == (200, "text/html")
    assert page.body.startswith(b"<html>")
    assert "choices" not in meets(Fault.NO_CHOICES).data


def test_replies_that_say_nothing() -> None:
    empty = meets(Fault.EMPTY)
    assert (empty.text, empty.finish) == ("", "stop")
    filtered = meets(Fault.FILTERED)
    assert (filtered.text, filtered.finish) == ("", "content_filter")
    message = meets(Fault.REFUSAL).data["choices"][0]["message"]
    assert message["content"] is None
    assert message["refusal"].startswith("I'm sorry")


def test_replies_that_are_cut_or_huge() -> None:
    with running() as server:
        whole = chat(server.url).text
    cut = meets(Fault.TRUNCATED)
    assert (cut.text, cut.finish) == (whole[: len(whole) // 2], "length")
    huge = meets(Fault.HUGE, huge=100_000)
    assert huge.text.endswith(whole)
    assert (len(huge.text), huge.finish) == (100_002 + len(whole), "stop")


def test_edits_that_are_none() -> None:
    search, _, replace = meets(Fault.WRONG_EDIT).text.partition("=======")
    assert search.split("\n")[1] not in SEED
    assert replace
    search, _, replace = meets(Fault.NO_OP).text.partition("=======")
    assert (
        search.split("\n")[1] == replace.split("\n")[1] == "def priority(item: float, bins: np.ndarray) -> np.ndarray:"
    )
    assert "SEARCH\nimport numpy as np\n=======" in meets(Fault.OUTSIDE).text
    for format in ("diff", "unified", "rewrite", "completion", "vector"):
        prose = meets(Fault.WRONG_FORMAT, format).text
        assert not any(sign in prose for sign in ("```", "SEARCH", "@@", "[", "{"))


def test_embeddings_have_the_faults_that_are_not_about_words() -> None:
    for fault in (Fault.ERROR, Fault.MALFORMED, Fault.CONTENT_TYPE, Fault.NO_CHOICES, Fault.REFUSAL, Fault.NO_OP):
        with running(Settings(faults={fault: 1.0})) as server:
            response = ask(server.url, "/embeddings", {"model": "m", "input": "x"})
            whole = response.status == 200 and response.body.endswith(b"}}") and b'"data":' in response.body
            assert whole is (fault not in UNSPOKEN), fault
            assert server.log.faults() == ({fault: 1} if fault in UNSPOKEN else {})


def test_each_fault_comes_as_often_as_was_said() -> None:
    rates = dict.fromkeys(Fault, 0.02)
    count = 5000
    met = Counter(drawn(rates, Draws(7, f"{number:032x}", 0)) for number in range(count))
    assert met[None] == pytest.approx(count * (1 - 0.02 * len(Fault)), rel=0.05)
    for fault in Fault:
        assert 60 < met[fault] < 145  # 100 expected, four standard deviations to either side


def test_a_fault_that_passes_is_the_same_until_it_does() -> None:
    rates = dict.fromkeys(Fault, 0.045)
    for number in range(200):
        met = [drawn(rates, Draws(7, str(number), occurrence), transient=2) for occurrence in range(4)]
        assert met[0] is met[1]
        assert met[2:] == [None, None]


def test_the_order_of_the_settings_does_not_matter() -> None:
    rates = faults("429=0.3, empty=0.1,hang=0.2")
    turned = dict(reversed(rates.items()))
    draws = [Draws(1, str(number), 0) for number in range(100)]
    assert [drawn(rates, each) for each in draws] == [drawn(turned, each) for each in draws]


def test_rates_in_words() -> None:
    assert faults("") == {}
    assert faults("429=0.3,empty=0.1") == {Fault.THROTTLED: 0.3, Fault.EMPTY: 0.1}
    assert faults("all=0.4") == dict.fromkeys(Fault, 0.4 / len(Fault))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("428=0.3", "no fault '428'"),
        ("429", "'429' gives no rate"),
        ("429=often", "'429=often' gives no rate"),
        ("429=1.5", "not between 0 and 1"),
        ("429=0.6,empty=0.6", "add up to 1.2"),
    ],
)
def test_rates_that_are_none(words: str, told: str) -> None:
    with pytest.raises(UsageError, match=told.replace("'", ".")):
        faults(words)
