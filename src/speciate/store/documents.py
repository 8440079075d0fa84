"""The documents that the command line prints with `--json` and the dashboard serves: one kind, one body, one line."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping

from speciate.core.errors import SpeciateError
from speciate.core.values import JSON

# JSON itself escapes the controls below the space only. Half a surrogate pair is no text: a name that is no UTF-8.
_ESCAPED = re.compile("[\x7f-\x9f\ud800-\udfff]")


def document(kind: str, body: Mapping[str, JSON]) -> str:
    """One document on one line, without the line's end. No character of it steers a terminal, and it can be written as
    UTF-8 whatever a candidate's text holds; numbers that are not finite are null."""
    whole = {"speciate": 1, "kind": kind, **body}
    try:
        text = json.dumps(whole, allow_nan=False, ensure_ascii=False)
    except ValueError:  # rare, and looking for it first would take longer than writing the rest
        text = json.dumps(finite(whole), allow_nan=False, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def finite(value: JSON) -> JSON:
    """The same JSON, null for every number that is not finite."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [finite(each) for each in value]
    return value


def error_body(error: SpeciateError) -> dict[str, JSON]:
    """What a document of the kind "error" says."""
    return {"error": {"code": type(error).__name__, "what": error.what, "do": error.do}}
