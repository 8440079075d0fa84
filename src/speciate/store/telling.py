"""The log as sentences, a page at a time: from an event on, before one, around one; some kinds only, or some words."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from speciate.core.errors import UsageError
from speciate.core.values import JSON, Id

from .journal import above, event_at, last_seq
from .queries import Run
from .sentences import KINDS, sentence
from .views import Entry, Metric
from .words import score

GAIN = "gain"  # not an event but the question that is asked most: the placements that made a new best
SCANNED = 20_000  # events that one question looks at
STEP = 1_000  # events that are read at once on the way back
KNOWN = frozenset(("opened", "noted", "failed", "steered", "stopped", GAIN))  # those of `kept.tables.rare`, and gains


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events. `kinds` empty: all; GAIN beside them. `words` must be in the sentence, in any case."""

    kinds: frozenset[str] = frozenset()
    words: str = ""

    def __call__(self, entry: Entry) -> bool:
        if not self.kinds:
            return True
        return entry.body.get("kind") in self.kinds or (GAIN in self.kinds and entry.body.get("gain") is True)

    @property
    def found_by_kind(self) -> bool:
        """Whether the store knows where these events are."""
        return bool(self.kinds) and self.kinds <= KNOWN


def kinds_of(said: str, flag: str = "type=") -> frozenset[str]:
    """Kinds of events, with commas between. Raises UsageError for one that there is not."""
    asked = [each.strip() for each in said.split(",") if each.strip()]
    for each in asked:
        if each not in (*KINDS, GAIN):
            near = difflib.get_close_matches(each, (*KINDS, GAIN), 1, 0.5)
            nearest = f"; nearest: {near[0]}" if near else ""
            raise UsageError(f"{flag}{each[:40]}: no such event{nearest}", f"one of {', '.join((*KINDS, GAIN))}")
    return frozenset(asked)


