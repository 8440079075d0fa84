"""What a route of the dashboard is: a pattern under a run's address, and a plain function from a run to an answer.

No web framework here: whoever serves the routes opens the run, takes the address apart, and sends what comes back.
Errors are those of `core.errors`, raised: `failed` makes the answer of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from speciate.core.errors import SpeciateError, UsageError
from speciate.core.values import EMPTY, JSON, Id
from speciate.store.documents import document, error_body
from speciate.store.queries import Run


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `path` has what stands in the address for the names in braces of the pattern, unquoted; `query`
    what follows the question mark, the last of equals."""

    path: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    query: Mapping[str, str] = field(default_factory=lambda: EMPTY)

    def number(self, name: str, default: int, least: int = 0, most: int = 2**63 - 1) -> int:
        """A whole number of the query; one above `most` counts as `most`. Raises UsageError for anything else."""
        said = self.query.get(name, "")
        if not said:
            return default
        if not (said.isascii() and said.isdecimal() and len(said) < 20) or int(said) < least:
            raise UsageError(f"{name}={said[:40]}: expected a whole number of at least {least}", f"{name}={default}")
        return min(int(said), most)

    def one_of(self, name: str, choices: Iterable[str], default: str) -> str:
        """A word of the query. Raises UsageError for one that is none of the choices."""
        said, there = self.query.get(name, "") or default, tuple(choices)
        if said not in there:
            raise UsageError(f"{name}={said[:40]}: no such choice", f"one of {', '.join(there)}")
        return said


@dataclass(frozen=True, slots=True)
class Document:
    """An answer in JSON, the same that the command line prints."""

    kind: str
    body: Mapping[str, JSON]

    def encode(self) -> bytes:
        """UTF-8, with the end of the line, as `--json` prints it."""
        return f"{document(self.kind, self.body)}\n".encode()


@dataclass(frozen=True, slots=True)
class Bytes:
    """An answer that is no document. `media` is its content type; `download` the name to save it under, None where it
    may be shown in its place. Sent with nosniff. Many parts are a stream, made while the run is held."""

    parts: Iterable[bytes]
    media: str
    download: str | None = None


def failed(error: SpeciateError) -> Document:
    """An error as the command line prints it."""
    return Document("error", error_body(error))


Answer: TypeAlias = Document | Bytes
Ask: TypeAlias = Callable[[Run, Asked], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """`pattern` follows /api/runs/{run}: "/summary", "/candidates/{id}". GET only; a run is asked one at a time."""

    pattern: str
    ask: Ask


def candidate_of(run: Run, asked: Asked) -> Id:
    """The candidate that the address names: a number, best, seed, 412~1. Raises UsageError."""
    return run.resolve(asked.path["id"])
