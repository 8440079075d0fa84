"""How long the parts of a prompt may be, in tokens by estimate, and how what is longer is cut: from the middle, with a
note of how much is gone."""

from __future__ import annotations

import math
from dataclasses import dataclass

BYTES = 3.5  # of UTF-8 per token: code has three to four


@dataclass(frozen=True, slots=True)
class Sizes:
    """The most tokens of each part. `program` is of the one that is to be changed; `others` of all other programs
    together; a part that is longer is cut."""

    statement: int = 4_000
    program: int = 32_000
    others: int = 12_000
    cases: int = 400
    feedback: int = 1_000
    artifacts: int = 1_500
    notes: int = 2_000
    failures: int = 800
    reply: int = 6_000  # of an answer that could not be used, when it is shown to the model again


SIZES = Sizes()


def tokens(text: str) -> int:
    """About how many tokens: no tokenizer is asked, since every model has its own."""
    return math.ceil(len(text.encode("utf-8", "surrogatepass")) / BYTES)


def trimmed(text: str, most: int) -> str:
    """The text, or its beginning and its end and between them a line that says how much was left out. Whole lines are
    kept where there are some."""
    if tokens(text) <= most:
        return text
    lines = text.split("\n")
    room = most / 2
    head, tail = _fitting(lines, room), _fitting(lines[::-1], room)
    if head and tail:
        left_out = lines[head : len(lines) - tail]
        note = f"[… {len(left_out):,} lines left out, about {tokens(chr(10).join(left_out)):,} tokens …]"
        return "\n".join([*lines[:head], note, *lines[len(lines) - tail :]])
    half = max(int(most * BYTES / 2 * len(text) / len(text.encode("utf-8", "surrogatepass"))), 1)
    return f"{text[:half]} [… {len(text) - 2 * half:,} characters left out …] {text[-half:]}"


def _fitting(lines: list[str], room: float) -> int:
    """How many of the first lines fit."""
    used = 0
    for number, line in enumerate(lines):
        used += tokens(line + "\n")
        if used > room:
            return number
    return len(lines)
