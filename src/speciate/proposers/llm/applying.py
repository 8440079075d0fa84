"""Edits applied to a program: at the one place that each means, and only between the EVOLVE markers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from speciate.core.errors import ProblemError
from speciate.genomes.text import Block, editable, frozen, is_marker, lines_of

from .edits import Edit
from .faults import EditFailed, Fault, numbered
from .matching import ALIKE, How, Place, nearest, places

AROUND = 2  # lines shown above and below the nearest ones
SHOWN = 3  # lines of an edit that a sentence quotes
COMMENTED = ("#", "//", "--", ";", "%", "!", "/*", "(*", "<!--", "*")
LEFT_OUT = re.compile(
    r"^\W*(\.\.\.|…).*\b(rest|existing|unchanged|remain\w*|same|previous|original|omitted)\b"
    r"|^\W*\b(rest|existing|remain\w*|same|previous|original|other)\b.*(\.\.\.|…|\bunchanged\b|\bas before\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Change:
    """Where an edit was made: the file, its line (from 1) and how that was found."""

    file: str
    line: int
    how: How
    ratio: float

    def __str__(self) -> str:
        return f"{self.file} line {self.line}, {self.how}" + (f" {self.ratio:.2f}" if self.how is How.FUZZY else "")


@dataclass(frozen=True, slots=True)
class Applied:
    """The program after all edits, and where they were made."""

    files: Mapping[str, str]
    changes: tuple[Change, ...] = ()


def apply(files: Mapping[str, str], edits: Sequence[Edit], alike: float = ALIKE) -> Applied:
    """The program after these edits, one after the other; `alike` is the least ratio of a fuzzy match.

    Raises:
        EditFailed: for an edit that matches nothing, or several places, or changes what stands outside the markers;
            and where all of them together change nothing.
    """
    after = dict(files)
    changes = []
    for number, edit in enumerate(edits, 1):
        if edit.old == edit.new:
            continue
        name, place = _place(after, edit, f"edit {number} of {len(edits)}" if len(edits) > 1 else "the edit", alike)
        whole(place.new, files[name])
        after[name] = _with(after[name], place)
        changes.append(Change(name, place.first + 1, place.how, place.ratio))
    check(files, after)
    return Applied(after, tuple(changes))


def check(before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Raises EditFailed where the program is as before but for blanks at the ends of lines, or what may not change has
    changed."""
    if all(_shorn(after[name]) == _shorn(text) for name, text in before.items()):
        raise EditFailed(Fault.UNCHANGED, "the program would be the same as before")
    allowed = editable(before)
    for name, text in before.items():
        if name not in allowed and after[name] != text:
            raise EditFailed(Fault.OUTSIDE, f"{name} has no markers and may not change")
        if name in allowed and _frozen(after[name]) != frozen(text):
            raise EditFailed(Fault.OUTSIDE, f"{name} would change outside its markers, or have other markers")


def _frozen(text: str) -> tuple[str, ...]:
    try:
        return frozen(text)
    except ProblemError:  # a marker without its partner
        return ()


def whole(lines: Sequence[str], text: str) -> None:
    """Raises EditFailed for a comment that stands for code, as "... the rest is unchanged ...", unless it is in the
    text already."""
    for line in map(str.strip, lines):
        if line.startswith((*COMMENTED, "...", "…")) and LEFT_OUT.match(line) and line not in text:
            raise EditFailed(Fault.OMITTED, f"`{line}` stands for code; write all of it")


def _shorn(text: str) -> list[str]:
    return list(map(str.rstrip, text.rstrip().splitlines()))


def _place(files: Mapping[str, str], edit: Edit, which: str, alike: float) -> tuple[str, Place]:
    allowed = editable(files)
    names = _meant(files, edit)
    if not any(line.strip() for line in edit.old):
        return _insertion(allowed, edit, which, names)
    texts = {name: [line.rstrip("\r\n") for line in lines_of(files[name])] for name in names}
    ways = zip(*(places(lines, edit.old, edit.new, alike) for lines in texts.values()), strict=True)
    for way in ways:
        found = [(name, place) for name, some in zip(texts, way, strict=True) for place in some]
        inside = [(name, place) for name, place in found if _inside(place, allowed.get(name, ()))]
        if inside:
            return _one(inside, edit, which)
        if found:
            name, place = found[0]
            raise _outside(name, texts[name], place, allowed, which)
    raise _nothing(texts, edit, which)


