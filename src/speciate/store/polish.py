"""Which polishes a program calls: what it scores is credited to them as well, by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from speciate.core.values import JSON

_EVOLVED = re.compile(r"EVOLVE-BLOCK-START[^\n]*\n(.*?)EVOLVE-BLOCK-END", re.DOTALL)


def called(text: Callable[[], str], opened: JSON) -> Mapping[str, str]:
    """The polishes of the run's problem (name to what it is) that the evolved part of a text calls. The text
    is read only where there are any."""
    declared: Mapping[str, str] = (opened or {}).get("problem", {}).get("polish") or {}
    if not declared:
        return {}
    whole = text()
    evolved = "\n".join(_EVOLVED.findall(whole)) or whole
    return {name: what for name, what in declared.items() if re.search(rf"\b{re.escape(name)}\s*\(", evolved)}
