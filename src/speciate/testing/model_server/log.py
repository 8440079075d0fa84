"""What a server did, by its own clock, and the figures that follow from it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from speciate.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Entry:
    """One request. Times are seconds since the server began: its first byte came at `arrival`, its last at `start`,
    and at `end` its reply was handed over or its connection ended. `status` 0 is no reply; `fault` names what was
    made to go wrong, or the limit that was met; `occurrence` counts equal requests from 0, -1 where that was not
    asked (`digest` is then "")."""

    path: str
    arrival: float
    start: float
    end: float
    status: int
    model: str = ""
    digest: str = ""
    occurrence: int = -1
    input: int = 0
    output: int = 0
    fault: str = ""
    format: str = ""

    @property
    def seconds(self) -> float:
        return self.end - self.start


class Log:
    """The entries so far in the order of their ends; `inside` is how many requests are being answered."""

    def __init__(self, path: Path | None = None) -> None:
        self.entries: list[Entry] = []
        self.inside = 0
        self.most = 0
        self._file = path.open("a", encoding="utf-8", buffering=1) if path is not None else None

    def enter(self) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)

    def leave(self, entry: Entry) -> None:
        self.inside -= 1
        self.entries.append(entry)
        if self._file is not None:
            self._file.write(json.dumps(asdict(entry)) + "\n")

    def faults(self) -> Mapping[str, int]:
        """How often each fault was given and each limit met."""
        return Counter(entry.fault for entry in self.entries if entry.fault)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def read(path: Path) -> list[Entry]:
    """The entries of a log file; of a line that is being written, nothing yet."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return [Entry(**json.loads(line)) for line in lines[:-1] if line]


def concurrency(entries: Iterable[Entry]) -> list[tuple[float, int]]:
    """How many requests were being answered: (from this second on, so many), in order of time."""
    changes = sorted(
        change for entry in entries for change in ((entry.start, 1), (entry.end, -1)) if entry.end > entry.start
    )
    steps: list[tuple[float, int]] = []
    inside = 0
    for at, change in changes:
        inside += change
        if steps and steps[-1][0] == at:
            steps[-1] = (at, inside)
        else:
            steps.append((at, inside))
    return steps


@dataclass(frozen=True, slots=True)
class Throughput:
    """What was answered between the end of the first round and the start of the last request. `share` is of the ideal,
    `callers / latency`; 1 is that no caller ever waited for anything but the model."""

    answers: int
    seconds: float
    share: float

    @property
    def per_second(self) -> float:
        return self.answers / self.seconds


def throughput(entries: Sequence[Entry], callers: int, latency: float) -> Throughput:
    """How near `callers` concurrent callers came to the ideal of `callers / latency` replies a second (latency in
    seconds), from the second round on: the first `callers` replies are the first round, and what ends after the last
    request has started is left out, since from there on callers have nothing more to ask. Only status 200 counts.

    Raises:
        UsageError: for fewer than three rounds, or where no second passed between them.
    """
    answered = sorted((entry for entry in entries if entry.status == 200), key=lambda entry: entry.end)
    if len(answered) < 3 * callers:
        raise UsageError(f"{len(answered)} replies to {callers} callers are fewer than three rounds", "ask more often")
    begin, end = answered[callers - 1].end, max(entry.start for entry in answered)
    seconds = end - begin
    if seconds <= 0.0:
        raise UsageError("all requests but the first round started at once", "let each caller wait for its reply")
    answers = sum(begin < entry.end <= end for entry in answered)
    return Throughput(answers, seconds, answers / seconds * latency / callers)
