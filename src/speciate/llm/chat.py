"""A request to a language model and its reply, as values that are recorded: `as_json` and `of` are each other's
inverse, so that a reply read from a log is the reply that was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from speciate.core.values import EMPTY, JSON, Digest, canonical, digest_of


class Speaker(StrEnum):
    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Message:
    speaker: Speaker
    text: str


@dataclass(frozen=True, slots=True)
class Chat:
    """What is asked. `most` is the largest number of tokens that the reply may have, thinking included; None leaves
    `temperature` to the provider. `purpose` says what for (propose, fix, judge, summarise): it is no part of what is
    sent."""

    messages: tuple[Message, ...]
    most: int = 8192
    temperature: float | None = None
    purpose: str = ""

    def as_json(self) -> dict[str, JSON]:
        out: dict[str, JSON] = {
            "messages": [{"role": each.speaker.value, "content": each.text} for each in self.messages],
            "max_tokens": self.most,
        }
        if self.temperature is not None:
            out["temperature"] = self.temperature
        if self.purpose:
            out["purpose"] = self.purpose
        return out

    @staticmethod
    def of(data: Mapping[str, JSON]) -> Chat:
        messages = [Message(Speaker(each["role"]), each["content"]) for each in data["messages"]]
        return Chat(tuple(messages), data["max_tokens"], data.get("temperature"), data.get("purpose", ""))


@dataclass(frozen=True, slots=True)
class Embed:
    """Texts of which vectors are asked, one each."""

    texts: tuple[str, ...]

    def as_json(self) -> dict[str, JSON]:
        return {"embed": list(self.texts)}

    @staticmethod
    def of(data: Mapping[str, JSON]) -> Embed:
        return Embed(tuple(data["embed"]))


def request_of(model: str, prompt: JSON) -> Digest:
    """What is asked of whom, as the log names it (`core.context`)."""
    return digest_of("call", model, canonical(prompt))


class Finish(StrEnum):
    """How a call ended. All but STOP are outcomes with a name: counted, and never a score."""

    STOP = "stop"  # the model had said all
    LENGTH = "truncated"  # the reply was cut at `Chat.most`
    REFUSAL = "refused"
    EMPTY = "empty"
    MALFORMED = "malformed"  # no reply in the protocol's form
    THROTTLED = "throttled"  # 429 to the end
    FAILED = "failed"  # 5xx to the end
    DROPPED = "dropped"  # no connection, or one that broke, to the end
    TIMEOUT = "timeout"  # no whole reply before the deadline
    REJECTED = "rejected"  # 4xx: the request is at fault (too long, say), and trying again would not help


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens, as the provider counts them. `cached` are of `input`, `thought` of `output`."""

    input: int = 0
    output: int = 0
    cached: int = 0
    thought: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `model` is who answered. `usd` None is an unknown price. `seconds` are of the last attempt,
    without waiting for its turn. `faults` counts by name what went wrong on the way, the last attempt's fault
    included. `detail` says what is known of a fault. `vectors` answer an `Embed`. `kept`: nobody was asked, the reply
    was on file (`llm.cache`)."""

    text: str = ""
    finish: Finish = Finish.STOP
    model: str = ""
    usage: Usage = Usage()
    usd: float | None = 0.0
    seconds: float = 0.0
    faults: Mapping[str, int] = field(default_factory=lambda: EMPTY)
    detail: str = ""
    vectors: Sequence[Sequence[float]] = ()
    kept: bool = False

    @property
    def ok(self) -> bool:
        return self.finish is Finish.STOP

    def after(self, seconds: float, usd: float | None, faults: Mapping[str, int]) -> Reply:
        """The same words, with what only who waited for them knows."""
        return Reply(
            self.text, self.finish, self.model, self.usage, usd, seconds, faults, self.detail, self.vectors, self.kept
        )

    def as_json(self) -> dict[str, JSON]:
        """`cost` is what the engine charges (`core.context`)."""
        usage = self.usage
        out: dict[str, JSON] = {
            "text": self.text,
            "finish": self.finish.value,
            "model": self.model,
            "usage": [usage.input, usage.output, usage.cached, usage.thought],
            "cost": {
                "seconds": self.seconds,
                "tokens": 0 if self.kept else usage.input + usage.output,
                "usd": self.usd,
            },
        }
        if self.faults:
            out["faults"] = dict(self.faults)
        if self.detail:
            out["detail"] = self.detail
        if self.vectors:
            out["vectors"] = [list(each) for each in self.vectors]
        if self.kept:
            out["kept"] = True
        return out

    @staticmethod
    def of(data: Mapping[str, JSON]) -> Reply:
        cost = data.get("cost", {})
        return Reply(
            data.get("text", ""),
            Finish(data.get("finish", Finish.STOP)),
            data.get("model", ""),
            Usage(*data.get("usage", ())),
            cost.get("usd"),
            cost.get("seconds", 0.0),
            data.get("faults", EMPTY),
            data.get("detail", ""),
            data.get("vectors", ()),
            data.get("kept", False),
        )
