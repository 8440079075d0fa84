"""How alike two texts are, by their words."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

_WORD = re.compile(r"[^\W_]+")
_ENDINGS = ("ing", "ed", "es", "s")  # of English, cut so that "packs" and "packing" are one word
# Words that nearly every sentence has say nothing of what it is about.
_COMMON = """
    a an and are as at be but by can for from has have if in into is it its more not of on one or so than that the
    their them then there these this to when where which while with
"""
COMMON = frozenset(_COMMON.split())


def words(text: str) -> Counter[str]:
    """How often each word occurs: in lower case, common ones left out, endings cut."""
    found = (each.lower() for each in _WORD.findall(text))
    return Counter(_stem(each) for each in found if each not in COMMON)


def alike(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    """The cosine of two counts, 0 (no word in common) to 1."""
    if len(other) < len(one):
        one, other = other, one
    dot = sum(count * other.get(word, 0) for word, count in one.items())
    if not dot:
        return 0.0
    lengths = math.sqrt(_square(one) * _square(other))
    return min(dot / lengths, 1.0)


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """Of two vectors, 0 where they have not the same length or one has none."""
    lengths = math.sqrt(sum(each * each for each in one) * sum(each * each for each in other))
    if len(one) != len(other) or not lengths:
        return 0.0
    return sum(a * b for a, b in zip(one, other, strict=True)) / lengths


def _square(counts: Mapping[str, int]) -> int:
    return sum(count * count for count in counts.values())


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) >= len(ending) + 3:
            return word[: -len(ending)]
    return word
