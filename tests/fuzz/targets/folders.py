"""The folder of a problem: problem.toml, the seed and its markers, evaluate.py."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from speciate.core.errors import ProblemError, UsageError
from speciate.core.values import canonical
from speciate.problems.folder import load
from speciate.runners.wire import pack_problem, unpack_problem

from ..target import Target, parts, scratch

NAMES = ("problem.toml", "seed.py", "evaluate.py")


def folder(data: bytes) -> None:
    """Parts: the three files."""
    place = scratch()
    path = place / "a" / "problem"
    path.mkdir(parents=True)
    try:
        for name, text in zip(NAMES, parts(data, 3), strict=True):
            (path / name).write_bytes(text.encode("utf-8", "surrogateescape"))
        _loaded(path)
    finally:
        shutil.rmtree(place)


def _loaded(path: Path) -> None:
    try:
        problem = load(path)
    except (ProblemError, UsageError) as error:
        assert error.what
        assert error.do
        return
    canonical(problem.parts)
    again = unpack_problem(json.loads(json.dumps(pack_problem(problem))))
    assert (again.objectives, again.limits) == (problem.objectives, problem.limits)
    assert problem.budget.seconds is None or problem.budget.seconds >= 0


TARGETS = (Target("folder", folder, seconds=1.5, per_kb=0.03),)
