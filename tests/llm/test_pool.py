"""The pool against a real server on this machine, fault by fault."""

from __future__ import annotations

from email.utils import formatdate

import anyio
import pytest

from speciate.core.protocols import Foresees
from speciate.llm.chat import Chat, Embed, Finish, Message, Reply, Speaker
from speciate.llm.limiter import Limits
from speciate.llm.names import parse
from speciate.llm.pool import GONE, Patience, Pool, connect
from speciate.llm.prices import Prices
from tests.llm.server import Answer, Asked, VirtualClock, fails, says, serving

from .asking import CHAT, DOLLAR, SECRET, ask, none, secret


def test_a_reply_with_its_usage_and_price() -> None:
    reply, server, _ = ask(says("hi é"), keys=secret)
    assert (reply.text, reply.finish, reply.model) == ("hi é", Finish.STOP, "m-1")
    assert (reply.usage.input, reply.usage.output, reply.usage.cached) == (100, 10, 40)
    assert reply.usd == pytest.approx(180e-6)
    assert reply.faults == {}
    asked = server.asked[0]
    assert (asked.method, asked.path) == ("POST", "/v1/chat/completions")
    assert asked.headers["authorization"] == f"Bearer {SECRET}"
    assert asked.body == {
        "model": "m",
        "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hello é"}],
        "max_tokens": 50,
        "temperature": 0.5,
    }


def test_no_key_no_header() -> None:
    _, server, _ = ask(says())
    assert "authorization" not in server.asked[0].headers


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        (fails(429, headers={"Retry-After": "7"}), "throttled"),
        (fails(429), "throttled"),
        (fails(500), "failed"),
        (Answer(raw=b"HTTP/1.1 503 X\r\nContent-Type: text/html\r\n\r\n<html>"), "failed"),
        (Answer(body={"error": {"message": "upstream", "code": 502}}), "failed"),
        (Answer(cut=0), "dropped"),
        (Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), "dropped"),
        (Answer(body=b"{nonsense"), "malformed"),
        (Answer(body=b"[" * 100_000), "malformed"),
        (Answer(body=[1]), "malformed"),
        (Answer(body={"choices": [{"message": {"content": 3}}]}), "malformed"),
        (Answer(body={"choices": ["x"]}), "malformed"),
        (Answer(body={"choices": [{"error": {"code": 503, "message": "gone"}}]}), "failed"),
        (fails(429, headers={"Retry-After": "0"}), "throttled"),
        (Answer(raw=b"SSH-2.0 hello\r\n\r\n"), "malformed"),
    ],
)
def test_a_fault_that_passes_is_tried_again_and_counted(fault: Answer, name: str) -> None:
    reply, server, clock = ask(fault, says("at last"))
    assert (reply.text, reply.finish, dict(reply.faults)) == ("at last", Finish.STOP, {name: 1})
    assert len(server.asked) == 2
    assert clock.time == 7.0 if fault.headers.get("Retry-After") == "7" else 0.5 <= clock.time <= 1.0


def test_a_hang_ends_at_the_deadline() -> None:
    reply, server, _ = ask(Answer(hang=True), says("at last"), patience=Patience(attempt=0.05))
    assert (reply.text, dict(reply.faults), len(server.asked)) == ("at last", {"timeout": 1}, 2)


@pytest.mark.parametrize(
    ("fault", "finish", "tries"),
    [
        (fails(429), Finish.THROTTLED, 5),
        (fails(500), Finish.FAILED, 5),
        (Answer(cut=0), Finish.DROPPED, 2),  # it may have been charged each time
        (Answer(body={}), Finish.MALFORMED, 2),
        (fails(400, "maximum context length exceeded"), Finish.REJECTED, 1),
        (fails(422), Finish.REJECTED, 1),
    ],
)
def test_tries_are_bounded_and_the_fault_is_a_reply(fault: Answer, finish: Finish, tries: int) -> None:
    reply, server, clock = ask(fault)
    assert (reply.finish, dict(reply.faults), len(server.asked)) == (finish, {finish.value: tries}, tries)
    assert not reply.ok
    assert reply.text == ""
    assert clock.time <= 1 + 2 + 4 + 8


