"""A ticket's doors: everything that a proposer may do to the outside, each answer on record before it is given.

A door's key is the digest of what is asked and how often this ticket asked it before; not a call number, which
would change as soon as a proposer does two things at once. After a kill the proposer runs again and recorded doors
answer from the log: nothing is paid twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import Protocol, TypeVar

import anyio
import numpy as np

from .budget import Stop
from .errors import BudgetSpent, UsageError
from .events import Called, Event, Granted, Looked, NoteTaken, Probed
from .ledger import Ledger
from .protocols import Foresees, Model, Recalls
from .rng import stream
from .ticket import Submission, Ticket
from .values import (
    JSON,
    Candidate,
    Cost,
    Digest,
    Evaluation,
    Genome,
    Id,
    Note,
    Placed,
    Proposal,
    Rejected,
    Request,
    canonical,
    digest_of,
)

T = TypeVar("T")
PROBE = -1  # the id of what is only probed: it is in nobody's list of candidates


class Engine(Protocol):
    """What the doors need of the loop."""

    ledger: Ledger
    model: Model | None
    foresees: Foresees | None  # the model, if it can tell what a call may cost
    recalls: Recalls | None  # the model, if it answers by which of the like calls this is
    calls: int  # of models, from before the grant until the answer is on record
    waiting: int  # those of them that wait for others to end
    answered: anyio.Event  # set, and replaced, at the end of each that others wait for

    def called(self) -> None: ...
    async def in_line(self) -> None: ...
    async def turn(self, ticket: int, body: Callable[[], T]) -> T: ...
    def aside(self, body: Callable[[], T]) -> T: ...
    async def durable(self) -> None: ...
    def emit(self, event: Event) -> None: ...
    def propose(self, ticket: Ticket, proposal: Proposal, door: str) -> Submission: ...
    async def score(self, candidate: Candidate, request: Request) -> Evaluation: ...
    async def settle(self, ticket: Ticket, submission: Submission) -> None: ...


class TicketContext:
    """The `core.protocols.Context` of one ticket."""

    def __init__(self, engine: Engine, ticket: Ticket) -> None:
        self.plan = ticket.plan
        self.ticket = ticket.number
        self.parents = tuple([ticket.known[id][0] for id in ticket.plan.parents])
        self.inspirations = tuple([ticket.known[id][0] for id in ticket.plan.inspirations])
        self.evaluations: Mapping[Id, Evaluation] = {
            id: evaluation for id, (_, evaluation) in ticket.known.items() if evaluation is not None
        }
        self._engine = engine
        self._ticket = ticket
        self._asked: dict[Digest, int] = {}  # how often, by what

    @cached_property
    def rng(self) -> np.random.Generator:
        return stream(self._engine.ledger.seed, self.ticket, "propose")

    async def call(self, model: str, prompt: JSON) -> JSON:
        key, request, n = self._door("call", model, canonical(prompt))
        if key not in self._ticket.memos:
            engine = self._engine
            if engine.model is None:
                raise UsageError(f"a proposer calls the model {model!r} and none is set", "give the run a model")
            most = self._most(model, prompt)
            engine.calls += 1
            try:
                await self._afford(key, request, n, most=most)
                if engine.recalls is not None:
                    reply = await engine.recalls.recall(model, prompt, self._ticket.places[key])
                else:
                    reply = await engine.model.complete(model, prompt)
                await self._record(Called(self.ticket, request, n, model, prompt, reply, _cost(reply)))
            finally:
                engine.called()
            await engine.in_line()
        return self._ticket.memos[key]

    async def evaluate(self, genome: Genome, request: Request = Request()) -> Evaluation:
        key, digest, n = self._door("probe", genome.digest, *_words(request))
        if key not in self._ticket.memos:
            await self._afford(key, digest, n, evaluations=1)
            candidate = Candidate(PROBE, genome.digest, genome, self.plan.parents, self.plan.operator)
            evaluation = await self._engine.score(candidate, request)
            await self._record(Probed(self.ticket, digest, n, evaluation))
        found = self._ticket.memos[key]
        assert isinstance(found, Evaluation), "a probe's memo is an evaluation"
        return found

    async def submit(self, proposal: Proposal) -> Placed | Rejected:
        genome = proposal.genome.digest if proposal.genome else str(proposal.of)
        key, _, _ = self._door("submit", genome, proposal.species, *_words(proposal.request))
        submission = self._ticket.submissions.get(key)
        if submission is None:
            submission = await self._engine.turn(self.ticket, lambda: self._engine.propose(self._ticket, proposal, key))
        if submission.outcome is None:
            await self._engine.settle(self._ticket, submission)
        await self._engine.durable()
        assert submission.outcome is not None, "settled"
        return submission.outcome

    async def note(self, note: Note) -> None:
        key, _, _ = self._door("note", note.topic, canonical(note.data))
        if key not in self._ticket.memos:
            await self._record(NoteTaken(self.ticket, note, key))

    async def look(self, question: JSON) -> JSON:
        key, request, n = self._door("look", canonical(question))
        if key not in self._ticket.memos:
            memory = self._engine.ledger.recipe.memory
            if memory is None:
                raise UsageError("a proposer asks its memory and the recipe has none", "give the recipe a memory")

            # The answer is taken within the turn, so that what it reads is the state at its place in the log.
            def answer() -> None:
                self._engine.emit(Looked(self.ticket, request, n, memory.answer(question)))

            await self._engine.turn(self.ticket, answer)
        return self._ticket.memos[key]

    def genome(self, id: Id) -> Genome:
        return self._engine.ledger.known(id)[0].genome

    def _door(self, *parts: str) -> tuple[str, str, int]:
        digest = digest_of(*parts)
        n = self._asked.get(digest, 0)
        self._asked[digest] = n + 1
        return f"{digest}:{n}", digest, n

    def _most(self, model: str, prompt: JSON) -> Cost:
        """What the call may cost. Raises UsageError where that is unknown and money is limited."""
        foresees = self._engine.foresees
        most = foresees.most(model, prompt) if foresees is not None else Cost()
        limit = self._engine.ledger.budget.cost
        if most.usd is None and limit is not None:
            raise UsageError(
                f"the price of `{model}` is unknown, so --max-cost {limit:g} cannot be kept",
                "--price IN/OUT per million tokens, or limit with --evals",
            )
        return most

    async def _afford(self, key: str, request: str, n: int, evaluations: int = 0, most: Cost = Cost()) -> None:
        """Reserve what a door will spend, on record; where calls under way may leave enough, wait for them. A call
        that was under way when an engine was killed is asked for again. Raises BudgetSpent where a limit stands in the
        way."""
        ticket, engine = self._ticket, self._engine
        while key not in ticket.grants or (key in ticket.holds and ticket.grants[key] is None):
            answered = engine.answered
            again = key in ticket.holds
            grant = partial(self._grant, request, n, evaluations, most, again)
            if engine.aside(grant) if again else await engine.turn(self.ticket, grant):
                break
            engine.waiting += 1
            try:
                await answered.wait()
            finally:
                engine.waiting -= 1
        await engine.durable()
        refused = ticket.grants[key]
        if refused is not None:
            raise BudgetSpent(f"budget: {refused}")

    def _grant(self, request: Digest, n: int, evaluations: int, most: Cost, again: bool) -> bool:
        """Decide and record, or say False: it is too early to tell. In ordered mode nothing waits for an answer, which
        timing would decide."""
        ledger = self._engine.ledger
        refused = self._refusal(evaluations)
        if refused is None:
            refused = ledger.spent.lacks(most, ledger.budget)
            others = self._engine.calls - self._engine.waiting - 1
            if refused is not None and others and not ledger.ordered:
                return False
        held = most.tokens, most.usd or 0.0
        self._engine.emit(Granted(self.ticket, request, n, evaluations, refused, *held, again))
        return True

    def _refusal(self, evaluations: int) -> Stop | None:
        """A call is no evaluation, and a ticket's own promise is its to use: neither is stopped by that limit."""
        ledger = self._engine.ledger
        reached = ledger.spent.reached(ledger.budget)
        if reached is Stop.EVALUATIONS and (self._ticket.promised or not evaluations):
            return None
        return None if reached in (None, Stop.PROPOSALS) else reached

    async def _record(self, event: Called | Probed | NoteTaken) -> None:
        await self._engine.turn(self.ticket, partial(self._engine.emit, event))


def _words(request: Request) -> Sequence[str]:
    words = request.stage, str(request.cases), str(request.against), str(request.seed)
    return words if request.threshold is None else (*words, str(request.threshold))


def _cost(reply: JSON) -> Cost:
    """What the reply says it cost. No word of a price is an unknown price, never 0."""
    said = reply.get("cost", {}) if isinstance(reply, dict) else {}
    return Cost(said.get("seconds", 0.0), 0.0, said.get("tokens", 0), said.get("usd"))
