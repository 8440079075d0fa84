"""A candidate's row in the user's numbers."""

from __future__ import annotations

from json import loads

from speciate.core.problem import Direction
from speciate.core.values import JSON

from .rows import CandidateRow, parents_of
from .views import Metric, Row


def metric_of(opened: JSON) -> Metric:
    """The first objective, by the run's first event; None where that is not known."""
    objectives = (opened or {}).get("problem", {}).get("objectives")
    if not objectives:
        return Metric("score")
    first = objectives[0]
    return Metric(first["name"], first["unit"], Direction(first["direction"]), first["digits"])


def shown(row: CandidateRow, opened: JSON, model: str | None = None) -> Row:
    """`opened` is the run's first event, `model` who wrote the candidate."""
    objectives = (opened or {}).get("problem", {}).get("objectives", ())
    signs = {each["name"]: Direction(each["direction"]).sign for each in objectives}
    first = metric_of(opened)
    scores = loads(row.scores) if row.scores else {} if row.score is None else {first.name: row.score}
    return Row(
        id=row.id,
        status=row.status,
        reason=row.reason,
        score=first.user(row.score),
        scores={name: signs.get(name, 1) * score + 0.0 for name, score in scores.items()},
        parents=parents_of(row.parents),
        operator=row.operator,
        island=row.island,
        species=row.species or "",
        measures=loads(row.measures) if row.measures else {},
        where=loads(row.place) if row.place else None,
        at=row.at,
        evals=row.evals,
        seconds=row.seconds,
        cpu=row.cpu,
        usd=row.usd,
        tokens=row.tokens,
        digest=row.digest,
        ticket=row.ticket,
        seq=row.proposed,
        model=model,
    )
