"""Edits as models write them: SEARCH/REPLACE blocks (AlphaEvolve, Novikov et al. 2025) and unified diffs, both read
into the same value."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .faults import EditFailed, Fault
from .fences import fences, named

OPEN = re.compile(r"^\s*<{5,9}(\s.*)?$")
DIVIDER = re.compile(r"^\s*={5,9}\s*$")
CLOSE = re.compile(r"^\s*>{5,9}(\s.*)?$")
HUNK = re.compile(r"^@@(?:\s*-(\d+)(?:,\d+)?\s+\+\d+(?:,\d+)?)?\s*(?:@@.*)?$")
FENCE = re.compile(r"^\s*(```|~~~)")


@dataclass(frozen=True, slots=True)
class Edit:
    """Lines `old` are to become `new`. `file` "" is any; `line` is where the edit says that they stand (from 1, 0:
    it does not say)."""

    old: tuple[str, ...]
    new: tuple[str, ...]
    file: str = ""
    line: int = 0


def read(reply: str, files: Mapping[str, str]) -> tuple[Edit, ...]:
    """The edits of a reply, in order, whichever of the two ways it writes them; () where it has none.

    Raises:
        EditFailed: for a block that is not whole.
    """
    return blocks(reply, files) or unified(reply, files)


def blocks(reply: str, files: Mapping[str, str]) -> tuple[Edit, ...]:
    """SEARCH/REPLACE blocks. The file is one that is named between the last block and this one."""
    found: list[Edit] = []
    file = ""
    first = 0  # the line, from 1, of the block that is open, 0 while none is
    lines = reply.split("\n")
    for number, line in enumerate(lines, 1):
        if "<<<<<" in line and OPEN.match(line):
            if first:
                raise EditFailed(Fault.MALFORMED, f"line {number} of the reply begins a block within a block")
            first = number
        elif not first:
            file = named(line, files) or file
        elif ">>>>>" in line and CLOSE.match(line):
            found.append(_divided(lines[first : number - 1], first, file, files))
            first = 0
    if first:
        raise EditFailed(Fault.MALFORMED, f"the block at line {first} of the reply has no `>>>>>>> REPLACE`")
    return tuple(found)


def _divided(body: Sequence[str], line: int, file: str, files: Mapping[str, str]) -> Edit:
    """A line of equal signs may also stand in the program: the last one counts before which all is the program's."""
    dividers = [at for at, each in enumerate(body) if "=====" in each and DIVIDER.match(each)]
    if not dividers:
        raise EditFailed(Fault.MALFORMED, f"the block at line {line} of the reply has no `=======`")
    texts = [f"\n{text}" for name, text in files.items() if not file or name == file]
    fitting = (
        at for at in reversed(dividers) if at and any("\n" + "\n".join(body[:at]) + "\n" in text for text in texts)
    )
    at = next(fitting, dividers[0]) if len(dividers) > 1 else dividers[0]
    return Edit(_unfenced(body[:at]), _unfenced(body[at + 1 :]), file)


def _unfenced(lines: Sequence[str]) -> tuple[str, ...]:
    """Without a fence around all of them, which some models put into each part of a block."""
    fenced = len(lines) >= 2 and FENCE.match(lines[0]) and lines[-1].strip() == lines[0].strip()[:3]
    return tuple(lines[1:-1] if fenced else lines)


def unified(reply: str, files: Mapping[str, str]) -> tuple[Edit, ...]:
    """Hunks of unified diffs, in fences or bare. Line numbers are only believed where the text leaves a choice, and in
    a fence a line without a sign counts as context: models get both wrong."""
    if "@@" not in reply:
        return ()
    fenced = [each.text.rstrip("\n").split("\n") for each in fences(reply, files)]
    texts = [lines for lines in fenced if any(map(_is_hunk, lines))]
    found: list[Edit] = []
    for lines in texts or [reply.split("\n")]:
        found += _hunks(lines, files, bare=not texts)
    return tuple(found)


def _is_hunk(line: str) -> bool:
    return line.startswith("@@") and HUNK.match(line) is not None


def _hunks(lines: Sequence[str], files: Mapping[str, str], bare: bool) -> list[Edit]:
    found: list[Edit] = []
    file, line = "", 0
    old: list[str] = []
    new: list[str] = []
    within = signed = False

    def flush() -> None:
        if within and signed:
            found.append(Edit(tuple(old), tuple(new), file, line))
        old.clear()
        new.clear()

    for at, each in enumerate(lines):
        heading = each.startswith("--- ") and at + 1 < len(lines) and lines[at + 1].startswith("+++ ")
        unsigned = each.strip() and each[0] not in "+- \t\\"
        if heading or _is_hunk(each) or (within and (FENCE.match(each) or (bare and unsigned))):
            flush()
            signed = False
            matched = HUNK.match(each)
            within, line = matched is not None, int(matched[1] or 0) if matched else 0
            if heading:
                file = named(lines[at + 1], files) or named(each, files)
        elif within and not each.startswith("\\"):  # "\ No newline at end of file"
            sign, rest = (each[:1], each[1:]) if each[:1] in ("+", "-", " ") else (" ", each)
            signed = signed or sign != " "
            if sign != "+":
                old.append(rest)
            if sign != "-":
                new.append(rest)
    flush()
    return found
