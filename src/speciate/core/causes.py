"""What failures of one kind have in common: what was said with what varies taken out (numbers, addresses, the row of a
case), and the line that it happened on."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")
_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+(?:,\d{3})+|\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?!\w)")
_ROW = re.compile(r" \(row \d+\)$")
_LINE = re.compile(r",? (?:(?P<file>[^\s,]+\.\w+) )?line (?P<line>\d+)$")


def cause_of(said: str) -> tuple[str, str]:
    """The cause with N for every number, and the line: "seed.py line 9", "line 9" or "".

    >>> cause_of("IndexError: index 12 is out of bounds for axis 0 with size 12, seed.py line 9 (row 3)")
    ('IndexError: index N is out of bounds for axis N with size N', 'seed.py line 9')
    """
    text, line = parts(said)
    return _NUMBER.sub("N", _ADDRESS.sub("N", text)), line


def parts(said: str) -> tuple[str, str]:
    """What was said and where, word for word, without the row of a case."""
    first = _ROW.sub("", said.strip().split("\n", 1)[0].strip())
    line = ""
    if matched := _LINE.search(first):
        line = " ".join(each for each in (matched["file"], f"line {matched['line']}") if each)
        first = first[: matched.start()]
    return first or "no reason given", line
