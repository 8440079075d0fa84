"""Read-only questions to a run, asked by the command line and the dashboard alike: one question, one answer.

Works live beside the engine, afterwards, and on a copy on a read-only medium; never writes. Each answer is taken
from one consistent state of the file and costs the same in a long run as in a short one: what would have to be
counted is kept up to date by the writer (`store.tally`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType

from speciate.core.values import Id

from .views import Detail, Events, Gain, Metric, Page, Runs, Summary


class Sort(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    BEST = "best"  # only candidates that are ok, best first


@dataclass(frozen=True, slots=True)
class Filter:
    """Which candidates. None: any. `status` as in `views.Row`; `island` counted from 0."""

    status: str | None = None
    operator: str | None = None
    island: int | None = None


class Run:
    """A run's file, opened for reading. A context manager; `close` it otherwise.

    Raises StoreError (no such file, a folder, another program's file), StoreVersion or StoreDamaged, here or later.
    """

    def __init__(self, path: Path | str) -> None:
        raise NotImplementedError

    @property
    def path(self) -> Path:
        raise NotImplementedError

    @property
    def name(self) -> str:
        """The file's name without its ending: "bin_packing-1"."""
        raise NotImplementedError

    def __enter__(self) -> Run:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        raise NotImplementedError

    def metric(self) -> Metric:
        """The first objective's name, unit, direction and digits."""
        raise NotImplementedError

    def summary(self) -> Summary:
        """All that the panel and the final block show."""
        raise NotImplementedError

    def resolve(self, ref: str) -> Id:
        """The candidate meant by "412", "best", "seed", "412~1" (its first parent) or "best~3".
        Raises UsageError, with what there is instead."""
        raise NotImplementedError

    def candidate(self, id: Id) -> Detail:
        """Everything about one candidate. Raises UsageError if there is none of this number."""
        raise NotImplementedError

    def text(self, id: Id) -> str:
        """Its program: the main file's content, nothing else. Raises UsageError."""
        raise NotImplementedError

    def candidates(
        self,
        where: Filter = Filter(),
        sort: Sort = Sort.NEWEST,
        after: str | None = None,
        limit: int = 50,
    ) -> Page:
        """A page of candidates; `after` is the `next` of the page before. Raises UsageError for a foreign cursor."""
        raise NotImplementedError

    def events(self, after: int = 0, limit: int = 1000) -> Events:
        """The log's events with a sequence number above `after`, at most about `limit` (whole turns), as JSON.
        A proposed candidate's files are given by digest; `text` has the content."""
        raise NotImplementedError

    def gains(self) -> tuple[Gain, ...]:
        """Every step of the best so far, oldest first."""
        raise NotImplementedError


def runs(folder: Path | str) -> Runs:
    """The runs in a folder, newest first. What cannot be read is reported beside them, never raised.
    A folder that does not exist has no runs."""
    raise NotImplementedError
