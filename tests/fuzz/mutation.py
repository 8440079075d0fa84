"""Inputs made of other inputs: bytes, lines, words and nodes of JSON changed, cut, doubled and blown up.

Nothing is known of which lines of a reader an input reaches. What stands in for that is a corpus which has every form
that a reader knows, and the words between which it decides.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from .target import CUT, Target

LONGEST = 64 * 1024  # bytes of an input: the square of it is past every bound
BLOWN_UP = 0.03  # of the inputs are made that long
STEPS = 0.6  # the chance of one more change after each

ODD: Sequence[bytes] = (
    b"\x00", b"\xff", b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\x0c", b"\x0b", b"\x1c", b"\x85", b"\r", b"\r\n", b"\n",
    b"\t", b" ", b"", b"\\", b"'", b'"', b"`", b"[", b"(", b"{", b"-1", b"0", b"1e999", b"nan", b"9" * 30, b"9" * 5000,
    "é\u2028\U0001f600\u202e\u0130".encode(), b"%", b"$", b"\x1b[2J",
)  # fmt: skip
NODES: Sequence[Any] = (
    None, True, False, 0, 1, -1, 0.5, -0.0, 2**31, 2**63, -(2**63) - 1, 2**64, 1e308, 10**400, float("nan"),
    float("inf"), "", "x", "0", "nan", "1e999", "\x00", "\ud800", "\u2028", "é" * 40, "x" * 3000, [], {}, [[]], [{}],
    [None], [[1, 2], [3]], {"": None}, {"\x00": ["b", 0, 1]}, {"a": {"b": {"c": []}}}, [0] * 300,
)  # fmt: skip

Change: TypeAlias = Callable[[random.Random, bytes, Target, Sequence[bytes]], bytes]


def mutated(rng: random.Random, target: Target, pool: Sequence[bytes]) -> bytes:
    """A new input out of those in the pool."""
    data = rng.choice(pool)
    while True:
        if target.structured and rng.random() < 0.6:
            data = _nodes(rng, data)
        else:
            data = rng.choice(_CHANGES)(rng, data, target, pool)
        if rng.random() > STEPS:
            break
    if rng.random() < BLOWN_UP:
        data = _blown_up(rng, data, target)
    return data[:LONGEST]


def _span(rng: random.Random, data: bytes, most: int = 64) -> tuple[int, int]:
    first = rng.randint(0, len(data))
    return first, min(len(data), first + rng.randint(0, most))


def _flip(rng: random.Random, data: bytes, target: Target, pool: Sequence[bytes]) -> bytes:
    if not data:
        return bytes([rng.randrange(256)])
    at = rng.randrange(len(data))
    return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]


def _cut(rng: random.Random, data: bytes, target: Target, pool: Sequence[bytes]) -> bytes:
    first, last = _span(rng, data)
    return data[:first] + data[last:]


def _ended(rng: random.Random, data: bytes, target: Target, pool: Sequence[bytes]) -> bytes:
    return data[: rng.randint(0, len(data))]


def _doubled(rng: random.Random, data: bytes, target: Target, pool: Sequence[bytes]) -> bytes:
    first, last = _span(rng, data)
    return data[:last] + data[first:last] * rng.randint(1, 4) + data[last:]


def _moved(rng: random.Random, data: bytes, target: Target, pool: Sequence[bytes]) -> bytes:
    first, last = _span(rng, data)
    rest = data[:first] + data[last:]
    at = rng.randint(0, len(rest))
    return rest[:at] + data[first:last] + rest[at:]


def _worded(rng: random.Random, data: bytes, target: Target, pool: Sequence[bytes]) -> bytes:
    """A word of the target put in, or in place of what is there."""
    word = rng.choice([*target.words, *ODD] if rng.random() < 0.7 else ODD)
    first, last = _span(rng, data, len(word) or 8)
    return data[:first] + word + data[first if rng.random() < 0.5 else last :]


def _spliced(rng: random.Random, data: bytes, target: Target, pool: Sequence[bytes]) -> bytes:
    other = rng.choice(pool)
    first, last = _span(rng, other, 400)
    at, to = _span(rng, data, 400)
    return data[:at] + other[first:last] + data[to if rng.random() < 0.5 else at :]


def _lines(rng: random.Random, data: bytes, target: Target, pool: Sequence[bytes]) -> bytes:
    """A line left out, doubled, indented otherwise, moved, or put in from another input."""
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    match rng.randrange(5):
        case 0:
            del lines[at]
        case 1:
            lines[at:at] = [lines[at]] * rng.randint(1, 3)
        case 2:
            lines[at] = b" " * rng.randint(0, 9) + lines[at].lstrip()
        case 3:
            lines.insert(rng.randint(0, len(lines)), lines.pop(at))
        case _:
            other = rng.choice(pool).split(b"\n")
            lines.insert(at, rng.choice([*other, *target.words]))
    return b"\n".join(lines)


def _exchanged(rng: random.Random, data: bytes, target: Target, pool: Sequence[bytes]) -> bytes:
    """One part of it from another input."""
    cut = CUT.encode()
    mine, theirs = data.split(cut), rng.choice(pool).split(cut)
    at = rng.randrange(min(len(mine), len(theirs)))
    mine[at] = theirs[at]
    return cut.join(mine)


_CHANGES: Sequence[Change] = (
    _flip,
    _cut,
    _ended,
    _doubled,
    _moved,
    _worded,
    _worded,
    _spliced,
    _lines,
    _lines,
    _exchanged,
)


def _blown_up(rng: random.Random, data: bytes, target: Target) -> bytes:
    """Some bytes of it, one of its lines, or a word, again and again."""
    lines = data.split(b"\n")
    first, last = _span(rng, data, 12)
    some = rng.choice([data[first:last], rng.choice(lines) + b"\n", rng.choice([*target.words, *ODD]), data[-1:]])
    if rng.random() < 0.3:
        some += rng.choice([*target.words, b"\n", b" ", b"a"])
    if not some:
        return data
    room = LONGEST - min(len(data), LONGEST // 2)
    at = rng.choice([first, last, len(data), 0])
    return data[:at] + some * (room // len(some)) + data[at:]


def _nodes(rng: random.Random, data: bytes) -> bytes:
    """A node of one of its parts that is JSON made another, left out, or doubled."""
    texts = data.decode("utf-8", "surrogateescape").split(CUT)
    at = rng.randrange(len(texts))
    try:
        value = json.loads(texts[at])
        places = list(_places(value))
        if not places:
            texts[at] = json.dumps(rng.choice(NODES))
        else:
            _change(rng, rng.choice(places), value)
            texts[at] = json.dumps(value)
    except (ValueError, RecursionError):
        return data
    return CUT.join(texts).encode("utf-8", "surrogateescape")


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every container with each of its keys."""
    found, todo = [], [value]
    while todo:
        each = todo.pop()
        keys = list(each) if isinstance(each, dict) else range(len(each)) if isinstance(each, list) else ()
        found += [(each, key) for key in keys]
        todo += [each[key] for key in keys]
    return found


def _change(rng: random.Random, place: tuple[Any, Any], whole: Any) -> None:
    held, key = place
    match rng.randrange(6):
        case 0:
            del held[key]
        case 1:
            held[key] = [held[key]] * rng.randint(1, 3)
        case 2 if isinstance(held, list):
            held.insert(rng.randint(0, len(held)), rng.choice(NODES))
        case 2:
            held[rng.choice(["", "x", "error", "\x00", "kind", "fault"])] = held.pop(key)
        case 3:
            other, its = rng.choice(_places(whole))
            held[key] = json.loads(json.dumps(other[its]))
        case _:
            held[key] = rng.choice(NODES)
