"""From a problem to the Evaluator that a worker drives. A runner is given this function by its name."""

from __future__ import annotations

from speciate.core.problem import Problem
from speciate.core.protocols import Evaluator
from speciate.sandbox import Sandbox

from .cascade import Cascade
from .function import FolderEvaluator


def build(problem: Problem) -> tuple[Evaluator, FolderEvaluator]:
    """The evaluator of this problem with its stages, and the folder's own inside it. Its sandbox starts at once and
    warms up while evaluate.py is being loaded."""
    sandbox = Sandbox(problem.packages, problem.limits)
    sandbox.start()
    folder = FolderEvaluator(problem, sandbox)
    if problem.stages:
        return Cascade(folder, problem.stages, problem.objective), folder
    return folder, folder
