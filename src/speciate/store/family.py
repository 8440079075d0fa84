"""A candidate beside others: its children, its cases against theirs, and whose programs are most like its own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from speciate.core.errors import UsageError
from speciate.core.values import JSON, Id

from .queries import Reading, Run
from .rows import CandidateRow, parents_of
from .searching import program

LATEST = 200  # candidates that are looked at for neighbours beside the family
RELATIVES = 200  # of a family at most
SHOWN = 10  # neighbours
WORDS = 20_000  # of a program that are compared

_CHILDREN = "SELECT child FROM children WHERE parent = ? AND child > ? ORDER BY child LIMIT ?"
_LATEST = "SELECT id FROM candidates WHERE status != 'rejected' ORDER BY id DESC LIMIT ?"
_WORD = re.compile(r"\w+|[^\w\s]")


def children(run: Run, id: Id, after: Id | None = None, limit: int = 100) -> dict[str, JSON]:
    """The body of a document of the kind "candidate.children": those made of it, oldest first. `next` is to be asked
    after, None at the end. Raises UsageError if there is no candidate of this number."""
    run.rows([id])
    with run.reading() as reading:
        ids = [child for (child,) in reading.db.execute(_CHILDREN, (id, -1 if after is None else after, limit + 1))]
        total = reading.db.execute("SELECT count(*) FROM children WHERE parent = ?", (id,)).fetchone()[0]
    rows = [each.as_json() for each in run.rows(ids[:limit])]
    return {
        "run": run.name,
        "id": id,
        "rows": rows,
        "total": total,
        "next": ids[limit - 1] if len(ids) > limit else None,
    }


def cases(run: Run, id: Id) -> dict[str, JSON]:
    """The body of a document of the kind "candidate.cases": the score of each case that it was evaluated on, beside
    those of its first parent and of the best; None where that one was not. Raises UsageError if there is no candidate
    of this number."""
    row = run.rows([id])[0]
    parent, best = next(iter(row.parents), None), run.best()
    with run.reading() as reading:
        own, theirs = _cases(reading, id), {each: _cases(reading, each) for each in {parent, best} - {None}}
    return {
        "run": run.name,
        "id": id,
        "parent": parent,
        "best": best,
        "cases": [
            {
                "index": index,
                "score": score,
                "parent": theirs.get(parent, {}).get(index),
                "best": theirs.get(best, {}).get(index),
            }
            for index, score in own.items()
        ],
    }


def _cases(reading: Reading, id: Id | None) -> dict[int, float]:
    """By the number of the case, in the user's direction."""
    row = None if id is None else reading.log.row(id)
    event = None if row is None else reading.log.evaluated(row)
    if event is None:
        return {}
    scores: Sequence[float] = event["evaluation"].get("cases", ())
    numbers = event.get("request", {}).get("cases")
    if numbers is None or len(numbers) != len(scores):
        numbers = range(len(scores))
    sign = reading.metric.direction.sign
    return {number: sign * score + 0.0 for number, score in zip(numbers, scores, strict=True)}


def neighbours(run: Run, id: Id, shown: int = SHOWN) -> dict[str, JSON]:
    """The body of a document of the kind "candidate.neighbours": whose programs are most like its own, the nearest
    first. `distance` is 1 less the weighted Jaccard similarity of their bags of words and signs, from 0 to 1. Looked at
    are its family (parents, their other children, its own) and the latest candidates, `looked` in all: no more in a
    long run. Raises UsageError if there is no candidate of this number."""
    run.rows([id])
    with run.reading() as reading:
        row = reading.log.row(id)
        assert row is not None, f"candidate {id} was just read"
        others = _near(reading, row)
        own = _bag(program(reading, id))
        found: list[dict[str, JSON]] = []
        for each in others:
            other = reading.log.row(each)
            if other is None:
                continue
            score = reading.metric.user(other.score)
            distance = round(_distance(own, _bag(program(reading, each))), 4)
            found.append({"id": each, "score": score, "status": other.status, "distance": distance})
    found.sort(key=lambda each: (each["distance"], -each["id"]))
    return {"run": run.name, "id": id, "rows": found[:shown], "looked": len(found)}


def _near(reading: Reading, row: CandidateRow) -> list[Id]:
    parents = parents_of(row.parents)
    family: dict[Id, None] = dict.fromkeys(parents)
    for each in (row.id, *parents):
        family |= dict.fromkeys(child for (child,) in reading.db.execute(_CHILDREN, (each, -1, RELATIVES // 2)))
    latest = [each for (each,) in reading.db.execute(_LATEST, (LATEST,))]
    return [each for each in dict.fromkeys((*list(family)[:RELATIVES], *latest)) if each != row.id]


def _bag(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text[: 10 * WORDS])[:WORDS])


def _distance(one: Counter[str], two: Counter[str]) -> float:
    common = (one & two).total()
    either = one.total() + two.total() - common
    return 1.0 - common / either if either else 0.0


def file_of(files: Iterable[str], wanted: str) -> str:
    """The file that is meant, the main one for "". Raises UsageError where there is none of this name."""
    there = list(files)
    if wanted in there or not (wanted or there):
        return wanted
    if not wanted:
        return there[0]
    raise UsageError(f"there is no file {wanted[:80]!r}", f"one of {', '.join(there)[:300]}")
