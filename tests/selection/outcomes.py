"""Outcomes by hand."""

from speciate.core.values import (
    Candidate,
    Change,
    Closed,
    Cost,
    Evaluation,
    Failed,
    Genome,
    Placed,
    Placement,
    Plan,
    Rejected,
    Request,
    Started,
    Status,
)


def started(plan: Plan, ticket: int = 1) -> Started:
    return Started(ticket, plan, 0.0)


def placed(plan: Plan, score: float | None, *, id: int = 99, ticket: int = 1, change: Change = Change.ADDED) -> Placed:
    """`score` None is a crash."""
    genome = Genome("text", {"p.py": str(id)})
    candidate = Candidate(id, genome.digest, genome, plan.parents, plan.operator, plan.island)
    evaluation = Evaluation(Status.CRASHED) if score is None else Evaluation(Status.OK, {"score": score})
    return Placed(ticket, plan, candidate, Request(), evaluation, Placement(change), 0.0)


def rejected(plan: Plan, ticket: int = 1) -> Rejected:
    return Rejected(ticket, plan, None, "duplicate of 1", 0.0)


def failed(plan: Plan, ticket: int = 1, cost: Cost = Cost()) -> Failed:
    return Failed(ticket, plan, "nothing came to mind", 0.0, cost)


def closed(plan: Plan, ticket: int = 1, cost: Cost = Cost()) -> Closed:
    return Closed(ticket, plan, 0.0, cost)
