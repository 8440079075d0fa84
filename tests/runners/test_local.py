"""Workers: what they answer, and what happens when they die, hang, or are no longer wanted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from speciate.core.errors import EvaluatorFault, ProblemError, SandboxError
from speciate.core.problem import Limits, Problem
from speciate.core.protocols import Runner
from speciate.core.values import Candidate, Genome, Request, Status
from speciate.runners.local import LocalRunner

# Evaluators without a sandbox: a candidate's text says what evaluate does with it.
FACTORY = """
import os, signal, sys, time
from pathlib import Path
from speciate import Evaluation, Status
from speciate.core.errors import SandboxError

class Evaluator:
    async def evaluate(self, candidate, request, others):
        text = candidate.text
        marks = Path(__file__).with_name("marks")
        if text == "raise":
            print("about to fail")
            return {}["x"]
        if text == "exit":
            sys.exit(3)
        if text == "print":
            print("out" * 100_000); os.write(2, b"err")
        if text == "die":
            print("last words", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        if text == "hang":
            time.sleep(60)
        if text == "leak":
            self.kept = [*getattr(self, "kept", ()), bytearray(os.urandom(1) * 2**20)]
        if text == "wait":
            import asyncio
            await asyncio.sleep(0)
        if text.startswith("once"):
            with marks.open("a") as file:
                file.write("x")
            if len(marks.read_text()) == 1:
                if text == "once sandbox":
                    raise SandboxError("it broke")
                os._exit(1)
        return Evaluation(Status.OK, {"a": float(os.getpid())}, (float(request.seed),), {}, {"others": len(others)},
                          feedback=text[:100])

    def evaluate_file(self, candidate, path):
        return Evaluation(Status.OK, {"a": 1.0}, feedback=path)

def build(problem):
    if problem.name == "broken":
        raise RuntimeError("cannot be built")
    each = Evaluator()
    return each, each
"""


def candidate(text: str, id: int = 1) -> Candidate:
    genome = Genome("text", files={"seed.py": text})
    return Candidate(id, genome.digest, genome)


@pytest.fixture
def problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Problem:
    (tmp_path / "factory_of_tests.py").write_text(FACTORY)
    monkeypatch.syspath_prepend(str(tmp_path))
    return Problem("p", source=str(tmp_path), limits=Limits(seconds=0.1, evaluator_seconds=0.4))


@pytest.fixture
def runner(problem: Problem) -> Iterator[LocalRunner]:
    with LocalRunner(problem, 1, "factory_of_tests:build") as each:
        yield each


def pid(runner: LocalRunner, text: str = "fine") -> int:
    return int(anyio.run(runner.evaluate, candidate(text)).scores["a"])


def gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return "\nState:\tZ" in Path(f"/proc/{process}/status").read_text()


def test_an_evaluation_comes_back(runner: LocalRunner) -> None:
    conforms: Runner = runner
    assert conforms.slots == 1
    evaluation = anyio.run(runner.evaluate, candidate("né\ud800"), Request(seed=3), [candidate("other", 2)])
    assert (evaluation.status, evaluation.cases, evaluation.shown) == (Status.OK, (3.0,), {"others": 1.0})
    assert evaluation.feedback == "né\ud800"


def test_large_texts_cross(runner: LocalRunner) -> None:
    assert anyio.run(runner.evaluate, candidate("x" * 3_000_000)).feedback == "x" * 100


def test_prints_do_not_disturb(runner: LocalRunner) -> None:
    first = pid(runner, "print")
    assert pid(runner, "print") == first


def test_an_exception_is_a_fault_with_its_line_and_what_was_printed(runner: LocalRunner) -> None:
    first = pid(runner)
    with pytest.raises(EvaluatorFault, match=r"factory_of_tests.py line 13: KeyError: 'x'; it printed: about to fail"):
        pid(runner, "raise")
    with pytest.raises(EvaluatorFault, match="SystemExit: 3"):
        pid(runner, "exit")
    with pytest.raises(EvaluatorFault, match="no"):
        pid(runner, "wait")
    assert pid(runner) == first


def test_a_worker_that_dies_twice_over_a_candidate(runner: LocalRunner) -> None:
    first = pid(runner)
    with pytest.raises(EvaluatorFault, match=r"died twice over one candidate: it was killed by signal 9; .*last words"):
        pid(runner, "die")
    assert gone(first)
    assert pid(runner) != first


def test_a_worker_that_leaks_is_replaced_between_two_evaluations(
    runner: LocalRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("speciate.runners.local.GROWN", 15 * 2**20)
    processes = [pid(runner, "leak") for _ in range(60)]
    assert len(dict.fromkeys(processes)) == 2
    assert processes == sorted(processes, key=processes.index)  # one after the other
    assert gone(processes[0])
    fine = [pid(runner) for _ in range(40)]
    assert len({*fine}) == 1


@pytest.mark.parametrize("text", ["once", "once sandbox"])
def test_one_death_costs_nothing(runner: LocalRunner, text: str) -> None:
    first = pid(runner)
    assert pid(runner, text) != first
    assert gone(first)


def test_a_worker_that_hangs_is_killed(runner: LocalRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speciate.runners.local.STARTING", 1.0)
    first = pid(runner)
    with pytest.raises(EvaluatorFault, match=r"longer than 0\.5 s, twice"):
        pid(runner, "hang")
    assert gone(first)
    assert pid(runner) != first


def test_a_cancelled_evaluation_leaves_nothing_behind(runner: LocalRunner) -> None:
    first = pid(runner)

    async def cancelled() -> float:
        with anyio.move_on_after(0.05):
            await runner.evaluate(candidate("hang"))
        return (await runner.evaluate(candidate("fine"))).scores["a"]

    assert anyio.run(cancelled) != first
    assert gone(first)


def test_at_most_as_many_at_once_as_there_are_slots(problem: Problem) -> None:
    with LocalRunner(problem, 2, "factory_of_tests:build") as runner:

        async def many() -> set[float]:
            found: set[float] = set()

            async def one(number: int) -> None:
                found.add((await runner.evaluate(candidate("fine", number))).scores["a"])

            async with anyio.create_task_group() as group:
                for number in range(20):
                    group.start_soon(one, number)
            return found

        found = anyio.run(many)
        assert len(found) == 2
    assert all(gone(int(each)) for each in found)


def test_what_cannot_be_built_is_said_at_each_evaluation(problem: Problem) -> None:
    broken = Problem("broken", source=problem.source)
    with LocalRunner(broken, 1, "factory_of_tests:build") as runner:
        for _ in range(2):
            with pytest.raises(EvaluatorFault, match=r"factory_of_tests.py line 4[0-9]: RuntimeError: cannot be built"):
                pid(runner)


def test_the_users_own_data(runner: LocalRunner) -> None:
    assert anyio.run(runner.evaluate_file, candidate("x"), "data.txt").feedback == os.path.abspath("data.txt")


@pytest.mark.parametrize("kill", [True, False])
def test_workers_die_with_their_parent(problem: Problem, kill: bool) -> None:
    """Whether it is killed or just ends without a word."""
    script = (
        "import sys, anyio, os\nfrom speciate.runners.local import LocalRunner\n"
        "from speciate.core.problem import Problem\n"
        "from speciate.core.values import Candidate, Genome\n"
        "g = Genome('text', files={'a': 'fine'}); c = Candidate(1, g.digest, g)\n"
        "r = LocalRunner(Problem('p', source=sys.argv[1]), 1, 'factory_of_tests:build')\n"
        "print(int(anyio.run(r.evaluate, c).scores['a']), flush=True)\n"
        + ("sys.stdin.read()" if kill else "os._exit(0)")
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    parent = subprocess.Popen(
        [sys.executable, "-c", script, problem.source],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    with parent, parent.stdin, parent.stdout:
        worker = int(parent.stdout.readline())
        if kill:
            parent.send_signal(signal.SIGKILL)
        parent.wait()
    until = time.monotonic() + 5
    while not gone(worker) and time.monotonic() < until:
        os.sched_yield()
    assert gone(worker)


def test_refused_arguments(problem: Problem) -> None:
    with pytest.raises(ValueError, match="0 slots"):
        LocalRunner(problem, 0)


def test_a_sandbox_that_fails_twice(problem: Problem, tmp_path: Path) -> None:
    text = FACTORY.replace("len(marks.read_text()) == 1", "True")
    (tmp_path / "factory_that_fails.py").write_text(text)
    with LocalRunner(problem, 1, "factory_that_fails:build") as runner, pytest.raises(SandboxError, match="it broke"):
        pid(runner, "once sandbox")


def test_a_folder_without_its_function(tmp_path: Path) -> None:
    (tmp_path / "evaluate.py").write_text("x = 1")
    with LocalRunner(Problem("p", source=str(tmp_path)), 1) as runner, pytest.raises(ProblemError, match="no function"):
        pid(runner)
