"""Grids, islands, moves and the memory."""

from __future__ import annotations

import re

from speciate.core.errors import UsageError
from speciate.store import grids, isles, remembered
from speciate.store.efforts import By, efforts
from speciate.store.queries import Run

from .routing import Asked, Document

_PLACE = re.compile(r"(\d{1,6})(?:,(\d{1,6}))?")


def moves(run: Run, asked: Asked) -> Document:
    """?by=operator|model|pair."""
    return Document("run.moves", efforts(run, By(asked.one_of("by", By, By.OPERATOR))).as_json())


def grid(run: Run, asked: Asked) -> Document:
    """?x=&y=&island=: two of the grid's axes; an island from 0."""
    query = asked.query
    return Document("run.grid", grids.grid(run, query.get("x", ""), query.get("y", ""), _island(asked)))


def cell(run: Run, asked: Asked) -> Document:
    """?x=&y=&island=&cell=i,j."""
    query = asked.query
    matched = _PLACE.fullmatch(query.get("cell", ""))
    if matched is None:
        raise UsageError(f"cell={query.get('cell', '')[:40]}: expected its two numbers", "cell=3,7")
    place = int(matched[1]), int(matched[2] or 0)
    return Document("run.cell", grids.cell(run, query.get("x", ""), query.get("y", ""), place, _island(asked)))


def islands(run: Run, asked: Asked) -> Document:
    """All of them, and who moved between them."""
    return Document("run.islands", isles.islands(run))


def memory(run: Run, asked: Asked) -> Document:
    """?at=SEQ."""
    at = asked.number("at", 0) if asked.query.get("at") else None
    return Document("run.memory", remembered.memory(run, at))


def _island(asked: Asked) -> int | None:
    said = asked.query.get("island", "")
    return None if said in ("", "all") else asked.number("island", 0)
