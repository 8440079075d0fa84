"""OpenAI's protocol: what is answered, and what is refused with which status."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator

import pytest

from speciate.core.values import JSON
from speciate.testing.model_server import Server, Settings, running

from .client import Response, ask, chat, request


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(Settings()) as running_server:
        yield running_server


def error(response: Response) -> tuple[int, JSON]:
    return response.status, response.data["error"]["code"]


def test_a_reply_has_what_clients_read(server: Server) -> None:
    response = chat(server.url)
    assert response.status == 200
    assert response.headers["content-type"] == "application/json"
    data = response.data
    assert (data["object"], data["model"]) == ("chat.completion", "test-model")
    assert data["choices"][0]["finish_reason"] == "stop"
    assert data["choices"][0]["message"]["role"] == "assistant"
    assert data["choices"][0]["message"]["refusal"] is None


def test_tokens_are_a_quarter_of_the_characters(server: Server) -> None:
    messages = [{"role": "user", "content": "x" * 401}, {"role": "user", "content": ""}]
    data = chat(server.url, {"model": "m", "messages": messages}).data
    usage, text = data["usage"], data["choices"][0]["message"]["content"]
    assert usage["prompt_tokens"] == 101 + 4 + 4
    assert usage["completion_tokens"] == (len(text) + 3) // 4
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_no_reply_is_longer_than_was_asked(server: Server, name: str) -> None:
    response = chat(server.url, request() | {name: 5})
    assert (response.finish, len(response.text)) == ("length", 20)
    assert response.data["usage"]["completion_tokens"] == 5


def test_content_may_come_in_parts_and_from_a_developer(server: Server) -> None:
    plain = request("vector")
    parts = request("vector")
    for message in parts["messages"]:
        message["content"] = [{"type": "text", "text": message["content"]}]
    parts["messages"][0]["role"] = "developer"
    assert chat(server.url, parts).text.startswith("[")
    assert server.log.entries[-1].format == "vector"
    assert server.log.entries[-1].input == chat(server.url, plain).data["usage"]["prompt_tokens"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"{", "no JSON"),
        ([1], "JSON object"),
        ({"messages": []}, "messages"),
        ({"model": "m", "messages": ["hello"]}, "no message"),
        ({"model": "m", "messages": [{"role": "user", "content": 7}]}, "no message"),
        ({"model": "m", "messages": [{"role": "poet", "content": "x"}]}, "no role 'poet'"),
        ({"messages": [{"role": "user", "content": "x"}]}, "model"),
        (request(stream=True), "stream"),
        (request(n=2), "`n`"),
        (request(max_tokens=0), "max_tokens"),
    ],
)
def test_a_request_at_fault_is_told_how(server: Server, data: JSON, words: str) -> None:
    response = chat(server.url, data)
    assert response.status == 400
    assert words in response.data["error"]["message"]


def test_places_and_methods_that_are_not_there(server: Server) -> None:
    assert ask(server.url, "/completions", {}).status == 404
    assert ask(server.url, "/chat/completions").status == 405
    assert ask(server.url, "/models", {}).status == 405
    assert ask(server.url.removesuffix("/v1"), "/chat/completions", request()).status == 200


def test_models_and_keys_that_are_not_there() -> None:
    with running(Settings(models=("small", "large"), key="secret-1")) as server:
        assert error(ask(server.url, "/models")) == (401, "invalid_api_key")
        assert error(chat(server.url, key="secret-2")) == (401, "invalid_api_key")
        assert error(chat(server.url, key="secret-1")) == (404, "model_not_found")
        listed = ask(server.url, "/models", key="secret-1").data["data"]
        assert [each["id"] for each in listed] == ["small", "large"]
        assert chat(server.url, request() | {"model": "large"}, "secret-1").status == 200
        assert server.log.entries[0].occurrence == -1
        assert "secret" not in repr(server.log.entries)


def embedded(server: Server, *texts: str, **more: JSON) -> list[list[float]]:
    data = ask(server.url, "/embeddings", {"model": "m", "input": list(texts), **more}).data
    assert [each["index"] for each in data["data"]] == list(range(len(texts)))
    return [each["embedding"] for each in data["data"]]


def test_embeddings_are_near_where_texts_are(server: Server) -> None:
    code = "def f(item, bins):\n    slack = bins - item\n    return -slack * 2.0 + slack ** 0.5\n"
    one, near, far = embedded(server, code, code.replace("2.0", "3.0"), "Tours through cities, closest first.")
    assert sum(a * a for a in one) == pytest.approx(1.0)
    cosine = [sum(a * b for a, b in zip(one, other, strict=True)) for other in (near, far)]
    assert cosine[0] > 0.85
    assert abs(cosine[1]) < 0.3
    assert embedded(server, code) == [one]


def test_embeddings_of_other_sizes_and_packed(server: Server) -> None:
    (plain,) = embedded(server, "one two three", dimensions=32)
    (text,) = embedded(server, "one two three", dimensions=32, encoding_format="base64")
    assert struct.unpack("<32f", base64.b64decode(str(text))) == pytest.approx(plain)
    assert embedded(server, "", dimensions=3) == [[1.0, 0.0, 0.0]]


@pytest.mark.parametrize("data", [{"model": "m"}, {"model": "m", "input": [1, 2]}, {"model": "m", "input": []}])
def test_embeddings_of_nothing_are_refused(server: Server, data: JSON) -> None:
    assert ask(server.url, "/embeddings", data).status == 400
    assert ask(server.url, "/embeddings", {"model": "m", "input": "x", "dimensions": 0}).status == 400
