"""Stand-ins for what a test does not want to run: a model, a proposer, a runner, a view, a context."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import anyio
import anyio.lowlevel
import numpy as np

from speciate.core.errors import ProposalFailed, UsageError
from speciate.core.protocols import Context, Evaluator, View
from speciate.core.rng import stream
from speciate.core.values import (
    JSON,
    Candidate,
    Evaluation,
    Genome,
    Id,
    Note,
    Outcome,
    Plan,
    Proposal,
    Rejected,
    Request,
)


class ScriptedModel:
    """A model that says what it was told to, in order; after the last reply it begins again.

    A reply may be a function of the prompt. What was asked is kept in `prompts`. Raises ValueError without replies.
    """

    def __init__(self, *replies: JSON | Callable[[JSON], JSON]) -> None:
        if not replies:
            raise ValueError("a scripted model needs at least one reply")
        self.replies = replies
        self.prompts: list[tuple[str, JSON]] = []

    async def complete(self, model: str, prompt: JSON) -> JSON:
        reply = self.replies[len(self.prompts) % len(self.replies)]
        self.prompts.append((model, prompt))
        await anyio.lowlevel.checkpoint()
        return reply(prompt) if callable(reply) else reply


class FixedProposer:
    """Makes of the first parent what `change` makes of it; None is a failed proposal. Keeps no state of its own."""

    def __init__(self, change: Callable[[Genome, np.random.Generator], Genome | None], *, parents: int = 1) -> None:
        self.change = change
        self.parents = parents

    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        genome = self.change(context.parents[0].genome, context.rng)
        if genome is None:
            raise ProposalFailed("nothing came to mind")
        return [Proposal(genome)]


class InProcess:
    """A runner that evaluates in this process, at most `slots` at once. `most` is how many there were."""

    def __init__(self, evaluator: Evaluator, slots: int = 2) -> None:
        self.evaluator = evaluator
        self.most = 0
        self._slots = slots
        self._running = 0
        self._limiter: anyio.CapacityLimiter | None = None

    @property
    def slots(self) -> int:
        return self._slots

    async def evaluate(self, candidate: Candidate, request: Request, others: Sequence[Candidate]) -> Evaluation:
        if self._limiter is None:  # made here since it belongs to an event loop
            self._limiter = anyio.CapacityLimiter(self._slots)
        async with self._limiter:
            self._running += 1
            self.most = max(self.most, self._running)
            try:
                await anyio.lowlevel.checkpoint()
                return await self.evaluator.evaluate(candidate, request, others)
            finally:
                self._running -= 1


class FixedView:
    """A view of these members. `fitness` by id, in order of position."""

    def __init__(self, fitness: Mapping[Id, float], parts: Sequence[View] = ()) -> None:
        self._fitness = dict(fitness)
        self._ids = list(self._fitness)
        self._top = sorted(self._ids, key=lambda id: (-self._fitness[id], id))
        self._parts = tuple(parts)

    @property
    def best(self) -> Id | None:
        return self._top[0] if self._top else None

    @property
    def top(self) -> Sequence[Id]:
        return self._top

    @property
    def parts(self) -> Sequence[View]:
        return self._parts or (self,)

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, index: int) -> Id:
        return self._ids[index]

    def fitness(self, id: Id) -> float:
        return self._fitness[id]


class FixedContext:
    """A ticket's context without an engine. Doors that no answer was given for raise UsageError."""

    def __init__(
        self,
        parents: Sequence[Candidate] = (),
        plan: Plan | None = None,
        *,
        evaluations: Mapping[Id, Evaluation] | None = None,
        seed: int = 0,
        model: ScriptedModel | None = None,
        score: Callable[[Genome], Evaluation] | None = None,
    ) -> None:
        self.parents = tuple(parents)
        self.plan = plan or Plan(parents=tuple(each.id for each in parents))
        self.ticket = 1
        self.inspirations: tuple[Candidate, ...] = ()
        self.evaluations: Mapping[Id, Evaluation] = dict(evaluations or {})
        self.rng = stream(seed, 1, "propose")
        self.submitted: list[Proposal] = []
        self.notes: list[Note] = []
        self._model = model
        self._score = score

    async def call(self, model: str, prompt: JSON) -> JSON:
        if self._model is None:
            raise UsageError(f"the proposer called model {model}", "give FixedContext a model")
        return await self._model.complete(model, prompt)

    async def evaluate(self, genome: Genome, request: Request = Request()) -> Evaluation:
        if self._score is None:
            raise UsageError("the proposer evaluated on the way", "give FixedContext a score")
        return self._score(genome)

    async def submit(self, proposal: Proposal) -> Outcome:
        self.submitted.append(proposal)
        return Rejected(self.ticket, self.plan, None, "nothing is evaluated in a FixedContext", 0.0)

    async def note(self, note: Note) -> None:
        self.notes.append(note)

    async def look(self, question: JSON) -> JSON:
        raise UsageError(f"the proposer asked {question}", "a FixedContext has no memory")

    def genome(self, id: Id) -> Genome:
        return next(each.genome for each in (*self.parents, *self.inspirations) if each.id == id)
