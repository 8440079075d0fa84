"""Scores a priority rule for online bin packing: how many bins it uses beyond the lower bound, in percent.

The simulation is Speciate's own (`speciate.problems.online_packing`); the lists lie beside this file.
"""

from __future__ import annotations

from typing import Any

from lists import fresh, train  # type: ignore[import-not-found]  # it lies beside this file

from speciate import Request
from speciate.problems.online_packing import Lists, read, score

_READY = train().groups  # made now, while the engine is still starting, and kept


def evaluate(candidate: Any, request: Request) -> dict[str, Any]:
    """On the 5 lists of the search, or the 5 fresh ones that only the sealed stage reads."""
    lists = fresh() if request.stage == "sealed" else train()
    return score(candidate, lists if request.cases is None else lists.part(request.cases))


def load(path: str) -> Lists:
    """Lists in the text format of the OR-Library (Beasley 1990)."""
    return read(path)


def evaluate_on(candidate: Any, lists: Lists) -> dict[str, Any]:
    """The same on lists of a user's own."""
    return score(candidate, lists)
