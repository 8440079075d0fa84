"""Each problem's own solver, `baseline.py`: valid for every seed, the same for the same, and better than the seed.

Their candidates run here, in this process and with fewer steps where a whole start takes a second; one is tried in the
sandbox, with the problem's limits.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from speciate.core.problem import Problem
from speciate.core.values import Candidate, Evaluation, Request
from speciate.evaluators.function import load_module
from speciate.evaluators.returned import evaluation_of
from speciate.genomes.seeded import seeded
from speciate.problems import load, names
from speciate.runners.local import LocalRunner

# How many steps are taken here, of those that are the solver's constants; by name, the value as its line has it.
LIGHT: Mapping[str, Mapping[str, str]] = {
    "autocorrelation_1": {"STARTS, STEPS": "2, 20", "DOUBLINGS": "0"},
    "bin_packing": {"STEPS": "10"},
    "bin_packing_weibull": {"STEPS": "10"},
    "circle_packing_26": {"HOPS": "1"},
    "erdos_overlap": {"STEPS": "21", "STARTS": "1", "PROGRAMS": "(6, 2, 2)"},
    "heilbronn_11": {"STARTS, HOPS": "2, 1"},
    "min_max_distance_16": {"STARTS": "1"},
    "tsp_construct": {"STEPS": "8"},
}
SOLVED = [name for name in names() if load(name).baseline]


class Program:
    """A candidate that runs here, and what it answered."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.answers: list[str] = []
        self._names: dict[str, Any] = {}

    def call(self, name: str, *args: Any) -> Any:
        if not self._names:
            with warnings.catch_warnings():  # of SciPy's, which the sandbox does not show either
                warnings.simplefilter("ignore")
                exec(compile(self.text, "baseline.py", "exec"), self._names)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answer = self._names[name](*args)
        self.answers.append(repr(answer))
        return answer

    def map(self, name: str, rows: Sequence[Sequence[Any]]) -> list[Any]:
        return [self.call(name, *row) for row in rows]

    def restart(self) -> None:
        """Its functions remember nothing."""


@contextmanager
def evaluator(problem: Problem) -> Iterator[Any]:
    """Its function that scores. What lies beside it is forgotten afterwards: the next problem has modules of the same
    names."""
    path, written, before = list(sys.path), sys.dont_write_bytecode, set(sys.modules)
    file, _, name = problem.evaluate.partition(":")
    yield getattr(load_module(Path(problem.source, file)), name)
    sys.path[:] = path
    sys.dont_write_bytecode = written
    for each in set(sys.modules) - before:
        if Path(getattr(sys.modules[each], "__file__", None) or "/").is_relative_to(problem.source):
            del sys.modules[each]


def scored(problem: Problem, evaluate: Any, text: str) -> tuple[Evaluation, list[str]]:
    """What a program scores, and what it answered. Raises Invalid where that is no answer."""
    program = Program(text)
    takes = evaluate.__code__.co_argcount
    returned = evaluate(program, Request()) if takes > 1 else evaluate(program)
    return evaluation_of(returned, problem), program.answers


def light(problem: Problem) -> str:
    text = problem.baseline
    for name, value in LIGHT.get(problem.name, {}).items():
        text, count = re.subn(rf"^{name} = .*$", f"{name} = {value}", text, flags=re.MULTILINE)
        assert count == 1, f"{problem.name}: baseline.py has no line {name} = ..."
    return text


@pytest.mark.parametrize("name", SOLVED)
def test_starts_are_valid_differ_by_their_seed_alone_and_beat_the_first_program(name: str) -> None:
    problem = load(name)
    text = light(problem)
    with evaluator(problem) as evaluate:
        seed, _ = scored(problem, evaluate, problem.seeds[0].text)
        first, answers = scored(problem, evaluate, seeded(text, 0))
        second, others = scored(problem, evaluate, seeded(text, 1))
        again, same = scored(problem, evaluate, seeded(text, 1))
    assert (second.scores, others) == (again.scores, same)
    assert (first.scores, answers) != (second.scores, others)
    assert first.ok
    assert second.ok
    assert seed.fitness is not None
    assert max(each.fitness for each in (first, second) if each.fitness is not None) > seed.fitness


@pytest.mark.parametrize("name", SOLVED)
def test_a_solver_imports_what_the_sandbox_shows(name: str) -> None:
    problem = load(name)
    shown = {each.partition(".")[0] for each in problem.packages} | sys.stdlib_module_names
    named = {
        each.partition(".")[0]
        for node in ast.walk(ast.parse(problem.baseline))
        for each in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert named <= shown, f"{name}: `packages` of problem.toml has {', '.join(problem.packages)}"


def test_a_whole_start_keeps_to_the_problems_limits_in_the_sandbox() -> None:
    problem = load("circle_packing_26")
    genome = problem.seeds[0].with_text(seeded(problem.baseline, 1))
    with LocalRunner(problem, 1) as runner:
        found = anyio.run(runner.evaluate, Candidate(1, genome.digest, genome))
    assert found.ok, found.feedback
    assert found.scores["radii"] > 2.6


def test_a_solver_is_no_part_of_what_scores_and_another_file_of_that_name_is(tmp_path: Path) -> None:
    (tmp_path / "problem.toml").write_text("")
    (tmp_path / "seed.py").write_text("def f():\n    return 1\n")
    (tmp_path / "evaluate.py").write_text("def evaluate(candidate):\n    return candidate.call('f')\n")
    without = load(tmp_path)
    assert without.baseline == ""
    (tmp_path / "baseline.py").write_text("SEED = 0\n\n\ndef f():\n    return SEED\n")
    solved = load(tmp_path)
    assert solved.baseline.startswith("SEED = 0\n")
    assert (solved.digest, solved.parts) == (without.digest, without.parts)
    (tmp_path / "baseline.py").write_text("TIME = 12.5  # of the reference\n")
    read = load(tmp_path)
    assert (read.baseline, set(read.parts["files"])) == ("", {"baseline.py", "evaluate.py"})
    assert load(tmp_path / "seed.py", tmp_path / "evaluate.py").baseline == ""
