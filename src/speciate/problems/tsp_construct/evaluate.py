"""Scores a rule that builds tours for the travelling salesman: how much longer they are than the shortest, in percent.

The rule only scores cities. Which city is next, the tour and its length are worked out here (`tours.py`), on instances
whose shortest tours are known (`instances.py`).
"""

from __future__ import annotations

from typing import Any

from instances import Instances, edges, named  # type: ignore[import-not-found]  # it lies beside this file
from tours import build, recheck  # type: ignore[import-not-found]

from speciate import Invalid, Request
from speciate.core.errors import ProblemError
from speciate.genomes.text import size

_READY = named("train")  # made now, while the engine is still starting, and kept


def evaluate(candidate: Any, request: Request) -> dict[str, Any]:
    """On the 64 instances of the search, or the 64 fresh ones that only the sealed stage reads."""
    instances = named("fresh" if request.stage == "sealed" else "train")
    return score(candidate, instances if request.cases is None else instances.part(request.cases))


def score(candidate: Any, instances: Instances) -> dict[str, Any]:
    """The excess over the shortest tours, per instance and over all."""
    tours, rows, answers = build(lambda row: candidate.call("priority", *row), instances)
    candidate.restart()  # what it kept of the first answers must not help with the second
    recheck(lambda again: candidate.map("priority", again), rows, answers)
    lengths = edges(instances.distances, tours)
    found, best = lengths.sum(axis=1), instances.best
    late = 100 * float(lengths[:, -lengths.shape[1] // 5 :].sum() / lengths.sum())
    cases = (100 * (found / best - 1)).tolist()
    excess, worst = 100 * float(found.sum() / best.sum() - 1), cases.index(max(cases))
    return {
        "excess": excess,
        "size": _size(candidate.text),
        "late": late,
        "length": float(found.mean()),
        "cases": cases,
        "feedback": f"the mean tour is {found.mean():.2f} long, the shortest {best.mean():.2f}; worst is instance "
        f"{worst}, {cases[worst]:.1f} % over; the last fifth of the steps is {late:.0f} % of the length",
    }


def _size(text: str) -> int:
    try:
        return size(text)
    except ProblemError as error:  # of the candidate's markers
        raise Invalid(str(error)) from None