@pytest.mark.parametrize(
    ("answer", "finish", "text"),
    [
        (says("half a", finish="length"), Finish.LENGTH, "half a"),
        (says("", finish="length"), Finish.LENGTH, ""),
        (says("", finish="content_filter"), Finish.REFUSAL, ""),
        (says(None, refusal="I cannot"), Finish.REFUSAL, ""),
        (fails(400, "filtered", code="content_filter"), Finish.REFUSAL, ""),
        (says(None), Finish.EMPTY, ""),
        (says(" \n"), Finish.EMPTY, " \n"),
        (Answer(body={"choices": [{"message": {"content": [{"text": 3}]}}]}), Finish.EMPTY, ""),
        (Answer(body={"choices": [], "usage": {"prompt_tokens": 100}}), Finish.EMPTY, ""),
    ],
)
def test_an_outcome_is_not_tried_again(answer: Answer, finish: Finish, text: str) -> None:
    reply, server, _ = ask(answer)
    assert (reply.finish, reply.text, dict(reply.faults)) == (finish, text, {finish.value: 1})
    assert len(server.asked) == 1
    assert reply.usd is not None


def test_what_may_have_been_charged_is_charged() -> None:
    worst = DOLLAR.most(Pool(["local/m@http://h"], keys=none).models[0], CHAT).usd
    assert worst is not None
    assert ask(Answer(cut=0), says())[0].usd == pytest.approx(worst + 180e-6)
    assert ask(Answer(cut=0))[0].usd == pytest.approx(2 * worst)
    assert ask(fails(500), says())[0].usd == pytest.approx(180e-6)
    assert ask(fails(429))[0].usd == 0.0
    assert ask(says(), prices=Prices())[0].usd is None
    assert ask(Answer(cut=0), prices=Prices())[0].usd is None


@pytest.mark.parametrize("answers", [[Answer(cut=0), says("x" * 50)], [Answer(cut=0)], [says("y" * 50)]])
def test_no_call_costs_more_than_was_foreseen(answers: list[Answer]) -> None:
    pool = Pool(["local/m@http://h"], keys=none, prices=DOLLAR)
    assert isinstance(pool, Foresees)
    most = pool.most("local/m@http://h", CHAT.as_json())
    spent = ask(*answers)[0].usd
    assert spent is not None
    assert most.usd is not None
    assert spent <= most.usd


def test_tokens_that_nobody_counted_are_counted_upwards() -> None:
    body = {"choices": [{"message": {"content": "hello"}, "finish_reason": "stop"}]}
    reply, _, _ = ask(Answer(body=body))
    assert reply.usage.input >= len("be briefhello é")
    assert reply.usage.output == 5
    assert reply.usd


def test_a_server_that_says_what_it_charged_is_believed() -> None:
    answer = says()
    answer.body["usage"]["cost"] = 0.125
    assert ask(answer, prices=Prices())[0].usd == 0.125


def test_a_longer_pause_than_there_is_patience_is_not_waited_for() -> None:
    reply, server, clock = ask(fails(429, headers={"Retry-After": "3600"}), says())
    assert (reply.finish, len(server.asked), clock.time) == (Finish.THROTTLED, 1, 0.0)


def test_a_date_to_wait_for_is_the_servers_own() -> None:
    headers = {"Retry-After": formatdate(1_000_030, usegmt=True), "Date": formatdate(1_000_000, usegmt=True)}
    reply, _, clock = ask(fails(429, headers=headers), says())
    assert reply.ok
    assert clock.time == 30.0


