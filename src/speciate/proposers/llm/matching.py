"""Where in a text the lines stand that an edit names: as they are, with other blanks, indented otherwise, or nearly.

Each way is tried on the whole text before the next. A place carries the lines to put there, indented as the text is.
The nearly alike are found by the share of tokens in common, and judged by the ratio of Ratcliff & Obershelp 1988.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import TypeAlias

ALIKE = 0.85  # from this ratio on, lines are taken for those that were meant
APART = 0.03  # by which the likeliest place must beat the next
JUDGED = 8  # places whose ratio is taken
LONG = 300  # characters beyond which tokens are compared instead
PAIRS = 20_000  # of equal parts beyond which coarser ones are compared: a long edit of few words takes minutes else
TOKEN = re.compile(r"\w+|[^\w\s]")


Line: TypeAlias = tuple[str, str]  # as the edit has it, and as the text has it or will
Form: TypeAlias = Callable[[Sequence[str]], Sequence[str]]  # lines as the parts by which they are compared


class How(StrEnum):
    EXACT = "exact"
    WHITESPACE = "whitespace"
    INDENTATION = "indentation"
    FUZZY = "fuzzy"


@dataclass(frozen=True, slots=True)
class Place:
    """Lines `first` to `last` (from 0, half open) are to become `new`. Lines at both ends that the edit only names,
    and does not change, are left out of the range. `ratio` is 1 where the lines are those of the edit."""

    first: int
    last: int
    new: tuple[str, ...]
    how: How
    ratio: float = 1.0


def places(lines: Sequence[str], old: Sequence[str], new: Sequence[str], alike: float = ALIKE) -> Iterator[list[Place]]:
    """The places of `old`, one list per way of looking, the strictest first; a list may be empty."""
    yield _aligned(lines, old, new, How.EXACT) or _within_lines(lines, old, new)
    old, new = _bare(old, new)
    if old:
        yield _aligned(lines, old, new, How.WHITESPACE, _spaced)
        yield _aligned(lines, old, new, How.INDENTATION, _stripped)
        yield _nearly(lines, old, new, alike)


def nearest(lines: Sequence[str], old: Sequence[str]) -> tuple[int, int, float] | None:
    """The lines (from 0, half open) most like `old`, and how alike they are (0 to 1); None where nothing is."""
    found = _judged(lines, [line for line in old if line.strip()])
    return found[0] if found and found[0][2] > 0 else None


def _spaced(line: str) -> str:
    return _indent(line) + _stripped(line) if line.strip() else ""


def _stripped(line: str) -> str:
    return " ".join(line.split())


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _bare(old: Sequence[str], new: Sequence[str]) -> tuple[list[str], list[str]]:
    """Without the blank lines at both ends: of both, as far as both have them."""
    old, new = list(old), list(new)
    for at in (0, -1):
        while old and not old[at].strip():
            old.pop(at)
            if new and not new[at].strip():
                new.pop(at)
    return old, new


def _aligned(
    lines: Sequence[str],
    old: Sequence[str],
    new: Sequence[str],
    how: How,
    form: Callable[[str], str] | None = None,
) -> list[Place]:
    """Every place where the lines are those of `old` in this form (None: as they are)."""
    wanted = list(map(form, old) if form else old)
    if not wanted:
        return []
    forms = list(map(form, lines) if form else lines)
    count = len(old)
    found = []
    for at in range(len(lines) - count + 1):
        if forms[at] == wanted[0] and forms[at : at + count] == wanted:
            actual = lines[at : at + count]
            written = new if how in (How.EXACT, How.WHITESPACE) else _indented(new, old, actual)
            head, tail = _kept(list(zip(old, actual, strict=True)), list(zip(new, written, strict=True)))
            found.append(Place(at + head, at + count - tail, tuple(written[head : len(new) - tail]), how))
    return found


def _kept(before: Sequence[Line], after: Sequence[Line]) -> tuple[int, int]:
    """How many lines at the beginning and at the end stay: the edit says so, or they would be written as they are."""

    def stays(one: Line, other: Line) -> bool:
        return one[0] == other[0] or one[1] == other[1]

    least = min(len(before), len(after))
    head = next((at for at in range(least) if not stays(before[at], after[at])), least)
    most = least - head
    return head, next((at for at in range(most) if not stays(before[-1 - at], after[-1 - at])), most)


def _within_lines(lines: Sequence[str], old: Sequence[str], new: Sequence[str]) -> list[Place]:
    """Places that begin or end within a line: an edit may name part of one. Words are not cut."""
    wanted, written = "\n".join(old), "\n".join(new)
    if not wanted.strip():
        return []
    before, after = r"(?<!\w)" if wanted[0].isalnum() else "", r"(?!\w)" if wanted[-1].isalnum() else ""
    text = "\n".join(lines)
    found = []
    for match in re.finditer(before + re.escape(wanted) + after, text):
        first, last = text.count("\n", 0, match.start()), text.count("\n", 0, match.end()) + 1
        start = text.rfind("\n", 0, match.start()) + 1
        end = text.find("\n", match.end())
        whole = text[start : match.start()] + written + text[match.end() : end if end >= 0 else len(text)]
        changed = whole.split("\n")
        head, tail = _kept(_twice(lines[first:last]), _twice(changed))
        found.append(Place(first + head, last - tail, tuple(changed[head : len(changed) - tail]), How.EXACT))
    return found


def _indented(new: Sequence[str], old: Sequence[str], actual: Sequence[str]) -> list[str]:
    """The new lines, indented as the text is where the edit's old lines were indented otherwise."""
    known: dict[str, str] = {}
    for mine, theirs in zip(old, actual, strict=True):
        if mine.strip():
            known.setdefault(_indent(mine), _indent(theirs))
    return [_shifted(line, known) if line.strip() else line for line in new]