class Teller:
    """Says events as sentences; a new best with its score."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._metric: Metric = run.metric()
        self._scores: dict[int, float | None] = {}  # of the bests, by the number of the event

    def __call__(self, entry: Entry) -> str:
        said = sentence(entry.body, self._metric)
        if entry.body.get("gain") is True:
            if entry.seq not in self._scores:
                self._scores.update((gain.seq, gain.after) for gain in self._run.gains())
            said += f", {score(self._metric, self._scores.get(entry.seq))}"
        return said


def log_after(run: Run, after: int, wanted: Wanted, limit: int) -> dict[str, JSON]:
    """The body of a document of the kind "run.log": at most `limit` events above `after`, oldest first. `next` is the
    event to ask after next, also where few were wanted and a question's part of the log is at its end; None where
    nothing is left."""
    last, said = last_seq(run), _sayer(run, wanted)
    if (known := _known(run, wanted, after, None)) is not None:
        return _told(run, known, said, limit, last)
    found: list[dict[str, JSON]] = []
    seen = after
    for entry in above(run, after):
        if len(found) >= limit or entry.seq - after > SCANNED or entry.seq > last:
            break
        seen = entry.seq
        found += said(entry)
    return _body(run, found, seen if seen < last else None, last)


def log_before(run: Run, before: int | None, wanted: Wanted, limit: int) -> dict[str, JSON]:
    """Likewise the last `limit` events below `before`, or of all, oldest first; `next` is the event to ask before
    next."""
    last, said = last_seq(run), _sayer(run, wanted)
    upto = last if before is None else min(before - 1, last)
    if (known := _known(run, wanted, 0, upto)) is not None:
        return _told(run, known, said, limit, last)
    end, step = max(0, upto - SCANNED), max(STEP, limit) if wanted.kinds or wanted.words else limit
    found: list[dict[str, JSON]] = []
    while upto > end and len(found) < limit:
        start = max(end, upto - step)
        part: list[dict[str, JSON]] = []
        for entry in _between(run, start, upto):
            part += said(entry)
        found, upto = [*part, *found], start
    cut = found[-limit:]
    next = cut[0]["seq"] if len(found) > limit else upto + 1 if upto > 0 else None
    return _body(run, cut, next, last)


def log_near(run: Run, seq: int, wanted: Wanted, limit: int) -> dict[str, JSON]:
    """Likewise about `limit` events around one."""
    before = log_before(run, seq, wanted, limit // 2)["entries"]
    rest = log_after(run, max(0, seq - 1), wanted, limit - len(before))
    return {**rest, "entries": [*before, *rest["entries"]]}


_RARE = "SELECT seq FROM rare WHERE kind = ? AND seq {0} ? ORDER BY seq {1} LIMIT ?"
_GAINS = "SELECT seq FROM gains WHERE seq {0} ? ORDER BY seq {1} LIMIT ?"


def _known(run: Run, wanted: Wanted, after: int, upto: int | None) -> Iterator[int] | None:
    """The wanted events above `after`, or from `upto` back; None where they have to be looked for."""
    if not wanted.found_by_kind:
        return None
    sign, way, edge = (">", "ASC", after) if upto is None else ("<=", "DESC", upto)
    with run.reading() as reading:
        if reading.older:
            return None
        seqs: list[int] = []
        for kind in sorted(wanted.kinds):
            statement, values = (_GAINS, ()) if kind == GAIN else (_RARE, (kind,))
            rows = reading.db.execute(statement.format(sign, way), (*values, edge, SCANNED))
            seqs += [seq for (seq,) in rows]
    return iter(sorted(seqs, reverse=upto is not None))


def _told(
    run: Run, seqs: Iterator[int], said: Callable[[Entry], list[dict[str, JSON]]], limit: int, last: int
) -> dict[str, JSON]:
    """Of events that are known by number: the first `limit` that are told, oldest first."""
    found: list[dict[str, JSON]] = []
    for seq in seqs:
        if len(found) == limit:
            found.sort(key=lambda each: int(each["seq"]))
            edge = found[-1] if seq > found[-1]["seq"] else found[0]
            return _body(run, found, edge["seq"], last)
        found += said(event_at(run, seq))
    return _body(run, sorted(found, key=lambda each: int(each["seq"])), None, last)


def _between(run: Run, start: int, upto: int) -> Iterator[Entry]:
    for entry in above(run, start):
        if entry.seq > upto:
            return
        yield entry


def _sayer(run: Run, wanted: Wanted) -> Callable[[Entry], list[dict[str, JSON]]]:
    """What is told of an event: one entry, or none."""
    teller, words = Teller(run), wanted.words.casefold()

    def said(entry: Entry) -> list[dict[str, JSON]]:
        if not wanted(entry):
            return []
        text = teller(entry)
        if words and words not in text.casefold():
            return []
        kind = str(entry.body.get("kind"))
        return [{"seq": entry.seq, "at": entry.at, "kind": kind, "text": text, "ids": ids_of(entry.body)}]

    return said


def ids_of(body: JSON) -> list[Id]:
    """The candidates that a sentence names."""
    candidate, plan, placement = body.get("candidate"), body.get("plan") or {}, body.get("placement") or {}
    found: list[JSON] = []
    if isinstance(candidate, dict):
        found += [candidate.get("id"), *candidate.get("parents", ())]
    else:
        found.append(candidate)
    found += [*plan.get("parents", ()), *placement.get("evicted", ())]
    found += [body.get("best")] if body.get("gain") else []
    args = body.get("args")
    found += [args[name] for name in ("id", "parent", "from") if name in args] if isinstance(args, dict) else []
    return [each for each in dict.fromkeys(found) if isinstance(each, int) and not isinstance(each, bool)]


def _body(run: Run, found: Sequence[dict[str, JSON]], next: int | None, last: int) -> dict[str, JSON]:
    return {"run": run.name, "entries": list(found), "next": next, "last": last, "kinds": [*KINDS, GAIN]}
