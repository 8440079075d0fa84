"""What a model says: edits and programs, functions that it completes, and lists of ideas and numbers."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Mapping
from contextlib import suppress

from speciate.core.errors import ProblemError, ProposalFailed
from speciate.genomes.text import editable, frozen
from speciate.memory.likeness import alike, words
from speciate.proposers.llm.applying import Applied, apply
from speciate.proposers.llm.applying import check as check_edit
from speciate.proposers.llm.asking import genome_of, parses, why
from speciate.proposers.llm.completing import completed, few_shot
from speciate.proposers.llm.edits import read
from speciate.proposers.llm.faults import EditFailed
from speciate.proposers.llm.fences import said
from speciate.proposers.llm.ideas import LENGTH, MOST, listed
from speciate.proposers.llm.members import mean_in
from speciate.proposers.llm.reflecting import items
from speciate.proposers.llm.rewriting import rewrite
from speciate.proposers.llm.sizes import trimmed

from ..target import Target, parts


def edit(data: bytes) -> None:
    """Parts: the program's main file, another file ("" for none), the reply."""
    main, other, reply = parts(data, 3)
    files = {"main.py": main, **({"other.js": other} if other else {})}
    try:
        allowed = editable(files)
    except ProblemError:
        return
    for way in (_edited, rewrite):
        after = _applied(way, files, said(reply))
        if after is None:
            continue
        assert after.keys() == files.keys()
        assert after != files
        for name, text in files.items():
            assert name in allowed or after[name] == text, "a file without markers was changed"
            assert frozen(after[name]) == frozen(text), "it was changed outside the markers"
    why(reply)


def _edited(files: Mapping[str, str], reply: str) -> Applied:
    return apply(files, read(reply, files))


def _applied(
    way: Callable[[Mapping[str, str], str], Applied], files: Mapping[str, str], reply: str
) -> Mapping[str, str] | None:
    try:
        after = way(files, reply).files
        trees: dict[str, ast.Module] = {"main.py": parses("main.py", after["main.py"])}
        genome_of(None, after, trees)
    except EditFailed as failure:
        assert failure.reason
        return None
    return after


def complete(data: bytes) -> None:
    """Parts: the program, the reply."""
    program, reply = parts(data, 2)
    try:
        few_shot([program, program])
        files = {"main.py": program}
        check_edit(files, {"main.py": completed(said(reply), program, 2)})
    except (EditFailed, ProblemError):  # the latter for the program, which a problem's folder refuses
        return


def ideas(data: bytes) -> None:
    (reply,) = parts(data, 1)
    text = said(reply)
    found = listed(text)
    assert len(found) <= MOST
    assert all(0 < len(each) <= LENGTH for each in found)
    assert 0.0 <= alike(words(text), words(reply)) <= 1.0
    trimmed(text, 50)
    json.dumps(found)
    with suppress(ProposalFailed):
        assert all(items(text)), "an item without a word"
    with suppress(EditFailed):
        assert len(mean_in(text, 3)) == 3


TARGETS = (
    Target("edit", edit, seconds=1.0, per_kb=0.03),
    Target("complete", complete, seconds=1.0, per_kb=0.03),
    Target("ideas", ideas),
)
