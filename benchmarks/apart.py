"""A model server in a process of its own, so that its work is in nobody else's figures."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def served(log: Path, *words: str) -> Iterator[str]:
    """Its URL; `words` are further flags of `speciate.testing.model_server`, and each request is a line of `log`."""
    command = [sys.executable, "-m", "speciate.testing.model_server", "--log", str(log), *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield next(word for word in process.stdout.readline().split() if word.startswith("http"))
    finally:
        process.terminate()
        process.wait()
