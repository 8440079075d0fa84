"""What a damaged run holds beyond the turns that can be followed: its candidates as files, with their scores."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from speciate.core.errors import StoreDamaged
from speciate.core.plain import to_evaluation
from speciate.core.values import JSON, SEALED, Digest, Id

from .queries import Run
from .rows import REJECTED, WAITING
from .salvage import Remains
from .showing import metric_of
from .views import Metric, View

INDEX = "index.json"
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")


@dataclass(frozen=True, slots=True)
class Rescued(View):
    """Of `known` candidates after the damage `folder` has a file for each of `candidates`, `scored` of them with the
    score that the run recorded, and a file for each of `texts`, of which nothing more is known."""

    folder: str
    known: int
    candidates: int
    scored: int
    texts: int


@dataclass(slots=True)
class _Found:
    """A candidate after the damage. `proposed` and `evaluation` as the log has them."""

    proposed: JSON = None
    evaluation: JSON = None
    reason: str | None = None  # for which it was rejected and never evaluated


def rescue(path: Path, remains: Remains, draft: Path, last: int, commands: Sequence[str]) -> Rescued | None:
    """Writes NAME-rescued beside the run: what turns above the event `last` propose or evaluate, then the texts that
    nothing readable names. None where there is nothing. Raises OSError."""
    with Run(draft) as run:
        found = _found(remains, last)
        _complete(found, run)
        loose = _unnamed(remains, run, found)
        if not found and not loose:
            return None
    first = next(remains.chained(), None)
    metric = metric_of(first.events[0] if first is not None else None)
    with tempfile.TemporaryDirectory(prefix=f".{path.stem}-", dir=path.parent) as name:
        folder = Path(name) / "rescued"
        folder.mkdir()
        written = [_write(folder, id, each, remains, metric) for id, each in sorted(found.items())]
        suffix = next((Path(each).suffix for entry in written for each in entry["files"]), ".txt")
        for digest, text in loose.items():
            _text(folder / f"text-{digest[:12]}{suffix}", text)
        index = {
            "run": path.stem,
            "after_event": last,
            "metric": metric.name,
            "direction": metric.direction.value,
            "candidates": written,
            "texts": sorted(loose),
            "commands": list(commands),
        }
        (folder / INDEX).write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")
        there = _free(path)
        folder.rename(there)
    readable = [entry for entry in written if entry["files"]]
    scored = sum(entry["score"] is not None for entry in readable)
    return Rescued(str(there), len(written), len(readable), scored, len(loose))


def _found(remains: Remains, last: int) -> dict[Id, _Found]:
    """What the turns that cannot be followed say, by candidate."""
    found: dict[Id, _Found] = {}
    for turn in remains.loose(last):
        for event in turn.events:
            match event:
                case {"kind": "proposed", "candidate": {"id": int(id)}} if event.get("new", True):
                    each = found.setdefault(id, _Found())
                    each.proposed, each.reason = event["candidate"], event.get("rejected")
                case {"kind": "evaluated", "candidate": int(id), "evaluation": dict(evaluation)}:
                    if event.get("request", {}).get("stage", "") != SEALED:
                        found.setdefault(id, _Found()).evaluation = evaluation
    return found


def _complete(found: dict[Id, _Found], run: Run) -> None:
    """Candidates that were proposed before the damage and evaluated after it."""
    with run.reading() as reading:
        for id, each in found.items():
            row = reading.log.row(id) if each.proposed is None else None
            if row is not None:
                each.proposed = reading.log.proposed(row)


def _unnamed(remains: Remains, run: Run, found: dict[Id, _Found]) -> dict[Digest, str]:
    """The texts that are readable and in no candidate that is."""
    named = {digest for each in found.values() if each.proposed for digest in _files(each.proposed).values()}
    with run.reading() as reading:
        kept = {digest.hex() for (digest,) in reading.db.execute("SELECT digest FROM texts")}
    out: dict[Digest, str] = {}
    for digest in remains.digests():
        if digest not in named and digest not in kept:
            try:
                out[digest] = remains.text(digest)
            except StoreDamaged:
                continue
    return out


def _files(candidate: JSON) -> dict[str, Digest]:
    return dict(candidate["genome"].get("files", {}))


def _write(folder: Path, id: Id, each: _Found, remains: Remains, metric: Metric) -> dict[str, JSON]:
    """One candidate's files and its entry in the index."""
    evaluation = None
    if each.evaluation is not None:
        try:
            evaluation = to_evaluation(each.evaluation)
        except (KeyError, TypeError, ValueError, AttributeError):
            evaluation = None
    score = metric.user(evaluation.fitness) if evaluation is not None else None
    unscored = WAITING if each.reason is None else REJECTED
    status = unscored if evaluation is None else evaluation.status.value
    name = f"{id}-{status if score is None else format(score, f'.{metric.digits}f')}"
    files = [file for file, text in _texts(each.proposed, name, remains) if _text(folder / file, text)]
    proposed = each.proposed or {}
    return {
        "id": id,
        "score": score,
        "status": status,
        "files": files,
        "operator": proposed.get("operator", ""),
        "parents": proposed.get("parents", []),
        "feedback": each.reason or "" if evaluation is None else evaluation.feedback,
    }


def _texts(proposed: JSON, name: str, remains: Remains) -> Iterator[tuple[str, str]]:
    """(file name, content); a candidate that is data and no program is one of JSON."""
    if proposed is None:
        return
    files = _files(proposed)
    for number, (file, digest) in enumerate(files.items()):
        try:
            text = remains.text(digest)
        except StoreDamaged:
            continue
        suffix = _SUFFIX.fullmatch(Path(file).suffix)
        more = f"-{number + 1}" if len(files) > 1 else ""
        yield f"{name}{more}{suffix[0] if suffix else '.txt'}", text
    if not files and proposed["genome"].get("data") is not None:
        yield f"{name}.json", json.dumps(proposed["genome"]["data"])


def _text(path: Path, text: str) -> bool:
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return True


def _free(path: Path) -> Path:
    number = 1
    while (found := path.with_name(f"{path.stem}-rescued" + (f"-{number}" if number > 1 else ""))).exists():
        number += 1
    return found
