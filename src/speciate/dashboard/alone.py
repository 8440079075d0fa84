"""The page of one run as a file that stands alone: it opens from disk, asks nobody anything, and can be mailed.

It is the page that the server sends, in one piece, with the answers that it would ask the server for beside it. The
answers are data, never script: nothing that a candidate or a model wrote can end the element that they stand in, and
the policy in the page's head lets run only the one script whose hash it names, and nothing be loaded from anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import BinaryIO
from urllib.parse import parse_qsl, quote, unquote, urlencode

from speciate import __version__
from speciate.core.errors import SpeciateError, UsageError
from speciate.core.values import JSON, Id
from speciate.store.documents import document
from speciate.store.queries import Run
from speciate.store.views import Summary, plain

from . import api
from .bundle import FOLDER
from .choosing import chosen

TEMPLATE = "export.html"
BUDGET = 8_000_000  # bytes of the candidates' own parts: a mail may carry it
LOCKED = "this page was exported: it shows the run as it was, and steers nothing"
AXES = ("evals", "usd", "seconds")
# What the page asks about a run, and about each candidate that one may open.
OF_RUN = (
    "summary",
    "config",
    *(f"curve?x={axis}&points=2000" for axis in AXES),
    "nodes",
    "grid",
    "islands",
    *(f"moves?by={what}" for what in ("operator", "model", "pair")),
    "failures",
    "memory",
    "log",
)
OF_CANDIDATE = ("text", "prompt", "log", "cases", "children")

_UNASKED: tuple[dict[str, str], ...] = ({}, {"alike": "yes"})
_MODULE = '<script type="module">'
_INLINE = re.compile(r'<(script|style)(?: type="module")?>(.*?)</\1>', re.DOTALL)
_AFTER = '<meta charset="utf-8" />'


@dataclass(frozen=True, slots=True)
class Alone:
    """What was written: how many `candidates` are there whole, and in sentences what is not."""

    candidates: int
    left_out: tuple[str, ...]


def write_page(run: Run, file: BinaryIO, folder: Path = FOLDER) -> Alone:
    """Write the page of a run. Raises UsageError where the page was not built, OSError where it cannot be written."""
    head, tail = _template(folder)
    file.write(head.encode())
    file.write(b'<script type="application/json" id="speciate-data">{')
    summary = run.summary()
    whole = 0
    for path, answer in _of_run(run, summary):
        _put(file, path, answer)
    room = BUDGET
    for id in chosen(run):
        parts = list(_of_candidate(run, id))
        room -= sum(len(answer) for _, answer in parts)
        if room < 0:
            break
        whole += 1
        for path, answer in parts:
            _put(file, path, answer)
    left_out = _left_out(summary, whole)
    about: dict[str, JSON] = {"run": run.name, "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    about |= {"version": __version__, "left_out": list(left_out)}
    _put(file, "/api/export", document("export", about), last=True)
    file.write(b"}</script>\n")
    file.write(tail.encode())
    return Alone(whole, left_out)


def answered(run: Run, path: str) -> str:
    """What the server would answer to a path below the run's, as one line of JSON, an error of ours included."""
    address, _, query = path.partition("?")
    for route in api.ROUTES:
        if matched := _pattern(route.pattern).fullmatch(f"/{address}"):
            words = {name: unquote(word) for name, word in matched.groupdict().items()}
            try:
                answer = route.ask(run, api.Asked(words, dict(parse_qsl(query))))
            except SpeciateError as error:
                answer = api.failed(error)
            assert isinstance(answer, api.Document), f"{path} is no document"
            return answer.encode().decode().rstrip("\n")
    raise LookupError(f"the API has no {path}")


def script_safe(text: str) -> str:
    """JSON that can stand in a script element: it has no "<", so no end of the element, no comment and no other
    element begins in it."""
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _template(folder: Path) -> tuple[str, str]:
    """The page up to where the data goes, and the rest."""
    path = folder / TEMPLATE
    try:
        html = path.read_text(encoding="utf-8")
    except OSError as error:
        what = f"the page is not built in this copy of Speciate: {path}: {error.strerror}"
        raise UsageError(what, "cd web && npm ci && npm run build") from None
    meta = f'{_AFTER}\n    <meta http-equiv="content-security-policy" content="{_policy(html)}" />'
    head, module, tail = html.replace(_AFTER, meta, 1).partition(_MODULE)
    if not module or meta not in head:
        raise UsageError(f"{path} is not the page that was built for this", "cd web && npm ci && npm run build")
    return head, module + tail