def _shifted(line: str, known: dict[str, str]) -> str:
    own, rest = _indent(line), line.lstrip()
    under = max((each for each in known if own.startswith(each)), key=len, default=None)
    if under is not None:
        return known[under] + own[len(under) :] + rest
    least = min(known, key=len)  # it stands further left than all that is known
    return known[least][: max(len(known[least]) - max(len(least) - len(own), 0), 0)] + rest


def _nearly(lines: Sequence[str], old: Sequence[str], new: Sequence[str], alike: float) -> list[Place]:
    """The places that are alike enough, of which the best beats the next, or else all that compete."""
    found = [each for each in _judged(lines, old) if each[2] >= alike]
    apart = [each for each in found if each[1] <= found[0][0] or each[0] >= found[0][1]]
    rivals = [each for each in apart if found[0][2] - each[2] < APART]
    return [_near(lines, old, new, *each) for each in [*found[:1], *rivals]]


def _near(lines: Sequence[str], old: Sequence[str], new: Sequence[str], first: int, last: int, ratio: float) -> Place:
    actual = list(lines[first:last])
    pairs = list(zip(old, actual, strict=False))
    written = _indented(new, [mine for mine, _ in pairs], [theirs for _, theirs in pairs])
    if len(old) == len(actual):
        head, tail = _kept(pairs, list(zip(new, written, strict=True)))
    else:  # which line is which is not known, so only equal ones are left out
        head, tail = _kept(_twice(actual), _twice(written))
    return Place(first + head, last - tail, tuple(written[head : len(written) - tail]), How.FUZZY, ratio)


def _twice(lines: Sequence[str]) -> list[Line]:
    return [(line, line) for line in lines]


def _judged(lines: Sequence[str], old: Sequence[str]) -> list[tuple[int, int, float]]:
    """The likeliest places, the most alike first, the upper first among equals."""
    tokens = [TOKEN.findall(line) for line in lines]
    wanted = Counter(token for line in old for token in TOKEN.findall(line))
    likely = [
        found
        for length in sorted({len(old), len(old) - 1, len(old) + 1})
        if 0 < length <= len(lines)
        for found in _shares(tokens, wanted, length)
    ]
    forms = (_signs, _tokens, _whole) if sum(map(len, old)) <= LONG else (_tokens, _whole)
    judged: list[tuple[int, int, float]] = []
    least = 0.0
    for _, first, last in sorted(likely)[:JUDGED]:
        judge = _judge(lines[first:last], old, forms)
        if judge is not None and judge.quick_ratio() > least - APART:  # it is never below the ratio
            judged.append((first, last, judge.ratio()))
            least = max(least, judged[-1][2])
    return sorted(judged, key=lambda each: (-each[2], each[0], each[1]))


def _judge(window: Sequence[str], old: Sequence[str], forms: Sequence[Form]) -> SequenceMatcher[str] | None:
    """What compares them, in the finest form that is no endless work: it looks at all pairs of equal parts for each
    run of equal parts that it finds. None where lines repeat so often that even they are too many."""
    for form in forms:
        one, other = form(window), form(old)
        counts = Counter(other)
        if sum(counts[each] * count for each, count in Counter(one).items()) <= PAIRS:
            return SequenceMatcher[str](None, one, other, autojunk=False)
    return None


def _signs(lines: Sequence[str]) -> Sequence[str]:
    return "\n".join(map(_stripped, lines))


def _tokens(lines: Sequence[str]) -> Sequence[str]:
    return [each for line in lines for each in TOKEN.findall(line)]


def _whole(lines: Sequence[str]) -> Sequence[str]:
    return list(map(_stripped, lines))


def _shares(tokens: Sequence[Sequence[str]], wanted: Counter[str], length: int) -> Iterator[tuple[float, int, int]]:
    """Each place of this many lines that has a token of the wanted ones: minus the share in common, and where it is."""
    missing = dict(wanted)  # how many of each the window lacks, below 0 where it has too many
    common = size = 0
    for at, line in enumerate(tokens):
        for token in line:
            left = missing.get(token)
            if left is not None:
                common += left > 0
                missing[token] = left - 1
        size += len(line)
        first = at + 1 - length
        if first < 0:
            continue
        if common:
            yield -2.0 * common / (wanted.total() + size), first, at + 1
        for token in tokens[first]:
            left = missing.get(token)
            if left is not None:
                missing[token] = left + 1
                common -= left >= 0
        size -= len(tokens[first])
