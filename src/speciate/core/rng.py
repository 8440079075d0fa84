"""Named random streams: every draw of a run comes from (run seed, ticket, role, request), never from arrival.

Philox (Salmon et al. 2011) is keyed, so a stream costs a hash and an object, and no two streams share state.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random.bit_generator import ISeedSequence

from .values import digest_of

SCHEME = "philox-blake2b-1"  # recorded in the log; a run of another scheme cannot be continued


class _Key(ISeedSequence):
    """Hands a digest to Philox as its key. `Philox(key=...)` would first draw 16 bytes from the system and throw
    them away, which costs ten times the stream."""

    __slots__ = ("_words",)

    def __init__(self, digest: str) -> None:
        self._words = np.frombuffer(bytes.fromhex(digest), dtype="<u8")

    def generate_state(self, n_words: int, dtype: Any = np.uint64) -> Any:
        return self._words[:n_words]


def stream(seed: int, *name: str | int) -> np.random.Generator:
    """The generator of this name, always the same: `stream(run_seed, ticket, "select")`."""
    key: Any = _Key(digest_of(str(seed), *map(str, name)))  # Any: numpy's stubs forget that a seed may be one of these
    return np.random.Generator(np.random.Philox(key))


def draw_seed(seed: int, *name: str | int) -> int:
    """A 63-bit seed to hand to something that seeds itself (a Request, a nested run)."""
    return int(digest_of(str(seed), *map(str, name)), 16) >> 65