def _policy(html: str) -> str:
    hashes: dict[str, list[str]] = {"script": [], "style": []}
    for element in _INLINE.finditer(html):
        digest = base64.b64encode(hashlib.sha256(element[2].encode()).digest()).decode()
        hashes[element[1]].append(f"'sha256-{digest}'")
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(hashes['script'])}",
            f"style-src {' '.join(hashes['style'])}",
            "style-src-attr 'unsafe-inline'",
            "img-src blob: data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types svelte-trusted-html",
        )
    )


def _of_run(run: Run, summary: Summary) -> Iterator[tuple[str, str]]:
    listed = {"folder": "", "runs": [plain(summary)], "unreadable": [], "meta": {}, "locked": {run.name: LOCKED}}
    yield "/api/runs", document("runs", {**listed, "sparks": {}, "read_only": True})
    meta = {"run": run.name, "label": "", "tags": [], "note": "", "archived": False, "notes": {}, "locked": LOCKED}
    yield f"{_base(run)}/meta", document("run.meta", meta)
    yield f"{_base(run)}/commands", document("commands", {"run": run.name, "commands": []})
    for path in (*OF_RUN, *_grids(run)):
        yield f"{_base(run)}/{path}", answered(run, path)
    from .api.compare import compare  # numpy, which nothing else here needs

    for axis in AXES:
        query = {"runs": run.name, "x": axis}
        answer = _line(compare([run], api.Asked(query=query)))
        for more in _UNASKED:  # as the page asks where somebody chose the runs, and where nobody did
            yield f"/api/compare?{_query(**query, **more)}", answer


def _grids(run: Run) -> Iterator[str]:
    """The grid by any two of its measures."""
    axes = [str(each["name"]) for each in json.loads(answered(run, "grid")).get("axes", ())]
    for x, y in permutations(axes, 2):
        yield f"grid?{_query(x=x, y=y)}"


def _of_candidate(run: Run, id: Id) -> Iterator[tuple[str, str]]:
    """Its parts, each of its files, and what changed against its parents, the seed and the best."""
    base, detail = f"{_base(run)}/candidates/{id}", run.candidate(id)
    yield base, document("candidate", detail.as_json())
    questions = list(OF_CANDIDATE)
    questions += [f"text?{_query(file=name)}" for name in detail.files if len(detail.files) > 1]
    questions += [f"diff?{_query(to=str(other))}" for other in (*detail.row.parents, "seed", "best")]
    for question in questions:
        yield f"{base}/{question}", answered(run, f"candidates/{id}/{question}")


def _line(answer: api.Document) -> str:
    return answer.encode().decode().rstrip("\n")


def _left_out(summary: Summary, whole: int) -> tuple[str, ...]:
    neighbours = "which programs are the nearest to another"
    if whole >= summary.candidates:
        return (neighbours,)
    return (
        f"the programs, prompts and logs of {summary.candidates - whole:,} of {summary.candidates:,} candidates: the "
        f"best, the steps to it, the elites and the latest are there",
        neighbours,
    )


def _put(file: BinaryIO, path: str, answer: str, last: bool = False) -> None:
    file.write(script_safe(f"{json.dumps(path)}:{answer}").encode() + (b"" if last else b",\n"))


def _base(run: Run) -> str:
    return f"/api/runs/{_quoted(run.name)}"


def _quoted(name: str) -> str:
    """As encodeURIComponent of the browser writes it."""
    return quote(name, safe="!~*'()")


def _query(**words: str) -> str:
    """As URLSearchParams of the browser writes it."""
    return urlencode(words, safe="*", errors="replace").replace("~", "%7E")


def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)(?::path)?\\\}", r"(?P<\1>[^/]+)", re.escape(pattern)))
