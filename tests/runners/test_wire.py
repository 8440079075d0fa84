"""What a worker is told of a problem."""

from __future__ import annotations

import json

from speciate.core.problem import Language, Problem, Repeats, Stage
from speciate.core.values import Candidate, Genome, Request
from speciate.runners.wire import HEADER, frame, pack_problem, pack_task, unpack_problem, unpack_task


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


def test_a_task_crosses_whole() -> None:
    genome = Genome("text", {"a.py": "x = 1"})
    candidate = Candidate(3, genome.digest, genome)
    for request in (Request(), Request("quick", (1, 2), (4,), 2**62, -0.125)):
        found, asked, others, file = unpack_task(pack_task(candidate, request, [candidate])[HEADER:])
        assert (found.digest, asked, len(others), file) == (candidate.digest, request, 1, "")
