"""What a worker is told of a problem."""

from __future__ import annotations

import json

from speciate.core.problem import Language, Problem, Repeats, Stage
from speciate.runners.wire import frame, pack_problem, unpack_problem


def test_a_worker_is_told_all_that_a_score_depends_on() -> None:
    problem = Problem(
        "p",
        stages=(Stage("quick", 1.0),),
        sealed=True,
        repeats=Repeats(times=3, most=9, within=0.1, cautious=True),
        language=Language(construction="build"),
        packages=("numpy",),
        source="/folder",
    )
    assert unpack_problem(json.loads(frame(pack_problem(problem))[4:])) == problem
