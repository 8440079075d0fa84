"""Named random streams: every draw of a run comes from (run seed, ticket, role, request), never from arrival.

Philox (Salmon et al. 2011) is keyed, so a stream costs a hash and an object, and no two streams share state.
"""

from __future__ import annotations

import numpy as np

from .values import digest_of

SCHEME = "philox-blake2b-1"  # recorded in the log; a run of another scheme cannot be continued


def stream(seed: int, *name: str | int) -> np.random.Generator:
    """The generator of this name, always the same: `stream(run_seed, ticket, "select")`."""
    key = int(digest_of(str(seed), *map(str, name)), 16)
    return np.random.Generator(np.random.Philox(key=key))


def draw_seed(seed: int, *name: str | int) -> int:
    """A 63-bit seed to hand to something that seeds itself (a Request, a nested run)."""
    return int(digest_of(str(seed), *map(str, name)), 16) >> 65
