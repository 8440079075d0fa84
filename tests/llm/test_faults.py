"""The pool against the model server that is shipped: every fault, as often as not, and none is lost or invented."""

from __future__ import annotations

from collections import Counter

import anyio
import pytest

from speciate.llm.chat import Chat, Finish, Message, Reply, Speaker
from speciate.llm.pool import Patience, Pool
from speciate.llm.prices import Price, Prices
from speciate.testing.model_server import Entry, Fault, Means, Settings, serve
from tests.llm.server import VirtualClock

CALLS = 24
NAMED = {  # what the pool calls each fault of the server; the others are of the text, which is the proposers' to read
    Fault.THROTTLED: Finish.THROTTLED,
    Fault.THROTTLED_UNTIL: Finish.THROTTLED,
    Fault.THROTTLED_BARE: Finish.THROTTLED,
    Fault.ERROR: Finish.FAILED,
    Fault.UNAVAILABLE: Finish.FAILED,
    Fault.DROP: Finish.DROPPED,
    Fault.CUT: Finish.DROPPED,
    Fault.HANG: Finish.TIMEOUT,
    Fault.MALFORMED: Finish.MALFORMED,
    Fault.CONTENT_TYPE: Finish.MALFORMED,
    Fault.NO_CHOICES: Finish.MALFORMED,
    Fault.EMPTY: Finish.EMPTY,
    Fault.TRUNCATED: Finish.LENGTH,
    Fault.FILTERED: Finish.REFUSAL,
    Fault.REFUSAL: Finish.REFUSAL,
}
OUTCOMES = (Finish.EMPTY, Finish.LENGTH, Finish.REFUSAL)
PRICES = Prices(every=Price(1.0, 10.0))


def calls(settings: Settings) -> tuple[list[Reply], list[Entry]]:
    """Different requests, all at once."""
    deadline = 1.0 if Fault.HANG in settings.faults else 30.0

    async def main() -> tuple[list[Reply], list[Entry]]:
        replies: list[Reply] = []

        async def one(number: int) -> None:
            text = f"Improve this program, number {number}.\n```python\ndef f(x):\n    return x + {number}\n```\n"
            chat = Chat((Message(Speaker.USER, text),), most=500)
            replies.append(Reply.of(await pool.complete(name, chat.as_json())))

        async with serve(settings) as server:
            name = f"local/test@{server.url}"
            pool = Pool([name], prices=PRICES, clock=VirtualClock(), patience=Patience(attempt=deadline))
            async with anyio.create_task_group() as group:
                for number in range(CALLS):
                    group.start_soon(one, number)
            await pool.close()
            return replies, list(server.log.entries)

    return anyio.run(main)


def counted(replies: list[Reply]) -> Counter[str]:
    total: Counter[str] = Counter()
    for each in replies:
        total.update(each.faults)
    return total


@pytest.mark.parametrize("fault", NAMED)
def test_each_fault_at_thirty_percent_is_survived_and_counted(fault: Fault) -> None:
    replies, log = calls(Settings(faults={fault: 0.3}, means=Means.NUMBER))
    met = sum(entry.fault == fault.value for entry in log)
    assert met > 0
    assert counted(replies) == {NAMED[fault].value: met}
    assert len(replies) == CALLS
    good = sum(each.ok for each in replies)
    assert good == CALLS - met if NAMED[fault] in OUTCOMES else good >= 0.75 * CALLS


@pytest.mark.parametrize("fault", [each for each in NAMED if NAMED[each] not in OUTCOMES])
def test_a_fault_that_passes_loses_no_call(fault: Fault) -> None:
    replies, _ = calls(Settings(faults={fault: 1.0}, transient=1, means=Means.NUMBER))
    assert all(each.ok for each in replies)
    assert counted(replies) == {NAMED[fault].value: CALLS}


def test_all_together_and_every_dollar_is_known() -> None:
    share = 0.3 / len(NAMED)
    replies, log = calls(Settings(faults=dict.fromkeys(NAMED, share), means=Means.NUMBER))
    met = Counter(NAMED[Fault(entry.fault)].value for entry in log if entry.fault)
    assert counted(replies) == met
    spent = sum(each.usd or 0.0 for each in replies)
    assert spent >= sum(entry.input * 1e-6 + entry.output * 1e-5 for entry in log if not entry.fault)
    assert all(each.usd is not None for each in replies)
