"""OpenAI's protocol: what a request must be, and how replies and errors are written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from speciate.core.values import JSON, Digest, digest_of
from speciate.llm.chat import Message, Speaker

from .answering import Answer
from .embedding import DIMENSIONS, packed, vector

SHOWN_MODEL = "test-model"  # listed where any name is a model
_SPEAKERS = {each.value: each for each in Speaker} | {"developer": Speaker.SYSTEM, "tool": Speaker.USER}
_PER_MESSAGE = 4  # tokens of a message beyond its text
_LETTERS = 4  # characters a token has
_MOST_DIMENSIONS = 4096
_ENCODER = json.JSONEncoder(separators=(",", ":"))  # made once: `json.dumps` would make one each time


class Refused(Exception):
    """The request is at fault: answered with this status and an error body."""

    def __init__(self, status: int, message: str, kind: str = "invalid_request_error", code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = error(message, kind, code)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A request to /v1/chat/completions. `most` is the largest number of tokens of its reply."""

    model: str
    messages: tuple[Message, ...]
    most: int | None

    @property
    def digest(self) -> Digest:
        """Of the model and the messages alone."""
        return digest_of("chat", self.model, *(part for each in self.messages for part in (each.speaker, each.text)))

    @property
    def tokens(self) -> int:
        return sum(_PER_MESSAGE + tokens(each.text) for each in self.messages)


@dataclass(frozen=True, slots=True)
class Texts:
    """A request to /v1/embeddings."""

    model: str
    texts: tuple[str, ...]
    dimensions: int
    packed: bool

    @property
    def digest(self) -> Digest:
        return digest_of("embed", self.model, *self.texts)

    @property
    def tokens(self) -> int:
        return sum(map(tokens, self.texts))


def tokens(text: str) -> int:
    """A quarter of its characters, rounded up: no tokenizer, and the same everywhere."""
    return -(-len(text) // _LETTERS)


def conversation(body: bytes) -> Conversation:
    """Raises Refused."""
    data = _object(body)
    if data.get("stream"):
        raise Refused(400, "this server does not stream: leave `stream` out", code="unsupported_parameter")
    if data.get("n", 1) != 1:
        raise Refused(400, "this server gives one choice: leave `n` out", code="unsupported_parameter")
    listed = data.get("messages")
    if not isinstance(listed, list) or not listed:
        raise Refused(400, "`messages` must be a list of at least one message")
    most = data.get("max_completion_tokens", data.get("max_tokens"))
    if most is not None and (not isinstance(most, int) or most < 1):
        raise Refused(400, f"`max_tokens` must be a whole number above 0, not {most!r}")
    return Conversation(_model(data), tuple(map(_message, listed)), most)


def texts(body: bytes) -> Texts:
    """Raises Refused."""
    data = _object(body)
    given = data.get("input")
    listed = [given] if isinstance(given, str) else given
    if not isinstance(listed, list) or not listed or not all(isinstance(each, str) for each in listed):
        raise Refused(400, "`input` must be a text or a list of texts")
    dimensions = data.get("dimensions", DIMENSIONS)
    if not isinstance(dimensions, int) or not 1 <= dimensions <= _MOST_DIMENSIONS:
        raise Refused(400, f"`dimensions` must be 1 to {_MOST_DIMENSIONS}, not {dimensions!r}")
    return Texts(_model(data), tuple(listed), dimensions, data.get("encoding_format") == "base64")


def error(message: str, kind: str, code: str | None = None) -> bytes:
    return _encoded({"error": {"message": message, "type": kind, "param": None, "code": code}})


def models(names: Sequence[str]) -> bytes:
    listed = [{"id": name, "object": "model", "created": 0, "owned_by": "speciate"} for name in names or (SHOWN_MODEL,)]
    return _encoded({"object": "list", "data": listed})


def within(answer: Answer, most: int | None) -> Answer:
    """The answer, cut at so many tokens."""
    if most is None or answer.text is None or len(answer.text) <= most * _LETTERS:
        return answer
    return Answer(answer.text[: most * _LETTERS], "length", answer.refusal, answer.format)


def completion(asked: Conversation, answer: Answer, id: str, choices: bool = True) -> tuple[bytes, int]:
    """The body of a reply, and how many tokens it is billed: never more than were allowed, whatever it holds."""
    count = tokens(answer.text or answer.refusal or "")
    if asked.most is not None:
        count = min(count, asked.most)
    message = {"role": "assistant", "content": answer.text, "refusal": answer.refusal}
    data: dict[str, JSON] = {"id": id, "object": "chat.completion", "created": 0, "model": asked.model}
    if choices:
        data["choices"] = [{"index": 0, "message": message, "logprobs": None, "finish_reason": answer.finish}]
    data["usage"] = _usage(asked.tokens, count)
    return _encoded(data), count


def embeddings(asked: Texts) -> bytes:
    vectors = [vector(text, asked.dimensions) for text in asked.texts]
    data = [
        {"object": "embedding", "index": place, "embedding": packed(each) if asked.packed else each}
        for place, each in enumerate(vectors)
    ]
    usage = {"prompt_tokens": asked.tokens, "total_tokens": asked.tokens}
    return _encoded({"object": "list", "data": data, "model": asked.model, "usage": usage})


def _usage(prompt: int, reply: int) -> dict[str, JSON]:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": reply,
        "total_tokens": prompt + reply,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }


def _encoded(data: JSON) -> bytes:
    return _ENCODER.encode(data).encode()


def _object(body: bytes) -> Mapping[str, JSON]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as reason:
        raise Refused(400, f"the body is no JSON: {reason}") from None
    if not isinstance(data, dict):
        raise Refused(400, "the body must be a JSON object")
    return data


def _model(data: Mapping[str, JSON]) -> str:
    name = data.get("model")
    if not isinstance(name, str) or not name:
        raise Refused(400, "`model` must be the name of a model")
    return name


def _message(data: JSON) -> Message:
    role = data.get("role") if isinstance(data, dict) else None
    content = data.get("content") if isinstance(data, dict) else None
    if isinstance(content, list):  # parts, of which those that are text count
        content = "".join(each.get("text", "") for each in content if isinstance(each, dict))
    if not isinstance(role, str) or not (isinstance(content, str) or content is None):
        raise Refused(400, f"no message: {str(data)[:80]}")
    if role not in _SPEAKERS:
        raise Refused(400, f"no role {role[:40]!r}")
    return Message(_SPEAKERS[role], content or "")
