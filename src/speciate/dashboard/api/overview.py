"""How a run stands, how it began, and how its best went up."""

from __future__ import annotations

from math import isfinite

from speciate.core.errors import UsageError
from speciate.store.curves import POINTS, Axis, Span
from speciate.store.curves import curve as curve_of
from speciate.store.queries import Run

from .routing import Asked, Document

MOST_POINTS = 20_000


def summary(run: Run, asked: Asked) -> Document:
    """As `speciate show RUN --json`."""
    return Document("run.summary", run.summary().as_json())


def config(run: Run, asked: Asked) -> Document:
    """What the run was begun with; of its problem what was accepted last."""
    return Document("run.config", run.config())


def curve(run: Run, asked: Asked) -> Document:
    """?x=evals|usd|seconds&points=2000&from=&to=."""
    axis = Axis(asked.one_of("x", Axis, Axis.EVALS))
    span = Span(_end(asked, "from"), _end(asked, "to"))
    return Document("run.curve", curve_of(run, axis, asked.number("points", POINTS, 0, MOST_POINTS), span))


def _end(asked: Asked, name: str) -> float | None:
    said = asked.query.get(name, "")
    if not said:
        return None
    try:
        number = float(said)
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        raise UsageError(f"{name}={said[:40]}: expected a number", f"{name}=0")
    return number
