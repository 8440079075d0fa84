"""How a run stands."""

from __future__ import annotations

from speciate.store.queries import Run

from .routing import Asked, Document


def summary(run: Run, asked: Asked) -> Document:
    """As `speciate show RUN --json`."""
    return Document("run.summary", run.summary().as_json())
