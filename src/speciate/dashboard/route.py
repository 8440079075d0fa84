"""What a route of the API is: a path, and a function from what was asked to an answer.

The function runs in a worker thread, once per request, with the runs it needs opened for reading and closed after it.
It knows nothing of HTTP: it raises a SpeciateError, and the server says it as a document of kind "error" (a
UsageError 400, NotThere 404, any other error of the store 409).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from speciate.core.errors import UsageError
from speciate.core.values import JSON
from speciate.store.queries import Run


class NotThere(UsageError):
    """A run, a candidate or a part of one that there is not."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. `path` has the words that stand in the path's braces, `query` the last value of each parameter.
    `open` gives another run by its name (the caller closes it); it raises NotThere."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    open: Callable[[str], Run]
    accepts: str = ""  # the header: which of several forms is wanted


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON document of this kind."""

    kind: str
    body: Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class File:
    """Bytes. With a `name` it is a download; without one the browser may show it, never as a page of its own."""

    content: bytes
    media: str = "text/plain; charset=utf-8"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """Text that is made while it is sent, for what does not fit in memory. The run stays open until its end."""

    lines: Iterator[str]
    media: str = "text/csv; charset=utf-8"
    name: str = ""


Answer: TypeAlias = Document | File | Lines
AboutRun: TypeAlias = Callable[[Run, Asked], Answer]
AboutRuns: TypeAlias = Callable[[Asked], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """A GET. `path` is Starlette's ("/api/runs/{run}/candidates/{id}"). With {run} in it, `about_run` is called with
    that run, opened; else `about_runs`."""

    path: str
    about_run: AboutRun | None = None
    about_runs: AboutRuns | None = None
    needs: tuple[str, ...] = field(default=())  # parameters without which it makes no sense
