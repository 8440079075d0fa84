"""One candidate: all that there is about it, part by part."""

from __future__ import annotations

from speciate.store.queries import Run

from .routing import Asked, Document, candidate_of


def candidate(run: Run, asked: Asked) -> Document:
    """As `speciate show ID --json`."""
    return Document("candidate", run.candidate(candidate_of(run, asked)).as_json())
