"""What changed from one candidate to another: the lines of their files, and the cases that got better or worse."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import TypeAlias

from speciate.core.values import JSON

from .views import Detail

CONTEXT = 2  # equal lines around what changed
FEW = 400  # lines that are compared exactly; with more, lines that are everywhere are no anchors
LONG = 5000  # differing lines from which on a stretch counts as replaced whole: comparing them would take minutes

_BREAK = re.compile("\r\n|\r|\n")

Step: TypeAlias = tuple[str, int, int, int, int]  # as of difflib: tag, from and to in the old, from and to in the new


class Space(StrEnum):
    KEEP = "keep"
    IGNORE = "ignore"  # lines that differ in white space only are equal


@dataclass(frozen=True, slots=True)
class Line:
    """`op` is " ", "-" or "+"; `old` and `new` are its numbers from 1, None where it is not."""

    op: str
    old: int | None
    new: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Hunk:
    """What changed at one place of a file, with some lines around it."""

    file: str
    lines: tuple[Line, ...]

    @property
    def head(self) -> str:
        """As in any unified diff: "@@ -3,5 +3,6 @@"."""
        old = [each.old for each in self.lines if each.old is not None]
        new = [each.new for each in self.lines if each.new is not None]
        return f"@@ -{_range(old)} +{_range(new)} @@"


def _range(numbers: Sequence[int]) -> str:
    """Only a file without lines has none in a hunk."""
    return "0,0" if not numbers else f"{numbers[0]},{len(numbers)}".removesuffix(",1")


def split_lines(text: str) -> list[str]:
    """A program's lines as its language counts them. Unlike `str.splitlines` it knows no line separators but \\n, \\r
    and both, so that the numbers are those of a traceback."""
    lines = _BREAK.split(text)
    return lines if lines[-1] else lines[:-1]


def hunks(old: Mapping[str, str], new: Mapping[str, str], space: Space = Space.KEEP) -> list[Hunk]:
    """What changed in every file, in the order of the old candidate's files."""
    found: list[Hunk] = []
    for name in dict.fromkeys((*old, *new)):
        before, after = split_lines(old.get(name, "")), split_lines(new.get(name, ""))
        for group in _grouped(_steps(before, after, space)):
            found.append(Hunk(name, tuple(_lines(group, before, after))))
    return found


def unified(found: Sequence[Hunk], files: int) -> list[str]:
    """The hunks as lines, without the two lines of a header; a file's name where there are several `files`."""
    lines: list[str] = []
    name = None
    for each in found:
        if files > 1 and each.file != name:
            lines.append(f"@@ {each.file} @@")
        name = each.file
        lines += [each.head, *(line.op + line.text for line in each.lines)]
    return lines


def lines_changed(found: Sequence[Hunk]) -> int:
    """A line replaced by another counts once."""
    total = 0
    for hunk in found:
        out = into = 0
        for line in (*hunk.lines, Line(" ", None, None, "")):
            if line.op == " ":
                total += max(out, into)
                out = into = 0
            out, into = out + (line.op == "-"), into + (line.op == "+")
    return total


def cases_changed(old: Detail, new: Detail) -> tuple[int, int]:
    """How many cases got better, how many worse."""
    sign = new.metric.direction.sign
    moves = [sign * (after - before) for before, after in zip(old.cases, new.cases, strict=False)]
    return sum(each > 0 for each in moves), sum(each < 0 for each in moves)


def difference(old: Detail, new: Detail, space: Space = Space.KEEP) -> dict[str, JSON]:
    """The body of a document of the kind "diff"."""
    found, files = hunks(old.files, new.files, space), len({*old.files, *new.files})
    better, worse = cases_changed(old, new)
    return {
        "run": new.run,
        "from": {"run": old.run, "id": old.row.id, "score": old.row.score, "status": old.row.status},
        "to": {"id": new.row.id, "score": new.row.score, "status": new.row.status, "operator": new.row.operator},
        "diff": unified(found, files),
        "lines": lines_changed(found),
        "cases": {"compared": min(len(old.cases), len(new.cases)), "better": better, "worse": worse},
        "hunks": [
            {
                "file": hunk.file,
                "lines": [{"op": each.op, "old": each.old, "new": each.new, "text": each.text} for each in hunk.lines],
            }
            for hunk in found
        ],
    }


def _steps(old: list[str], new: list[str], space: Space) -> Sequence[Step]:
    """How to come from the old lines to the new ones."""
    if space is Space.IGNORE:
        old, new = (["".join(line.split()) for line in lines] for lines in (old, new))
    if max(len(old), len(new)) <= FEW:
        return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    low, high = 0, 0
    shorter = min(len(old), len(new))
    while low < shorter and old[low] == new[low]:
        low += 1
    while high < shorter - low and old[-1 - high] == new[-1 - high]:
        high += 1
    before, after = old[low : len(old) - high], new[low : len(new) - high]
    if max(len(before), len(after)) > LONG:
        middle: Sequence[Step] = [("replace", 0, len(before), 0, len(after))]
    else:
        middle = SequenceMatcher(None, before, after, autojunk=len(after) > FEW).get_opcodes()
    shifted = [(tag, a + low, b + low, c + low, d + low) for tag, a, b, c, d in middle]
    end = ("equal", len(old) - high, len(old), len(new) - high, len(new))
    return [("equal", 0, low, 0, low), *shifted, end]


def _grouped(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """What changed close together, with the lines around it."""
    group: list[Step] = []
    changed = False
    for tag, a, b, c, d in _joined(steps):
        if tag != "equal":
            group.append((tag, a, b, c, d))
            changed = True
        elif b - a > 2 * CONTEXT:
            if changed:
                yield [*group, (tag, a, a + CONTEXT, c, c + CONTEXT)]
            group, changed = [(tag, b - CONTEXT, b, d - CONTEXT, d)], False
        else:
            group.append((tag, a, b, c, d) if changed else (tag, max(a, b - CONTEXT), b, max(c, d - CONTEXT), d))
    if changed:
        tag, a, b, c, d = group[-1]
        if tag == "equal":
            group[-1] = (tag, a, min(b, a + CONTEXT), c, min(d, c + CONTEXT))
        yield group


def _joined(steps: Sequence[Step]) -> Iterator[Step]:
    """Equal stretches side by side as one; none that is empty."""
    held: Step | None = None
    for step in steps:
        if step[1] == step[2] and step[3] == step[4]:
            continue
        if held is not None and held[0] == step[0] == "equal":
            held = ("equal", held[1], step[2], held[3], step[4])
            continue
        if held is not None:
            yield held
        held = step
    if held is not None:
        yield held


def _lines(group: Sequence[Step], old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    for tag, a, b, c, d in group:
        if tag == "equal":
            yield from (Line(" ", a + at + 1, c + at + 1, new[c + at]) for at in range(b - a))
        else:
            yield from (Line("-", at + 1, None, old[at]) for at in range(a, b))
            yield from (Line("+", None, at + 1, new[at]) for at in range(c, d))
