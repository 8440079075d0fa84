"""How often Python's garbage collector walks over what a run holds."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

COLLECT_AFTER = 50_000  # new objects between two passes of the garbage collector


@contextmanager
def rarely_collected() -> Iterator[None]:
    """A run holds much and makes few cycles: the collector's default, a pass per 700 new objects, would walk over
    thousands of remembered candidates for next to nothing, the more of them the longer the run."""
    before = gc.get_threshold()
    if before[0]:  # 0: somebody switched it off
        gc.set_threshold(max(before[0], COLLECT_AFTER), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
