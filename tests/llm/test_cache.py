from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from speciate.core.errors import StoreError
from speciate.core.values import JSON, Cost
from speciate.llm.cache import FILE, Cached
from speciate.llm.chat import Chat, Finish, Message, Reply, Speaker, Usage
from speciate.testing.fakes import ScriptedModel

CHAT = Chat((Message(Speaker.USER, "hello"),), purpose="propose")


def reply(text: str, finish: Finish = Finish.STOP) -> JSON:
    return Reply(text, finish, "m", Usage(10, 5), 0.25, 3.0).as_json()


def ask(model: Cached, times: int = 1, chat: Chat = CHAT, name: str = "m") -> list[Reply]:
    async def main() -> list[Reply]:
        return [Reply.of(await model.complete(name, chat.as_json())) for _ in range(times)]

    return anyio.run(main)


def test_the_nth_time_the_nth_reply_and_nothing_is_paid_twice(tmp_path: Path) -> None:
    path = tmp_path / "replies"
    first = Cached(ScriptedModel(reply("a"), reply("b"), reply("c")), path)
    assert [(each.text, each.usd) for each in ask(first, 2)] == [("a", 0.25), ("b", 0.25)]
    second = Cached(ScriptedModel(reply("new")), path)
    again = ask(second, 3)
    assert [(each.text, each.usd) for each in again] == [("a", 0.0), ("b", 0.0), ("new", 0.25)]
    assert again[0].seconds == 0.0
    assert again[0].usage == Usage(10, 5)
    assert (second.hits, second.misses) == (2, 1)
    assert [each.kept for each in again] == [True, True, False]
    assert [each.as_json()["cost"]["tokens"] for each in again] == [0, 0, 15], "no limit is used up"
    for each in (first, second):
        anyio.run(each.close)


def test_all_that_is_asked_tells_requests_apart(tmp_path: Path) -> None:
    model = Cached(ScriptedModel(reply("a"), reply("b"), reply("c"), reply("d")), tmp_path / "replies")
    other = Chat(CHAT.messages, temperature=0.5)
    said = ask(model) + ask(model, chat=other) + ask(model, name="n")
    assert [each.text for each in said] == ["a", "b", "c"]
    assert ask(model, chat=Chat(CHAT.messages, purpose="fix"))[0].text == "d", "a run counts its calls by purpose too"
    again = Cached(ScriptedModel(reply("x")), tmp_path / "replies")
    assert ask(again)[0].text == "a"


def test_what_cannot_be_kept_is_answered_and_the_next_is_not_asked(tmp_path: Path) -> None:
    path = tmp_path / "replies"
    model = Cached(ScriptedModel(reply("x" * 100_000), reply("never asked")), path)
    pages = model._file().execute("PRAGMA page_count").fetchone()[0]
    model._file().execute(f"PRAGMA max_page_count = {pages}")  # as a disk that is full
    assert len(ask(model)[0].text) == 100_000, "it is paid for"
    with pytest.raises(StoreError, match="full") as raised:
        ask(model)
    assert "free some space" in raised.value.do
    assert model.misses == 1


@pytest.mark.parametrize("finish", [each for each in Finish if each is not Finish.STOP])
def test_only_whole_replies_are_kept(tmp_path: Path, finish: Finish) -> None:
    path = tmp_path / "replies"
    ask(Cached(ScriptedModel(reply("cut", finish)), path))
    assert ask(Cached(ScriptedModel(reply("whole")), path))[0].text == "whole"


def test_two_that_share_a_file_agree_on_the_first_reply(tmp_path: Path) -> None:
    path = tmp_path / "replies"
    one, other = Cached(ScriptedModel(reply("one")), path), Cached(ScriptedModel(reply("other")), path)
    one._write("r", 0, '"first"')
    other._write("r", 0, '"second"')
    assert [row[0] for row in one._file().execute("SELECT reply FROM reply")] == ['"first"']


def test_a_file_that_is_none_is_said(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_bytes(b"not a database, but long enough to look at" * 10)
    with pytest.raises(StoreError, match="no cache of replies"):
        Cached(ScriptedModel(reply("a")), tmp_path)


def test_what_may_be_spent_is_the_inner_models_to_say(tmp_path: Path) -> None:
    class Foreseeing(ScriptedModel):
        def most(self, model: str, prompt: JSON) -> Cost:
            return Cost(tokens=7, usd=0.5)

    assert Cached(Foreseeing(reply("a")), tmp_path).most("m", CHAT.as_json()) == Cost(tokens=7, usd=0.5)
    assert Cached(ScriptedModel(reply("a")), tmp_path).most("m", CHAT.as_json()) == Cost()
