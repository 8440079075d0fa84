from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speciate.core.errors import UsageError
from speciate.llm import prices
from speciate.llm.chat import Chat, Embed, Message, Speaker, Usage
from speciate.llm.names import parse
from speciate.llm.prices import Price, Prices, tokens_of

OURS = parse("local/qwen3@http://h")
CHAT = Chat((Message(Speaker.USER, "abc"), Message(Speaker.ASSISTANT, "é")), most=1000)
installed = pytest.mark.skipif(find_spec("genai_prices") is None, reason="genai-prices is not installed")


def test_what_is_said_goes_before_what_is_known() -> None:
    made = prices.parse(["0.25/2", "gpt-5=$1/10"])
    assert made.of(parse("gpt-5"), Usage(1_000_000, 1_000_000)) == 11.0
    assert made.of(OURS, Usage(1_000_000, 500_000, 200_000)) == 1.25
    assert made.shown(OURS) == (0.25, 2.0)


def test_nothing_is_a_price_too() -> None:
    assert prices.parse(["0/0"]).of(OURS, Usage(10**9, 10**9)) == 0.0


def test_an_unknown_price_is_none_and_never_nothing() -> None:
    assert Prices().of(OURS, Usage(10, 10)) is None
    assert Prices().shown(OURS) is None
    assert Prices().most(OURS, CHAT).usd is None
    assert prices.parse(["gpt-5=1/10"]).of(OURS, Usage(10, 10)) is None


def test_cached_input_has_its_own_price() -> None:
    assert Price(1.0, 10.0, 0.1).of(Usage(1000, 100, 400)) == pytest.approx((600 + 40 + 1000) / 1e6)
    assert Price(1.0, 10.0, 0.1).of(Usage(100, 0, 400)) == pytest.approx(10 / 1e6)


def test_the_worst_case_is_all_that_may_be_sent_and_said() -> None:
    most = Prices(every=Price(1.0, 10.0)).most(OURS, CHAT)
    assert most.tokens == 5 + 2 * 8 + 16 + 1000
    assert most.usd == pytest.approx((37 + 10_000) / 1e6)
    assert Prices(every=Price(1.0, 10.0)).most(OURS, Embed(("abc",))).usd == pytest.approx(27 / 1e6)


@given(st.text())
def test_a_prompt_has_no_more_tokens_than_bytes(text: str) -> None:
    assert tokens_of(Embed((text,))) >= len(text.encode("utf-8", "replace"))
    assert tokens_of(Embed((text,))) >= tokens_of(Embed((text[1:],)))


@pytest.mark.parametrize("text", ["", "1", "1/2/3", "a/b", "-1/2", "nan/1", "inf/1", "m=", "2000000/1"])
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no price") as raised:
        prices.parse([text])
    assert "0.25/2" in raised.value.do


def test_a_limit_that_cannot_be_kept_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    error = prices.unknown(OURS, 1.0)
    assert error.what == f"the price of `{OURS.typed}` is unknown, so --max-cost 1 cannot be kept"
    assert error.do.startswith("--price IN/OUT")
    monkeypatch.setattr(prices, "_package", lambda: None)
    assert "pip install 'speciate[llm]'" in prices.unknown(parse("gpt-5"), 1.0).do
    assert Prices().of(parse("gpt-5"), Usage(10, 10)) is None


@installed
@pytest.mark.parametrize(
    "typed", ["gpt-5-mini", "o3", "claude-sonnet-4-5", "gemini-2.5-pro", "gemini-2.5-flash", "text-embedding-3-small"]
)
def test_prices_are_those_of_the_package(typed: str) -> None:
    genai_prices = import_module("genai_prices")
    name = parse(typed)
    found = Prices().of(name, Usage(1000, 100, 400))
    counted = genai_prices.Usage(input_tokens=1000, output_tokens=100, cache_read_tokens=400)
    price = genai_prices.calc_price(counted, model_ref=name.id, provider_id=name.vendor.value)
    assert found == pytest.approx(float(price.total_price))
    assert found


@installed
def test_a_name_that_the_package_does_not_know_has_no_price() -> None:
    assert Prices().of(parse("gpt-no-such"), Usage(10, 10)) is None
    assert Prices().of(parse("local/gpt-5@http://h"), Usage(10, 10)) is None