def test_the_slot_is_free_while_a_call_waits_for_its_next_try() -> None:
    """With one slot, a call that backs off lets the next one pass."""
    order: list[str] = []

    def to(asked: Asked) -> Answer:
        text = asked.body["messages"][0]["content"]
        order.append(text)
        return fails(500) if order == ["a"] else says()

    async def main() -> None:
        async with serving(to=to) as server:
            pool = Pool([server.name], keys=none, limits=Limits(concurrency=1), patience=Patience(pause=0.02))
            async with anyio.create_task_group() as group:
                for text in ("a", "b"):
                    chat = Chat((Message(Speaker.USER, text),))
                    group.start_soon(pool.complete, server.name, chat.as_json())
            await pool.close()

    anyio.run(main)
    assert order == ["a", "b", "a"]


def test_connections_are_kept_and_those_that_were_closed_are_not_used() -> None:
    async def main() -> tuple[int, list[bool]]:
        async with serving(says()) as server:
            pool = Pool([server.name], keys=none)
            replies = [Reply.of(await pool.complete(server.name, CHAT.as_json())) for _ in range(3)]
            assert server.connections == 1
            await server.hang_up()
            replies += [Reply.of(await pool.complete(server.name, CHAT.as_json())) for _ in range(2)]
            await pool.close()
            return server.connections, [each.ok and not each.faults for each in replies]

    assert anyio.run(main) == (2, [True] * 5)


def test_chunked_bodies_and_early_hints() -> None:
    body = says("chunked").wire().partition(b"\r\n\r\n")[2]
    parts = b"".join(b"%x;x=y\r\n%s\r\n" % (len(each), each) for each in (body[:7], body[7:]))
    raw = (
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + parts + b"0\r\nTrailer: x\r\n\r\n"
    )
    assert ask(Answer(raw=raw))[0].text == "chunked"
    assert ask(Answer(raw=b"HTTP/1.0 200 OK\r\n\r\n" + body))[0].text == "chunked"


def test_half_a_surrogate_pair_does_not_reach_the_log() -> None:
    assert ask(Answer(body=b'{"choices":[{"message":{"content":"a\\ud83d"}}]}'))[0].text == "a?"


def test_a_model_that_takes_no_temperature_is_asked_without() -> None:
    reply, server, _ = ask(fails(400, "Unsupported value: 'temperature'", param="temperature"), says("cool"))
    assert reply.text == "cool"
    assert reply.faults == {}
    assert ["temperature" in each.body for each in server.asked] == [True, False]


def test_of_two_servers_the_one_that_fails_is_left_for_the_other() -> None:
    async def main() -> tuple[Reply, int, int]:
        async with serving(fails(429, headers={"Retry-After": "3600"})) as bad, serving(says("other")) as good:
            name = f"local/m@{bad.url},{good.url}"
            pool = Pool([name], keys=none, clock=VirtualClock())
            for _ in range(3):
                reply = Reply.of(await pool.complete(name, CHAT.as_json()))
            await pool.close()
            return reply, len(bad.asked), len(good.asked)

    reply, bad, good = anyio.run(main)
    assert (reply.text, bad, good) == ("other", 1, 3)
    assert reply.faults == {}  # the pause of the first is known by now


def test_embeddings_come_in_the_order_of_the_texts() -> None:
    data = [{"index": 1, "embedding": [0.5, 1]}, {"index": 0, "embedding": [0.25, 0]}]
    answer = Answer(body={"data": data, "model": "e", "usage": {"prompt_tokens": 7}})

    async def main(answer: Answer) -> tuple[Reply, Asked]:
        async with serving(answer) as server:
            pool = Pool([server.name], keys=none, prices=DOLLAR, clock=VirtualClock())
            reply = Reply.of(await pool.complete(server.name, Embed(("a", "b")).as_json()))
            await pool.close()
            return reply, server.asked[0]

    reply, asked = anyio.run(main, answer)
    assert reply.vectors == [[0.25, 0.0], [0.5, 1.0]]
    assert reply.usd == pytest.approx(7e-6)
    assert (asked.path, asked.body["input"]) == ("/v1/embeddings", ["a", "b"])
    short = Answer(body={"data": data[:1]})
    assert anyio.run(main, short)[0].finish is Finish.MALFORMED
    endless = Answer(body={"data": [data[0], {"index": 0, "embedding": [0.5] * 20_000}]})
    reply = anyio.run(main, endless)[0]
    assert (reply.finish, reply.vectors) == (Finish.MALFORMED, ())
    assert reply.detail == "a vector of 20,000 numbers, where 16,384 are the most"


