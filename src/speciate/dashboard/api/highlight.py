"""A program's lines as pieces with a class each, so that a page can colour them without running or parsing anything.

Classes: kw, str, num, com, fn (a name that is defined or called), op, and "" for the rest. Python is read by its own
tokenizer, as far as that gets; anything else is plain.
"""

from __future__ import annotations

import io
import keyword
import tokenize
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import TypeAlias

from speciate.store.differing import split_lines

LONG = 400_000  # characters from which on a program stays plain
_PYTHON = (".py", ".pyi", "")
_CLASSES = {tokenize.STRING: "str", tokenize.NUMBER: "num", tokenize.COMMENT: "com", tokenize.OP: "op"}
_INSIDE_F = ("FSTRING_START", "FSTRING_MIDDLE", "FSTRING_END")  # of newer tokenizers
_CLASSES |= {getattr(tokenize, name): "str" for name in _INSIDE_F if hasattr(tokenize, name)}

Piece: TypeAlias = tuple[str, str]
Span: TypeAlias = tuple[str, tuple[int, int], tuple[int, int]]  # class, from and to: line from 1, column from 0


def spans(name: str, text: str) -> list[list[Piece]]:
    """Per line its pieces, which together are the line."""
    lines = split_lines(text)
    if PurePosixPath(name).suffix.lower() not in _PYTHON or len(text) > LONG:
        return [[("", line)] if line else [] for line in lines]
    return _cut(lines, _classed(lines))


def _classed(lines: Sequence[str]) -> list[Span]:
    """What the tokenizer tells apart, up to where it gives up."""
    found: list[Span] = []
    defines = False
    source = io.StringIO("".join(f"{line}\n" for line in lines), newline="\n")
    try:
        for token in tokenize.generate_tokens(source.readline):
            if token.type == tokenize.NAME:
                kind = "kw" if keyword.iskeyword(token.string) else "fn" if defines else ""
                found.append((kind, token.start, token.end))
                defines = token.string in ("def", "class")
                continue
            if token.string == "(" and found and found[-1][0] == "" and found[-1][2] == token.start:
                found[-1] = ("fn", *found[-1][1:])
            if token.type in _CLASSES:
                found.append((_CLASSES[token.type], token.start, token.end))
    except (tokenize.TokenError, SyntaxError, ValueError):
        return found  # a candidate need not be a program
    return found


def _cut(lines: Sequence[str], found: Sequence[Span]) -> list[list[Piece]]:
    rows: list[list[Piece]] = [[] for _ in lines]
    ends = [0] * len(lines)
    for kind, start, end in found:
        for number in range(start[0] - 1, min(end[0], len(lines))):
            line = lines[number]
            low = max(start[1] if number == start[0] - 1 else 0, ends[number])
            high = min(end[1] if number == end[0] - 1 else len(line), len(line))
            if low >= high:
                continue
            if low > ends[number]:
                rows[number].append(("", line[ends[number] : low]))
            rows[number].append((kind, line[low:high]))
            ends[number] = high
    for number, line in enumerate(lines):
        if ends[number] < len(line):
            rows[number].append(("", line[ends[number] :]))
    return [list(_joined(row)) for row in rows]


def _joined(row: Sequence[Piece]) -> Iterator[Piece]:
    """Neighbours of one class as one piece."""
    held: Piece | None = None
    for kind, text in row:
        if held is not None and held[0] == kind:
            held = (kind, held[1] + text)
            continue
        if held is not None:
            yield held
        held = (kind, text)
    if held is not None:
        yield held
