"""What every runner must hold. Override `make` and `genomes`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import anyio
import anyio.lowlevel

from speciate.core.protocols import Runner
from speciate.core.values import Candidate, Cost, Evaluation, Genome, Request


class RunnerSuite:
    """`make` is an async context manager that gives a running runner and ends it."""

    def make(self) -> AbstractAsyncContextManager[Runner]:
        raise NotImplementedError("a RunnerSuite needs `make`")

    def genomes(self) -> Sequence[Genome]:
        """Some that score and some that do not."""
        raise NotImplementedError("a RunnerSuite needs `genomes`")

    async def one(self, runner: Runner, id: int, genome: Genome) -> Evaluation:
        return await runner.evaluate(Candidate(id, genome.digest, genome), Request(), ())

    def test_many_at_once_equal_one_by_one(self) -> None:
        """More than it has slots; what was measured in time aside."""

        async def run() -> None:
            async with self.make() as runner:
                genomes = [*self.genomes()] * (1 + runner.slots)
                alone = [await self.one(runner, id, genome) for id, genome in enumerate(genomes)]
                together: dict[int, Evaluation] = {}

                async def keep(id: int, genome: Genome) -> None:
                    together[id] = await self.one(runner, id, genome)

                async with anyio.create_task_group() as group:
                    for id, genome in enumerate(genomes):
                        group.start_soon(keep, id, genome)
                for id, each in enumerate(alone):
                    assert replace(each, cost=Cost()) == replace(together[id], cost=Cost())

        anyio.run(run)

    def test_it_has_slots(self) -> None:
        async def run() -> None:
            async with self.make() as runner:
                assert runner.slots >= 1

        anyio.run(run)

    def test_it_survives_a_cancelled_evaluation(self) -> None:
        """What is called off must not hold a slot for ever."""

        async def run() -> None:
            async with self.make() as runner:
                genomes = [*self.genomes()]
                for _ in range(2 * runner.slots):
                    async with anyio.create_task_group() as group:
                        group.start_soon(self.one, runner, 1, genomes[0])
                        await anyio.lowlevel.checkpoint()
                        group.cancel_scope.cancel()
                with anyio.fail_after(30):
                    assert (await self.one(runner, 2, genomes[0])).status

        anyio.run(run)
