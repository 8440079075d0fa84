"""How a candidate was made: what a model was asked and said, or by which operator with which parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from speciate.core.values import JSON

from .sentences import sentence
from .views import Detail, Entry

PRINTED = "output"  # the artifact that a process's own output is kept as
_INTERNAL = ("fitness",)  # the engine's form of the parent's score, which stands on the path already


def prompt_body(detail: Detail, entries: Sequence[Entry]) -> dict[str, JSON]:
    """The body of a document of the kind "candidate.prompt". `entries`: see `journal.of_candidate`."""
    row = detail.row
    return {
        "run": detail.run,
        "id": row.id,
        "operator": row.operator,
        "parents": list(row.parents),
        "parameters": parameters(detail),
        "notes": detail.notes,
        "calls": [{name: call.get(name) for name in ("model", "prompt", "reply", "cost")} for call in calls(entries)],
    }


def log_body(detail: Detail, entries: Sequence[Entry]) -> dict[str, JSON]:
    """The body of a document of the kind "candidate.log". `text` is the event as a sentence."""
    events = [{**each.as_json(), "text": sentence(each.body, detail.metric)} for each in entries]
    return {"run": detail.run, "id": detail.row.id, "events": events, "output": detail.artifacts.get(PRINTED)}


def parameters(detail: Detail) -> dict[str, JSON]:
    """What the operator was told beside its parents."""
    plan = detail.plan if isinstance(detail.plan, Mapping) else {}
    data = plan.get("data")
    return {name: value for name, value in data.items() if name not in _INTERNAL} if isinstance(data, dict) else {}


def calls(entries: Sequence[Entry]) -> list[JSON]:
    """Those events that are calls of a model."""
    return [each.body for each in entries if each.body.get("kind") == "called"]
