"""The questions that the dashboard asks of a run, each a route with a plain function."""

from __future__ import annotations

from . import candidate, failures, log, nodes, overview, population, table
from .routing import Answer, Asked, Bytes, Document, Route, failed

__all__ = ["ROUTES", "Answer", "Asked", "Bytes", "Document", "Route", "failed"]

ROUTES: tuple[Route, ...] = (
    Route("/summary", overview.summary),
    Route("/config", overview.config),
    Route("/curve", overview.curve),
    Route("/nodes", nodes.all_nodes),
    Route("/events", nodes.events),
    Route("/moves", population.moves),
    Route("/grid", population.grid),
    Route("/cell", population.cell),
    Route("/islands", population.islands),
    Route("/memory", population.memory),
    Route("/failures", failures.failures),
    Route("/log", log.log),
    Route("/commands/{id}", failures.command),
    Route("/candidates", table.candidates),
    Route("/candidates/{id}", candidate.candidate),
    Route("/candidates/{id}/text", candidate.text),
    Route("/candidates/{id}/diff", candidate.diff),
    Route("/candidates/{id}/prompt", candidate.prompt),
    Route("/candidates/{id}/log", candidate.log),
    Route("/candidates/{id}/cases", candidate.cases),
    Route("/candidates/{id}/children", candidate.children),
    Route("/candidates/{id}/neighbours", candidate.neighbours),
    Route("/candidates/{id}/artifacts/{name:path}", candidate.artifact),
)
