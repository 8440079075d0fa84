"""All that happened, as sentences."""

from __future__ import annotations

from speciate.store.queries import Run
from speciate.store.telling import Wanted, kinds_of, log_after, log_before, log_near

from .routing import Asked, Document


def log(run: Run, asked: Asked) -> Document:
    """?after=SEQ or ?before=SEQ or ?near=SEQ, else the last; &type=gain,steered&q=words&limit=200."""
    wanted = Wanted(kinds_of(asked.query.get("type", "")), asked.query.get("q", ""))
    limit = asked.number("limit", 200, 1, 1000)
    if asked.query.get("after"):
        return Document("run.log", log_after(run, asked.number("after", 0), wanted, limit))
    if asked.query.get("near"):
        return Document("run.log", log_near(run, asked.number("near", 1), wanted, limit))
    before = asked.number("before", 1) if asked.query.get("before") else None
    return Document("run.log", log_before(run, before, wanted, limit))
