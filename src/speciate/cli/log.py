"""`speciate log`."""

from __future__ import annotations

import difflib
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from speciate.core.errors import UsageError
from speciate.store.sentences import KINDS, sentence
from speciate.store.words import clock, score, stamp

from .options import OUTPUT, PLAIN, Output, RunName, RunsFolder, runs_folder
from .terminal import Terminal, emit

if TYPE_CHECKING:
    from speciate.store.journal import Test
    from speciate.store.queries import Run
    from speciate.store.views import Entry

GAIN = "gain"  # not an event but the question that is asked most: the placements that made a new best
FRAME = 0.25  # seconds between two looks
PAGE = 500  # lines written at once


def log(
    name: Annotated[str | None, Parameter(name="run", help="which run; default the newest")] = None,
    /,
    *,
    last: Annotated[int | None, Parameter(name="-n", group=OUTPUT, help="only so many, the last; default all")] = None,
    types: Annotated[
        Sequence[str], Parameter(name="--type", group=OUTPUT, help=f"only these: {', '.join(KINDS)}, or {GAIN}")
    ] = (),
    after: Annotated[int, Parameter(group=OUTPUT, help="only events above this number")] = 0,
    follow: Annotated[bool, Parameter(name=["--follow", "-f"], group=OUTPUT, help="go on until the run ends")] = False,
    run: RunName = None,
    runs: RunsFolder = None,
    output: Output = PLAIN,
) -> int:
    """speciate log
      speciate log -n 20 --type gain -f

    Everything that happened in a run, one sentence an event: its number in the log, the time since the run began, what
    was done. With --json one document a line, as the log has it (there, higher scores are better)."""
    from speciate.store.journal import last_seq
    from speciate.store.queries import Run

    from .finding import run_path

    test = wanted(types)
    _at_least(last, "-n")
    _at_least(after, "--after")
    with Run(run_path(name or run, runs_folder(runs))) as opened:
        seen = last_seq(opened)
        pen = Pen(opened, output, Terminal.of(output.color))
        pen.write(_stored(opened, seen, last, after, test))
        if follow:
            _follow(pen, max(seen, after), test)
    return 0


def wanted(types: Sequence[str]) -> Test | None:
    """The test for --type: kinds of events, as often as wanted or with commas between. Raises UsageError."""
    asked = [each.strip() for given in types for each in given.split(",") if each.strip()]
    for each in asked:
        if each not in (*KINDS, GAIN):
            near = difflib.get_close_matches(each, (*KINDS, GAIN), 1, 0.5)
            nearest = f"; nearest: {near[0]}" if near else ""
            raise UsageError(f"--type {each}: no such event{nearest}", f"one of {', '.join((*KINDS, GAIN))}")
    if not asked:
        return None
    kinds, gains = frozenset(asked), GAIN in asked
    return lambda entry: entry.body.get("kind") in kinds or (gains and entry.body.get("gain") is True)


def _at_least(value: int | None, flag: str) -> None:
    if value is not None and value < 0:
        raise UsageError(f"{flag} {value}: expected a whole number of at least 0", f"{flag} 20")


def _stored(run: Run, until: int, last: int | None, after: int, test: Test | None) -> Iterator[Entry]:
    """What there is up to `until`; what comes meanwhile is for whoever follows."""
    from speciate.store.journal import above, latest

    found = above(run, after, test) if last is None else latest(run, last, after, test)
    return (each for each in found if each.seq <= until)


@dataclass(slots=True)
class Pen:
    """Writes events to stdout, as sentences or as JSON lines; a new best with its score."""

    run: Run
    output: Output
    terminal: Terminal
    _scores: dict[int, float | None] = field(default_factory=dict)  # of the bests, by the number of the event

    def write(self, entries: Iterable[Entry]) -> None:
        lines: list[str] = []
        for each in entries:
            if self.output.json:
                emit("event", {"seq": each.seq, "at": each.at, "body": each.body})
                continue
            lines.append(self.line(each))
            if len(lines) == PAGE:
                self.terminal.answer("\n".join(lines))
                lines.clear()
        if lines:
            self.terminal.answer("\n".join(lines))

    def line(self, entry: Entry) -> str:
        metric = self.run.metric()
        said = sentence(entry.body, metric)
        if entry.body.get("gain") is True:
            if entry.seq not in self._scores:
                self._scores.update((gain.seq, gain.after) for gain in self.run.gains())
            said += f", {score(metric, self._scores.get(entry.seq))}"
        return f"{entry.seq:>7}  {clock(entry.at):>5}  {said}"


def _follow(pen: Pen, seen: int, test: Test | None) -> None:
    """Until the run ends or its engine is gone; Ctrl-C just leaves."""
    from speciate.store.journal import above, last_seq
    from speciate.store.views import StateName

    run = pen.run
    try:
        while True:
            state, now = run.state(), last_seq(run)
            pen.write(each for each in above(run, seen, test) if each.seq <= now)
            seen = max(seen, now)
            if state.over:
                break
            time.sleep(FRAME)
    except KeyboardInterrupt:
        return
    if state.name is StateName.LOST and not pen.output.quiet:
        pen.terminal.say(
            f"{run.name} is lost: engine gone since {stamp(state.since)}; speciate resume {run.name} goes on"
        )