def _meant(files: Mapping[str, str], edit: Edit) -> list[str]:
    """The files that an edit may be meant for. Of a program of one file, any name is taken for that one."""
    return [edit.file] if edit.file in files else list(files)


def _inside(place: Place, blocks: Sequence[Block]) -> bool:
    """Whether all that changes lies within one block, up to its last line, and no marker is among the new lines."""
    return not any(map(is_marker, place.new)) and any(
        block.first <= place.first and place.last <= block.last for block in blocks
    )


def _one(found: Sequence[tuple[str, Place]], edit: Edit, which: str) -> tuple[str, Place]:
    """The only place; of several, the one nearest to where the edit says that it is."""
    if len(found) == 1:
        return found[0]
    if edit.line:
        ordered = sorted(found, key=lambda each: abs(each[1].first + 1 - edit.line))
        one, other = (abs(each[1].first + 1 - edit.line) for each in ordered[:2])
        if one < other:
            return ordered[0]
    where = ", ".join(str(place.first + 1) for _, place in found[:8])
    raise EditFailed(
        Fault.SEVERAL, f"{which} fits at lines {where}: `{_quoted(edit.old)}`; add lines around it that tell them apart"
    )


def _insertion(
    allowed: Mapping[str, Sequence[Block]], edit: Edit, which: str, names: Sequence[str]
) -> tuple[str, Place]:
    """Lines without a place of their own: where a diff says, else at the end of the only block."""
    spots = [(name, block) for name in names for block in allowed.get(name, ())]
    if edit.line:
        spots = [(name, block) for name, block in spots if block.first <= edit.line <= block.last]
    if not spots:
        raise EditFailed(Fault.OUTSIDE, f"{which} inserts lines at line {edit.line}, which may not change")
    if len(spots) > 1:
        raise EditFailed(Fault.SEVERAL, f"{which} names no lines, and {len(spots)} blocks may change")
    if any(map(is_marker, edit.new)):
        raise EditFailed(Fault.OUTSIDE, f"{which} would put a marker into the program")
    name, block = spots[0]
    at = edit.line or block.last
    return name, Place(at, at, edit.new, How.EXACT)


def _with(text: str, place: Place) -> str:
    lines = lines_of(text)
    if place.first and place.first == len(lines) and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    lines[place.first : place.last] = [f"{line}\n" for line in place.new]
    return "".join(lines)


def _outside(
    name: str, lines: list[str], place: Place, allowed: Mapping[str, Sequence[Block]], which: str
) -> EditFailed:
    if any(map(is_marker, place.new)):
        return EditFailed(Fault.OUTSIDE, f"{which} would put a marker into the program")
    spans = ", ".join(f"{block.first + 1}-{block.last}" for block in allowed.get(name, ())) or "none"
    what = f"{which} changes {name} line {place.first + 1}; lines that may change: {spans}"
    return EditFailed(Fault.OUTSIDE, what, numbered(lines, max(place.first - AROUND, 0), place.last + AROUND))


def _nothing(texts: Mapping[str, list[str]], edit: Edit, which: str) -> EditFailed:
    what = f"{which} names lines that are not in the program: `{_quoted(edit.old)}`"
    near = [(name, found) for name, lines in texts.items() if (found := nearest(lines, edit.old)) is not None]
    if not near:
        return EditFailed(Fault.NOTHING, what)
    name, (first, last, ratio) = max(near, key=lambda each: each[1][2])
    what += f"; nearest: {name} line {first + 1}, {ratio:.0%} alike"
    return EditFailed(Fault.NOTHING, what, numbered(texts[name], max(first - AROUND, 0), last + AROUND))


def _quoted(old: Sequence[str]) -> str:
    told = [line.strip() for line in old if line.strip()]
    return " / ".join(told[:SHOWN]) + (" / …" if len(told) > SHOWN else "")
