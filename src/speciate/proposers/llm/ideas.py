"""Ideas as a model lists them, and as a prompt shows them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from speciate.core.values import Candidate

from .fences import OPENS

IDEAS = "ideas"  # the key of a candidate's notes; the topic of notes that a library keeps, and the key of their data
MOST = 12  # ideas of one answer that are read
LENGTH = 400  # characters of one that are kept

_ITEM = re.compile(r"^\s*(?:\d{1,2}[.)]|[-*•])\s+(\S.*)$")  # in time linear in the line's length
_HEAD = re.compile(r"^[\s#*_]*(new ideas|ideas|thoughts?|solutions?|program)[\s*_]*:?[\s*_]*(.*)$", re.IGNORECASE)


def listed(reply: str) -> list[str]:
    """The items of the reply's list before any code, each once: of the list under the head "Ideas" where there is one,
    until the head "Thoughts". A line that goes on with an item belongs to it."""
    found: list[str] = []
    headed = any((head := _HEAD.match(line)) and "idea" in head[1].lower() for line in reply.split("\n"))
    reading, open_item = not headed, False
    for line in reply.split("\n"):
        if OPENS.match(line):
            break
        head, item = _HEAD.match(line), _ITEM.match(line)
        if head is not None and item is None and (line.rstrip().endswith((":", "*", "_")) or not head[2]):
            reading, open_item = "idea" in head[1].lower(), False
        elif head is not None and item is None and head[1].lower().startswith("thought"):
            reading = False
        elif reading and item is not None:
            found.append(_cleaned(item[1]))
            open_item = True
        elif reading and open_item and line.startswith((" ", "\t")) and line.strip():
            found[-1] = _cleaned(f"{found[-1]} {line.strip()}")
        else:
            open_item = False
    return list(dict.fromkeys(each for each in found if each))[:MOST]


def behind(candidates: Sequence[Candidate]) -> str:
    """The ideas that the notes of these candidates hold, under heads that name them; "" where there are none."""
    sections = []
    for each in candidates:
        held = each.notes.get(IDEAS) if isinstance(each.notes, dict) else None
        if held:
            sections.append(f"# Ideas behind candidate {each.id}\n" + "\n".join(f"- {idea}" for idea in held))
    return "\n\n".join(sections)


def _cleaned(text: str) -> str:
    text = " ".join(text.replace("**", "").replace("`", "").split())
    return text if len(text) <= LENGTH else text[: LENGTH - 1] + "…"
