"""Runs that are steered by a script."""

from __future__ import annotations

from collections.abc import Sequence

import anyio

from speciate.core.events import Steered, TicketStarted, Turn
from speciate.core.ledger import Ledger
from speciate.core.loop import Result, Settings, evolve
from speciate.core.protocols import Evaluator
from speciate.core.values import Command, Plan
from speciate.runners.inline import InlineRunner
from speciate.testing import MemoryStore

from .test_toys import Dying, events
from .toys import TOYS, Distance, Echo, Jitter, Toy

ALL = sorted(TOYS)
Script = Sequence[tuple[int, Command]]
NEVER = 10**9  # of a script's turn: only when nothing happens any more


class Scripted(Dying):
    """Hands out each command once there are so many turns; the next one also when nothing happens any more (a paused
    run)."""

    def __init__(self, script: Script = (), turns: Sequence[Turn] = (), after: int = 100_000) -> None:
        super().__init__(turns, after)
        self.script = list(script)
        self.idle = (0, 0)

    def inbox(self) -> Sequence[Command]:
        count = len(self.turns)
        self.idle = (count, self.idle[1] + 1 if self.idle[0] == count else 0)
        if self.script and (count >= self.script[0][0] or self.idle[1] > 50):
            self.idle = (count, 0)
            return [self.script.pop(0)[1]]
        return []


def drive(
    toy: Toy, store: MemoryStore, *, ordered: bool = False, jitter: int = 1, evaluator: Evaluator | None = None
) -> Result:
    async def main() -> Result:
        runner = InlineRunner(evaluator or Distance(Jitter(jitter)), slots=3)
        settings = Settings(seed=3, ordered=ordered)
        return await evolve(toy.problem, toy.recipe, store, runner, settings=settings, model=Echo(Jitter(jitter)))

    return anyio.run(main)


def plans(store: MemoryStore) -> list[tuple[int, Plan]]:
    return [(e.ticket, e.plan) for e in events(store) if isinstance(e, TicketStarted)]


def steered(store: MemoryStore) -> list[Steered]:
    return [e for e in events(store) if isinstance(e, Steered)]


def position(store: MemoryStore, verb: str) -> int:
    return next(index for index, e in enumerate(events(store)) if isinstance(e, Steered) and e.verb == verb)


def folded(name: str, store: MemoryStore) -> Ledger:
    ledger = Ledger(TOYS[name]().recipe, store.candidate)
    for turn in store.read():
        ledger.fold(turn)
    return ledger
