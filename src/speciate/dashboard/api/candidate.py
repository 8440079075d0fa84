"""One candidate: all that there is about it, part by part."""

from __future__ import annotations

import base64
import binascii

from speciate.core.errors import UsageError
from speciate.store import family
from speciate.store.differing import Space, difference
from speciate.store.journal import of_candidate
from speciate.store.making import log_body, prompt_body
from speciate.store.queries import Run

from .highlight import spans
from .routing import Asked, Bytes, Document, candidate_of

TEXT = "text/plain; charset=utf-8"
PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}  # by how they begin


def candidate(run: Run, asked: Asked) -> Document:
    """As `speciate show ID --json`."""
    return Document("candidate", run.candidate(candidate_of(run, asked)).as_json())


def text(run: Run, asked: Asked) -> Document:
    """?file=: one file of its program, and per line the pieces with their classes."""
    id = candidate_of(run, asked)
    files = run.files(id)
    name = family.file_of(files, asked.query.get("file", ""))
    content = files.get(name, "")
    body = {"run": run.name, "id": id, "file": name, "files": list(files), "text": content}
    return Document("candidate.text", {**body, "tokens": spans(name, content)})


def diff(run: Run, asked: Asked) -> Document:
    """?to=REF&space=keep|ignore: as `speciate diff ID REF --json`, against its parent where nothing is said."""
    new = run.candidate(candidate_of(run, asked))
    other = asked.query.get("to", "")
    if not other and not new.row.parents:
        raise UsageError(f"candidate {new.row.id} has no parent", f"speciate diff best {new.row.id}")
    old = run.candidate(run.resolve(other or str(new.row.parents[0])))
    return Document("diff", difference(old, new, Space(asked.one_of("space", Space, Space.KEEP))))


def prompt(run: Run, asked: Asked) -> Document:
    """As `speciate show ID --prompt --json`."""
    detail = run.candidate(candidate_of(run, asked))
    return Document("candidate.prompt", prompt_body(detail, of_candidate(run, detail.row.id)))


def log(run: Run, asked: Asked) -> Document:
    """As `speciate show ID --log --json`."""
    detail = run.candidate(candidate_of(run, asked))
    return Document("candidate.log", log_body(detail, of_candidate(run, detail.row.id)))


def cases(run: Run, asked: Asked) -> Document:
    """Case by case, beside its parent and the best."""
    return Document("candidate.cases", family.cases(run, candidate_of(run, asked)))


def children(run: Run, asked: Asked) -> Document:
    """?after=ID&limit=100."""
    after = asked.number("after", 0) if asked.query.get("after") else None
    found = family.children(run, candidate_of(run, asked), after, asked.number("limit", 100, 1, 500))
    return Document("candidate.children", found)


def neighbours(run: Run, asked: Asked) -> Document:
    """?limit=10: those most like it."""
    found = family.neighbours(run, candidate_of(run, asked), asked.number("limit", family.SHOWN, 1, 100))
    return Document("candidate.neighbours", found)


def artifact(run: Run, asked: Asked) -> Bytes:
    """What its evaluation left under a name: a picture where it is one, written in base 64; else text. Nothing that a
    browser would run."""
    id, name = candidate_of(run, asked), asked.path["name"]
    found = run.candidate(id).artifacts
    if name not in found:
        there = ", ".join(found)[:300] or "it left none"
        raise UsageError(f"candidate {id} left no artifact {name[:80]!r}", there)
    content = found[name]
    picture = _picture(content)
    media = "" if picture is None else next((its for head, its in PICTURES.items() if picture.startswith(head)), "")
    if picture is not None and media:
        return Bytes((picture,), media)
    return Bytes((content.encode("utf-8", "backslashreplace"),), TEXT, download=f"{id}-{name}")


def _picture(content: str) -> bytes | None:
    """The bytes of what is written in base 64, with or without the head of a data URL."""
    head, comma, data = content.partition("base64,")
    try:
        return base64.b64decode("".join((data if comma else head).split()), validate=True)
    except (binascii.Error, ValueError):
        return None