def test_a_cancelled_call_gives_its_slot_back() -> None:
    async def main() -> Reply:
        async with serving(Answer(hang=True), says("next")) as server:
            pool = Pool([server.name], keys=none, limits=Limits(concurrency=1))
            with anyio.move_on_after(0.05):
                await pool.complete(server.name, CHAT.as_json())
            reply = Reply.of(await pool.complete(server.name, CHAT.as_json()))
            await pool.close()
            return reply

    assert anyio.run(main).text == "next"


def test_a_text_far_beyond_what_was_allowed_is_cut() -> None:
    reply, _, _ = ask(says("x" * 1_000_000))
    assert (len(reply.text), reply.finish) == (50 * 32, Finish.LENGTH)
    assert reply.detail == "1000000 characters where 50 tokens were allowed"
    assert len(ask(says("x" * 1600))[0].text) == 1600


def test_how_long_is_waited_follows_how_long_a_model_takes() -> None:
    name = parse("local/m@http://h")
    clock = VirtualClock()
    deadlines: list[float] = []

    class Slow:
        """Takes as many seconds as it has answered before."""

        def __init__(self) -> None:
            self.asked = 0

        async def complete(self, model: str, chat: Chat) -> Reply:
            deadlines.append(anyio.current_effective_deadline() - anyio.current_time())
            clock.time += self.asked * 3.0
            self.asked += 1
            return Reply("yes")

        async def embed(self, model: str, embed: Embed) -> Reply:
            return Reply()

        async def models(self) -> list[str]:
            return []

        async def close(self) -> None:
            pass

    async def main() -> None:
        slow = Slow()
        pool = Pool(keys=none, clock=clock, connect=lambda name, url, key: slow)
        for _ in range(8):
            await pool.complete(name.typed, CHAT.as_json())
        slow.asked = 0
        for _ in range(200):
            await pool.complete(name.typed, CHAT.as_json())
            slow.asked = 0

    anyio.run(main)
    assert [round(each) for each in deadlines[:9]] == [300] * 8 + [168]  # 8 times 21 s
    assert round(deadlines[-1]) == 60


@pytest.mark.parametrize(
    ("typed", "limit"), [("gpt-5-mini", "max_completion_tokens"), ("openrouter/a/b", "max_tokens")]
)
def test_the_limit_of_a_reply_is_called_as_each_server_knows_it(typed: str, limit: str) -> None:
    async def main() -> Asked:
        async with serving(says()) as server:
            provider = connect(parse(typed), server.url, secret(parse(typed)))
            await provider.complete("m", CHAT)
            await provider.close()
            return server.asked[0]

    body = anyio.run(main).body
    assert [name for name in body if name.startswith("max")] == [limit]
    assert body[limit] == CHAT.most


def test_models_that_are_gone_may_be_back_when_they_are_asked_whether_they_can_be_used() -> None:
    async def main() -> tuple[str, str]:
        async with serving(fails(503)) as server:
            pool = Pool([server.name], keys=none, clock=VirtualClock(), patience=Patience(attempts=1))
            for _ in range(GONE):
                await pool.complete(server.name, CHAT.as_json())
            gone = pool.gone
            await pool.check()
            await pool.close()
            return gone, pool.gone

    gone, after = anyio.run(main)
    assert gone.startswith(f"the last {GONE} calls got no answer (failed: ")
    assert after == ""
