"""The questions that the dashboard asks of a run, each a route with a plain function."""

from __future__ import annotations

from . import candidate, overview
from .routing import Answer, Asked, Bytes, Document, Route, failed

__all__ = ["ROUTES", "Answer", "Asked", "Bytes", "Document", "Route", "failed"]

ROUTES: tuple[Route, ...] = (
    Route("/summary", overview.summary),
    Route("/candidates/{id}", candidate.candidate),
)
