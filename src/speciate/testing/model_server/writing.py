"""A changed program in the format that was asked for."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from .changing import open_rows
from .reading import Asked, Format, Source

_NEAR = 3  # lines around a change in a unified diff


def written(asked: Asked, program: Source, after: str, said: str) -> str:
    """The reply that turns `program` into the text `after`, with a sentence before it."""
    if asked.format is Format.DIFF:
        body = search_replace(program.text, after)
        if asked.named:
            body = f"{program.name}\n{body}"
    elif asked.format is Format.UNIFIED:
        body = fenced("diff", unified(program, after))
    else:
        body = fenced(program.language or "python", after)
        if asked.named:
            body = f"{program.name}\n{body}"
    if asked.tagged:
        tag = "DIFF" if asked.format is Format.DIFF else "CODE"
        parts = (("NAME", _slug(said)), ("DESCRIPTION", f"{said}."), (tag, body))
        return "\n\n".join(f"<{name}>\n{text}\n</{name}>" for name, text in parts) + "\n"
    return f"{_sentence(said)}\n\n{body}\n"


def search_replace(before: str, after: str) -> str:
    """One block, as AlphaEvolve has it (Novikov et al. 2025): the changed lines, with as many around them as make
    what is searched for unique."""
    old, new = before.splitlines(), after.splitlines()
    first, last, end = changed(old, new)
    low, high = _around(open_rows(before), first, last, len(old))
    text = "\n".join(("", *old, ""))
    grown = 0
    while (first == last or _twice(text, old[first:last])) and (low < first or last < high):
        if (grown % 2 == 0 and low < first) or last == high:
            first -= 1
        else:
            last, end = last + 1, end + 1
        grown += 1
    return block(old[first:last], new[first:end])


def _twice(text: str, lines: Sequence[str]) -> bool:
    wanted = "\n".join(("", *lines, ""))
    return text.find(wanted, text.find(wanted) + 1) >= 0  # `count` would not see those that share a line's end


def block(search: Sequence[str], replace: Sequence[str]) -> str:
    return "\n".join(("<<<<<<< SEARCH", *search, "=======", *replace, ">>>>>>> REPLACE"))


def unified(program: Source, after: str) -> str:
    name = program.name or "program"
    lines = difflib.unified_diff(
        program.text.splitlines(), after.splitlines(), f"a/{name}", f"b/{name}", n=_NEAR, lineterm=""
    )
    return "\n".join(lines)


def fenced(language: str, text: str) -> str:
    mark = "````" if "```" in text else "```"
    return f"{mark}{language}\n{text.rstrip()}\n{mark}"


def changed(old: Sequence[str], new: Sequence[str]) -> tuple[int, int, int]:
    """Lines old[first:last] have become new[first:end]; those before and after are equal."""
    first, most = 0, min(len(old), len(new))
    while first < most and old[first] == new[first]:
        first += 1
    last, end = len(old), len(new)
    while last > first and end > first and old[last - 1] == new[end - 1]:
        last, end = last - 1, end - 1
    return first, last, end


def _around(rows: Sequence[int], first: int, last: int, length: int) -> tuple[int, int]:
    """The lines that a change may show beside itself: those of its block, as far as they are known."""
    if not rows:
        return 0, length
    return min(first, rows[0]), max(last, rows[-1] + 1)


def _sentence(said: str) -> str:
    return f"I changed one thing ({said}), which should score higher."


def _slug(said: str) -> str:
    return "_".join("".join(sign if sign.isalnum() else " " for sign in said.lower()).split()[:4]) or "change"
