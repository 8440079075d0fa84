"""The runs that there are. What was read of a file that nobody writes to is kept, so that a folder of a thousand
finished runs is listed by a thousand looks at their times."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from speciate.core.errors import StoreError
from speciate.core.values import JSON
from speciate.store.queries import Run
from speciate.store.views import Gain, Summary

from .folder import Served, Signature, signature
from .own import Own
from .steering import Steering

POINTS = 40  # of a sparkline


@dataclass(frozen=True, slots=True)
class Known:
    """What was read of a file when it had this signature. `over`: no engine worked on it."""

    file: Signature
    summary: JSON
    spark: Sequence[float]
    created: float
    over: bool


@dataclass(frozen=True, slots=True)
class Unread:
    """Of a file that could not be read: what and what to do."""

    file: Signature
    what: str
    do: str


class Listing:
    """Safe in several threads, one at a time."""

    def __init__(self, served: Served, own: Own, steering: Steering) -> None:
        self._served, self._own, self._steering = served, own, steering
        self._known: dict[Path, Known | Unread] = {}
        self._lock = threading.Lock()

    def body(self) -> dict[str, JSON]:
        """The body of the document "runs": what `speciate runs --json` says, and what the dashboard adds."""
        paths = self._served.paths()
        with self._lock:
            known = {path: each for path in paths.values() if (each := self._look(path)) is not None}
            self._known = known
        found = {path: each for path, each in known.items() if isinstance(each, Known)}
        ordered = sorted(found, key=lambda path: -found[path].created)
        said = self._own.all()
        return {
            "folder": str(self._served.home.absolute()),
            "runs": [found[path].summary for path in ordered],
            "unreadable": [
                {"path": str(path), "what": each.what, "do": each.do}
                for path, each in known.items()
                if isinstance(each, Unread)
            ],
            "meta": {name: said[name].as_json() for name in paths if name in said},
            "sparks": {path.stem: list(found[path].spark) for path in ordered},
            "locked": {path.stem: why for path in ordered if (why := self._steering.locked(path)) is not None},
            "read_only": self._steering.read_only,
        }

    def counts(self) -> tuple[int, int]:
        """How many runs there are, and how many of them an engine works on."""
        self.body()
        known = [each for each in self._known.values() if isinstance(each, Known)]
        return len(known), sum(not each.over for each in known)

    def _look(self, path: Path) -> Known | Unread | None:
        """None for one that is gone. One that an engine works on is read anew: it may have died without a word."""
        try:
            file = signature(path)
        except OSError:
            return None
        before = self._known.get(path)
        if before is not None and before.file == file and (isinstance(before, Unread) or before.over):
            return before
        try:
            with Run(path) as run:
                summary = run.summary()
                spark = _spark(run.gains(), summary)
        except StoreError as error:
            return Unread(file, error.what, error.do)
        return Known(file, summary.as_json(), spark, summary.created or 0.0, summary.state.over)


def _spark(gains: Sequence[Gain], summary: Summary) -> list[float]:
    """The best so far at equal distances in evaluations, as the user's number."""
    steps = [(each.evals, each.after) for each in gains if each.after is not None]
    if not steps:
        return []
    last = max(summary.evals, steps[-1][0])
    count = min(POINTS, max(1, last))
    found, at = [], 0
    for index in range(count):
        upto = last * (index + 1) / count
        while at + 1 < len(steps) and steps[at + 1][0] <= upto:
            at += 1
        found.append(steps[at][1])
    return found
