"""The life of a ticket: propose -> Proposed -> the runner evaluates -> Evaluated, Placed -> Closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import anyio
import anyio.lowlevel

from .budget import Stop
from .context import TicketContext
from .errors import ProposalFailed
from .events import Evaluated, NoteTaken, Proposed, TicketClosed, TicketFailed
from .ledger import Ledger
from .protocols import Fallible, Foresees, Model, Recalls, Runner, Store
from .ticket import Submission, Ticket
from .turns import Turns
from .values import SEALED, THRESHOLD, Candidate, Evaluation, Note, Plan, Proposal, Request


class Tickets:
    """Works tickets off; it is the `core.context.Engine` behind their doors."""

    def __init__(self, ledger: Ledger, turns: Turns, store: Store, runner: Runner, model: Model | None) -> None:
        self.ledger = ledger
        self.model = model
        self.foresees: Foresees | None = model if isinstance(model, Foresees) else None
        self.fallible: Fallible | None = model if isinstance(model, Fallible) else None
        self.recalls: Recalls | None = model if isinstance(model, Recalls) else None
        self.calls = 0
        self.waiting = 0
        self.answered = anyio.Event()
        self._line = anyio.Lock(fast_acquire=True)
        self.turn = turns.take
        self.aside = turns.aside
        self.emit = turns.emit
        self.durable = store.commit
        self._turns = turns
        self._runner = runner

    def called(self) -> None:
        """A call of a model is on record, or will never be: who waits for what it reserved may look again."""
        self.calls -= 1
        if self.waiting:
            self.answered.set()
            self.answered = anyio.Event()

    async def in_line(self) -> None:
        """Whoever has an answer goes on in a pass of the loop of his own. Of a hundred that come together each would
        else lengthen a pass by all that is made of it, while questions and evaluations wait for several passes."""
        async with self._line:
            await anyio.lowlevel.checkpoint()

    async def work(self, number: int) -> None:
        ticket = self.ledger.open[number]
        reason: str | None = None
        if not ticket.returned and ticket.plan.kind != SEALED:
            try:
                results = await self.ledger.recipe.proposer.propose(TicketContext(self, ticket))
            except ProposalFailed as failure:
                reason = failure.reason
            else:
                await self.turn(number, lambda: self.accept(ticket, results))
        await self._settle_all(ticket)
        if reason is not None:
            why = reason
            await self.turn(number, lambda: self.emit(TicketFailed(number, why, ticket.lost)))

    def accept(self, ticket: Ticket, results: Sequence[Proposal | Note]) -> None:
        for result in results:
            if isinstance(result, Note):
                self.emit(NoteTaken(ticket.number, result))
            else:
                self.propose(ticket, result, "")
        ticket.returned = True
        self._close_if_done(ticket)

    def propose(self, ticket: Ticket, proposal: Proposal, door: str) -> Submission:
        """Number what was proposed and decide whether it is evaluated."""
        plan, known = ticket.plan, proposal.of is not None
        if proposal.of is not None:
            candidate = self.ledger.known(proposal.of)[0]
        else:
            assert proposal.genome is not None, "a proposal has a genome or names a candidate"
            candidate = Candidate(
                self.ledger.next_id,
                proposal.genome.digest,
                proposal.genome,
                plan.parents if proposal.parents is None else proposal.parents,
                proposal.operator or plan.operator,
                plan.island,
                proposal.species,
                proposal.notes,
            )
        rejected = self._refuse(ticket, candidate, known)
        request = proposal.request if known else _pressed(proposal.request, plan)
        self.emit(Proposed(ticket.number, candidate, request, not known, rejected, door))
        if door:
            return ticket.submissions[door]
        return ticket.pending.get(candidate.id) or Submission(candidate, request)

    def _refuse(self, ticket: Ticket, candidate: Candidate, known: bool) -> str | None:
        if not ticket.promised:
            reached = self.ledger.spent.reached(self.ledger.budget)
            if reached not in (None, Stop.PROPOSALS):
                return f"budget: {reached}"
        if known:
            return "already being evaluated by this ticket" if candidate.id in ticket.pending else None
        original = self.ledger.duplicate_of(candidate)
        if original is not None:
            return f"duplicate of {original}"
        return self.ledger.recipe.population.admits(candidate)

    async def _settle_all(self, ticket: Ticket) -> None:
        """Evaluate and place what is pending: at once as each arrives, or in ordered mode in the order proposed."""
        pending = list(ticket.pending.values())
        if len(pending) < 2:
            for submission in pending:
                await self.settle(ticket, submission)
            return
        async with anyio.create_task_group() as group:
            before: anyio.Event | None = None
            for submission in pending:
                done = anyio.Event()
                group.start_soon(self.settle, ticket, submission, before, done)
                before = done if self.ledger.ordered else None

    async def settle(
        self,
        ticket: Ticket,
        submission: Submission,
        before: anyio.Event | None = None,
        done: anyio.Event | None = None,
    ) -> None:
        evaluation = submission.evaluation or await self.score(submission.candidate, submission.request)
        if before is not None:
            await before.wait()
        await self.turn(ticket.number, lambda: self._place(ticket, submission, evaluation))
        if done is not None:
            done.set()

    async def score(self, candidate: Candidate, request: Request) -> Evaluation:
        others = [self.ledger.known(id)[0] for id in request.against]
        return await self._runner.evaluate(candidate, request, others)

    def _place(self, ticket: Ticket, submission: Submission, evaluation: Evaluation) -> None:
        candidate, request = submission.candidate, submission.request
        self.emit(Evaluated(ticket.number, candidate.id, request, evaluation))
        if request.stage != SEALED:
            self._turns.record(self.ledger.place(ticket.number, candidate.id))
        self._close_if_done(ticket)

    def _close_if_done(self, ticket: Ticket) -> None:
        if ticket.returned and not ticket.pending:
            self.emit(TicketClosed(ticket.number, ticket.lost))


def _pressed(request: Request, plan: Plan) -> Request:
    """The request with the threshold that the selector set, unless the proposer set one."""
    threshold = plan.data.get(THRESHOLD) if isinstance(plan.data, dict) else None
    return request if threshold is None or request.threshold is not None else replace(request, threshold=threshold)
