"""The shipped constructions through real workers and the real sandbox: seeds, polish, and programs that cheat."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from speciate.core.problem import Problem
from speciate.core.values import CONSTRUCTION, Candidate, Evaluation, Status
from speciate.problems import load
from speciate.runners.local import LocalRunner

NAMES = ["circle_packing_26", "heilbronn_11", "hexagon_packing_11", "min_max_distance_16"]  # one of a kind
SEEDS = {
    "circle_packing_26": 2.158,
    "circle_packing_32": 2.656,
    "circle_packing_rectangle_21": 2.079,
    "heilbronn_11": 0.002,
    "hexagon_packing_11": -5.1547005383792515,
    "hexagon_packing_12": -5.1547005383792515,
    "min_max_distance_14": -9.0,
    "min_max_distance_16": -18.0,
}


@pytest.fixture(scope="module")
def runner(request: pytest.FixtureRequest) -> Iterator[LocalRunner]:
    with LocalRunner(load(request.param), 1) as each:
        yield each


def scored(problem: Problem, runner: LocalRunner, program: str = "") -> Evaluation:
    genome = problem.seeds[0] if not program else problem.seeds[0].with_text(problem.seeds[0].text + "\n" + program)
    return anyio.run(runner.evaluate, Candidate(1, genome.digest, genome))


@pytest.mark.parametrize("runner", SEEDS, indirect=True)
def test_seed_and_polish(runner: LocalRunner) -> None:
    problem = runner.problem
    name = problem.objective.name
    seed = scored(problem, runner)
    assert seed.status is Status.OK
    assert seed.scores[name] == pytest.approx(SEEDS[problem.name])
    assert set(seed.measures) == {measure.name for measure in problem.measures}
    assert CONSTRUCTION in seed.artifacts
    polished = scored(problem, runner, "plain = construct\ndef construct():\n    return polish(plain())\n")
    assert polished.status is Status.OK, polished.feedback
    assert polished.scores[name] > seed.scores[name]
    assert list(problem.language.polish) == ["polish"]


@pytest.mark.parametrize("runner", NAMES, indirect=True)
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("return 99.0", "the answer is"),
        ("return {'score': 99.0, 'status': 'ok'}", "the answer is"),
        ("return plain() * np.nan", "nan"),
        ("return plain().astype(complex)", "complex"),
        ("return plain().astype(object)", "cannot cross"),
        ("return plain()[:5]", "the answer is"),
        ("return plain() * 0", "coincide|in a line|no positive radius|overlap"),
        ("return np.full_like(plain(), 1e308)", "beyond"),
        ("return plain().astype(str)", "cannot cross"),
        ("return open('/etc/passwd').read()", "Permission|No such file|answer is"),
        ("raise SystemExit(0)", "exit|Exit"),
    ],
)
def test_programs_that_cheat_score_nothing(runner: LocalRunner, body: str, reason: str) -> None:
    found = scored(runner.problem, runner, f"plain = construct\ndef construct():\n    {body}\n")
    assert found.status in {Status.INVALID, Status.CRASHED}
    assert not found.scores
    assert any(each in found.feedback for each in reason.split("|")), found.feedback


@pytest.mark.parametrize("name", SEEDS)
def test_what_stands_in_the_folder(name: str, tmp_path: Path) -> None:
    problem = load(name)
    assert problem.packages[0] == "numpy"
    assert problem.language.construction == "construct"
    assert all(each["source"] for each in problem.published.values())
    copy = tmp_path / name
    shutil.copytree(problem.source, copy, ignore=shutil.ignore_patterns("published", "__pycache__", "README.md"))
    assert load(copy).digest == problem.digest  # what no evaluator reads does not count
    with open(copy / "evaluate.py", "a") as file:
        file.write("# another verifier\n")
    assert load(copy).digest != problem.digest
