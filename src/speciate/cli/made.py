"""How a candidate was made: what a model was asked and said, or by which operator with which parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from speciate.core.values import JSON
from speciate.store.making import calls, parameters
from speciate.store.words import counted, safe, took, usd

if TYPE_CHECKING:
    from speciate.store.views import Detail, Entry


def made_lines(detail: Detail, entries: Sequence[Entry]) -> Iterator[str]:
    """The prompt and the reply of each call; where there was no model, who made it and with what."""
    made = calls(entries)
    if not made:
        yield _without_a_model(detail)
        return
    for number, call in enumerate(made, 1):
        cost = call.get("cost") or {}
        paid = cost.get("usd", 0.0)
        spent = [f"{cost.get('tokens', 0):,} tokens", "price unknown" if paid is None else usd(paid)]
        spent += [took(cost["seconds"])] if cost.get("seconds") else []
        yield f"call {number} of {len(made)}   {safe(str(call.get('model')))}   {', '.join(spent)}"
        yield from _messages(call.get("prompt"))
        yield from _titled("reply", call.get("reply"))


def _without_a_model(detail: Detail) -> str:
    row = detail.row
    source = f" from {' and '.join(map(str, row.parents))}" if row.parents else ""
    edit = detail.notes.get("edit") if isinstance(detail.notes, dict) else None
    did = f": {edit}" if isinstance(edit, str) and edit else ""
    told = ", ".join(f"{name} {_short(value)}" for name, value in parameters(detail).items())
    more = f", parameters {told}" if told else ", no parameters"
    hint = detail.plan.get("notes") if isinstance(detail.plan, Mapping) else None
    noted = f", told {_short(hint)}" if hint else ""
    return safe(f"made by {row.operator}{source}{did}{more}{noted} (no model, so there is no prompt)")


def _short(value: JSON) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _messages(prompt: JSON) -> Iterator[str]:
    """A prompt is a text, or messages with a role each, or whatever its proposer sent."""
    messages = prompt.get("messages", prompt) if isinstance(prompt, dict) else prompt
    if isinstance(messages, list) and all(isinstance(each, dict) and "content" in each for each in messages):
        for each in messages:
            yield from _titled(str(each.get("role", "prompt")), each["content"])
    else:
        yield from _titled("prompt", messages)


def _titled(title: str, value: JSON) -> Iterator[str]:
    if isinstance(value, dict) and isinstance(value.get("text"), str):
        value = value["text"]
    text = value if isinstance(value, str) else _json(value)
    lines = safe(text).rstrip("\n").split("\n")
    yield f"-- {safe(title)}, {counted(len(lines), 'line')}"
    yield from lines


def _json(value: JSON) -> str:
    import json

    return json.dumps(value, indent=1, ensure_ascii=False)
