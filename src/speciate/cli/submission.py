"""What a person may submit: a program that differs from what it was made from only where programs may change. Looked
at before it is sent, in the terminal and on the page alike."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from speciate.core.errors import UsageError
from speciate.core.values import JSON, Genome
from speciate.genomes.text import KIND, editable, frozen, python
from speciate.store.queries import Run
from speciate.store.views import Detail


def arguments(base: Detail, files: Mapping[str, str], where: str, do: str, named: bool) -> dict[str, JSON]:
    """Of a submit: the program, and the digest by which duplicates of it are told. `base` is what it was made from,
    `named` whether a person said so; `where` is what they call the program, `do` how they get one that may be changed.
    Raises UsageError for one that changes what may not change."""
    fixed = editable(base.files).keys() ^ base.files.keys()
    for name, text in files.items():
        old = base.files[name]
        if text != old if name in fixed else frozen(text) != frozen(old):
            line = _differs(text, old) if name not in fixed else 1
            part = where if len(base.files) == 1 else f"{where}/{name}"
            raise UsageError(
                f"{part} line {line} differs from the {'parent' if named else 'seed'} outside the EVOLVE-BLOCK",
                f"change only what stands between the markers{do}",
            )
    args: dict[str, JSON] = {"text": next(iter(files.values()))} if len(base.files) == 1 else {"files": {**files}}
    if named:
        args["parent"] = base.row.id
    if base.row.digest == python(Genome(KIND, base.files)).key:
        args["key"] = python(Genome(KIND, {**base.files, **files})).key
    return args


def from_page(path: Path, said: Mapping[str, JSON]) -> dict[str, JSON]:
    """The same for {text} or {files}, and perhaps {parent}, as the dashboard sends it. Raises UsageError."""
    parent = said.get("parent")
    if parent is not None and (not isinstance(parent, int) or isinstance(parent, bool)):
        raise UsageError(f"parent: expected a candidate's number, not {str(parent)[:40]}", '{"parent": 412}')
    with Run(path) as run:
        base = run.candidate(run.resolve("seed" if parent is None else str(parent)))
    first = next(iter(base.files), "")
    files = said.get("files", {first: said.get("text")})
    if not isinstance(files, dict) or not all(isinstance(text, str) for text in files.values()):
        raise UsageError("there is no text to submit", '{"text": "…"}')
    if strange := sorted(files.keys() - base.files.keys()):
        has = ", ".join(sorted(base.files)[:5])
        raise UsageError(f"the program has no file {strange[0][:100]}", f"it has: {has}")
    return arguments(base, {**base.files, **files}, "the program", "", parent is not None)


def _differs(text: str, other: str) -> int:
    """The first line, counted from 1, at which the parts that must not change are not the same."""
    mine, theirs = "".join(frozen(text)).splitlines(), "".join(frozen(other)).splitlines()
    same = next(
        (at for at, (a, b) in enumerate(zip(mine, theirs, strict=False)) if a != b), min(len(mine), len(theirs))
    )
    kept = [number for number, line in enumerate(text.splitlines(), 1) if same < len(mine) and line == mine[same]]
    return kept[0] if kept else len(text.splitlines())
