from __future__ import annotations

import anyio
import anyio.lowlevel
import pytest

from speciate.llm.limiter import MINUTE, Limiter, Limits, Minute, Paused
from tests.llm.server import VirtualClock


def run(limiter: Limiter, calls: int, tokens: int = 0) -> list[tuple[float, int]]:
    """When each call began, by number: all ask at once, and each lasts a moment."""
    began: list[tuple[float, int]] = []

    async def call(number: int) -> None:
        async with limiter.slot(tokens) as slot:
            began.append((limiter.clock.now(), number))
            await anyio.lowlevel.checkpoint()
            slot.succeeded()

    async def main() -> None:
        async with anyio.create_task_group() as group:
            for number in range(calls):
                group.start_soon(call, number)

    anyio.run(main)
    return began


def test_first_come_first_served_and_never_more_at_once_than_allowed() -> None:
    limiter = Limiter(Limits(concurrency=3), VirtualClock())
    most = 0

    async def call(number: int, order: list[int]) -> None:
        nonlocal most
        async with limiter.slot():
            order.append(number)
            most = max(most, limiter.running)
            await anyio.lowlevel.checkpoint()

    async def main() -> list[int]:
        order: list[int] = []
        async with anyio.create_task_group() as group:
            for number in range(20):
                group.start_soon(call, number, order)
        return order

    assert anyio.run(main) == list(range(20))
    assert most == 3
    assert limiter.running == 0


def test_requests_by_the_minute_hold_in_any_minute() -> None:
    began = run(Limiter(Limits(requests=10), VirtualClock()), 25)
    assert [number for _, number in began] == list(range(25))
    assert [at for at, _ in began] == [0.0] * 10 + [60.0] * 10 + [120.0] * 5


def test_tokens_by_the_minute_and_a_request_above_them() -> None:
    assert [at for at, _ in run(Limiter(Limits(tokens=100), VirtualClock()), 5, tokens=40)] == [0, 0, 60, 60, 120]
    assert [at for at, _ in run(Limiter(Limits(tokens=100), VirtualClock()), 2, tokens=500)] == [0, 60]


def test_tokens_that_were_not_used_are_given_back() -> None:
    clock = VirtualClock()
    limiter = Limiter(Limits(tokens=100), clock)

    async def main() -> None:
        for _ in range(5):
            async with limiter.slot(90) as slot:
                slot.used(10)

    anyio.run(main)
    assert clock.time == 120.0  # two fit into a minute, as 10 + 90 do: with 90 + 90 it would be 240
    minute = Minute(100)
    taken = minute.take(0.0, 90)
    assert minute.wait(1.0, 20) == MINUTE - 1.0
    minute.correct(taken, 10)
    assert minute.wait(1.0, 20) == 0.0
    assert minute.wait(MINUTE, 100) == 0.0


def test_a_pause_holds_for_all_and_longer_ones_are_not_waited_for() -> None:
    clock = VirtualClock()
    limiter = Limiter(Limits(concurrency=4), clock)

    async def main() -> None:
        async with limiter.slot() as slot:
            slot.failed(pause=30.0)
        assert limiter.load == float("inf")
        with pytest.raises(Paused) as raised:
            async with limiter.slot(until=20.0):
                pytest.fail("not before the pause is over")
        assert raised.value.seconds == 30.0
        async with limiter.slot(until=40.0):
            assert clock.time == 30.0

    anyio.run(main)
    assert limiter.running == 0


def test_the_window_shrinks_once_a_round_trip_and_grows_back() -> None:
    limiter = Limiter(Limits(concurrency=64), VirtualClock())

    async def main() -> None:
        async with limiter.slot() as first, limiter.slot() as second:
            first.failed()
            second.failed()  # was under way when the first failed: it is the same news
            assert limiter.window == 48
        for at in range(40):
            async with limiter.slot() as slot:
                slot.failed()
            assert limiter.window == max(1, int(48 * 0.75 ** (at + 1)))
        for _ in range(2000):
            async with limiter.slot() as slot:
                slot.succeeded()
        assert limiter.window == 64

    anyio.run(main)


def test_a_cancelled_call_leaves_its_place_in_the_queue() -> None:
    limiter = Limiter(Limits(concurrency=1), VirtualClock())
    done: list[int] = []

    async def call(number: int) -> None:
        async with limiter.slot():
            done.append(number)

    async def main() -> None:
        async with anyio.create_task_group() as group, limiter.slot():
            gone = anyio.CancelScope()

            async def cancelled() -> None:
                with gone:
                    await call(1)

            group.start_soon(cancelled)
            await anyio.lowlevel.checkpoint()
            group.start_soon(call, 2)
            await anyio.lowlevel.checkpoint()
            gone.cancel()
            await anyio.lowlevel.checkpoint()

    anyio.run(main)
    assert done == [2]


@pytest.mark.parametrize("limits", [{"concurrency": 0}, {"requests": 0}, {"tokens": -1}])
def test_a_limit_that_lets_nothing_pass_is_refused(limits: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be 1 or more"):
        Limits(**limits)
