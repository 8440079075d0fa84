"""The evaluator of a folder, with candidates that run in this process instead of the sandbox."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from speciate.core.errors import ProblemError
from speciate.core.problem import Direction, Objective, Problem, Stage
from speciate.core.values import SEALED, Candidate, Evaluation, Genome, Request, Status
from speciate.evaluators.function import FolderEvaluator
from speciate.runners.worker import finish
from speciate.sandbox import CandidateFault, Completed, Usage

OBJECTIVE = (Objective("loss", Direction.MINIMIZE),)


class Here:
    """A program that runs in this process."""

    def __init__(self, text: str) -> None:
        self.space: dict[str, Any] = {}
        self.closed = 0
        self.text = text

    def call(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        if not self.space:
            exec(self.text, self.space)
        try:
            return self.space[name](*args, **kwargs)
        except ZeroDivisionError as error:
            raise CandidateFault(Status.CRASHED, f"ZeroDivisionError: {error}", "printed before") from None

    def map(self, name: str, rows: Sequence[Any], /) -> list[Any]:
        return [self.call(name, row) for row in rows]

    def run(self, argv: Sequence[str], stdin: bytes = b"") -> Completed:
        return Completed(0, b" ".join(part.encode() for part in argv) + stdin, b"")

    def close(self) -> Usage:
        self.closed += 1
        return Usage(0.5, 0.25, "hello")


class Room:
    def __init__(self) -> None:
        self.opened: list[tuple[str, float | None]] = []
        self.programs: list[Here] = []

    def open(self, files: Mapping[str, str], main: str = "", seconds: float | None = None) -> Any:
        self.opened.append((main, seconds))
        self.programs.append(Here(files[main]))
        return self.programs[-1]


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    path, written = list(sys.path), sys.dont_write_bytecode
    yield
    sys.path[:], sys.dont_write_bytecode = path, written


def candidate(text: str = "def f(x): return 2 * x") -> Candidate:
    genome = Genome("text", files={"seed.py": text})
    return Candidate(7, genome.digest, genome)


def evaluator(folder: Path, text: str, **fields: Any) -> FolderEvaluator:
    (folder / "evaluate.py").write_text(text)
    return FolderEvaluator(Problem("p", objectives=OBJECTIVE, source=str(folder), **fields), Room())


def score(each: FolderEvaluator, text: str = "def f(x): return 2 * x", stage: str = "") -> Evaluation:
    return finish(each.evaluate(candidate(text), Request(stage=stage, seed=5), ()))  # type: ignore[no-any-return]


def test_the_candidate_is_called_and_paid_for(tmp_path: Path) -> None:
    each = evaluator(tmp_path, "def evaluate(c): return c.call('f', 3) + sum(c.map('f', [1, 2]))")
    evaluation = score(each)
    assert evaluation.scores == {"loss": -12.0}
    assert evaluation.cost.cpu >= 0.25
    assert evaluation.cost.seconds > 0
    assert evaluation.artifacts == {"output": "hello"}
    room = each.room
    assert isinstance(room, Room)
    assert (room.opened, room.programs[0].closed) == ([("seed.py", None)], 1)


def test_commands_and_text(tmp_path: Path) -> None:
    each = evaluator(tmp_path, "def evaluate(c): return len(c.run(['ab', 'c'], b'!').stdout) + 10 * len(c.text)")
    assert score(each, "xy").scores == {"loss": -25.0}


def test_a_candidate_that_is_not_run_opens_nothing(tmp_path: Path) -> None:
    each = evaluator(tmp_path, "def evaluate(c): return len(c.files['seed.py'])")
    assert score(each, "xyz").scores == {"loss": -3.0}
    assert isinstance(each.room, Room)
    assert not each.room.opened


def test_the_request_is_passed_to_who_takes_it(tmp_path: Path) -> None:
    text = "def evaluate(c, request): return request.seed + (10 if request.stage == 'sealed' else 0)"
    assert score(evaluator(tmp_path, text, sealed=True), stage=SEALED).scores == {"loss": -15.0}


@pytest.mark.parametrize(
    "text",
    [
        "def evaluate(*args): return len(args)",
        "import functools\ndef w(f):\n  @functools.wraps(f)\n  def g(*a): return f(*a)\n  return g\n"
        "@w\ndef evaluate(c, r): return 2",
        "class E:\n  def __call__(self, c, request): return 2\nevaluate = E()",
    ],
)
def test_signatures_that_take_a_request(tmp_path: Path, text: str) -> None:
    assert score(evaluator(tmp_path, text, sealed=True)).scores == {"loss": -2.0}


def test_a_wrapped_function_without_request(tmp_path: Path) -> None:
    text = "import functools\ndef w(f):\n  @functools.wraps(f)\n  def g(*a): return f(*a)\n  return g\n"
    assert score(evaluator(tmp_path, text + "@w\ndef evaluate(c): return 2")).scores == {"loss": -2.0}


def test_a_stage_has_its_own_seconds(tmp_path: Path) -> None:
    each = evaluator(tmp_path, "def evaluate(c, r): return c.call('f', 1)", stages=(Stage("quick", None, 0.5),))
    score(each, stage="quick")
    assert isinstance(each.room, Room)
    assert each.room.opened == [("seed.py", 0.5)]


def test_invalid_is_a_status_with_the_reason(tmp_path: Path) -> None:
    text = "from speciate import Invalid\ndef evaluate(c):\n    c.call('f', 1)\n    raise Invalid('circles overlap')"
    each = evaluator(tmp_path, text)
    evaluation = score(each)
    assert (evaluation.status, evaluation.feedback) == (Status.INVALID, "circles overlap")
    assert isinstance(each.room, Room)
    assert each.room.programs[0].closed == 1


def test_a_candidates_fault_is_its_status(tmp_path: Path) -> None:
    evaluation = score(evaluator(tmp_path, "def evaluate(c): return c.call('f', 0)"), "def f(x): return 1 / x")
    assert evaluation.status is Status.CRASHED
    assert evaluation.feedback == "ZeroDivisionError: division by zero"
    assert evaluation.artifacts == {"output": "printed before"}


def test_an_exception_of_the_evaluator_passes_and_the_program_is_closed(tmp_path: Path) -> None:
    each = evaluator(tmp_path, "def evaluate(c):\n    c.call('f', 1)\n    return {}['x']")
    with pytest.raises(KeyError):
        score(each)
    assert isinstance(each.room, Room)
    assert each.room.programs[0].closed == 1


def test_modules_beside_it_can_be_imported_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "beside_evaluate.py").write_text("VALUE = 4.0")
    each = evaluator(tmp_path, "from beside_evaluate import VALUE\ndef evaluate(c): return VALUE")
    assert score(each).scores == {"loss": -4.0}
    assert {path.name for path in tmp_path.iterdir()} == {"evaluate.py", "beside_evaluate.py"}
    del sys.modules["beside_evaluate"]


@pytest.mark.parametrize(
    ("text", "what", "do"),
    [
        ("def score(c): 0", "no function `evaluate` (it defines: score)", "rename `score`"),
        ("x = 1", "no function `evaluate`", "write def evaluate"),
        ("import no_such_module_x", "ModuleNotFoundError", "pip install no_such_module_x"),
        ("def evaluate(:", "line 1", "correct"),
        ("evaluate = lambda c: 1", "sealed = true", "request.stage"),
    ],
)
def test_what_cannot_be_loaded_is_a_sentence(tmp_path: Path, text: str, what: str, do: str) -> None:
    with pytest.raises(ProblemError) as caught:
        evaluator(tmp_path, text, sealed=True)
    assert what in caught.value.what
    assert do in caught.value.do


def test_an_authors_own_data(tmp_path: Path) -> None:
    text = (
        "def evaluate(c): return 1\n"
        "def load(path): return [float(word) for word in open(path).read().split()]\n"
        "def evaluate_on(c, data): return sum(c.map('f', data))\n"
    )
    each = evaluator(tmp_path, text.replace("open(path).read()", "__import__('pathlib').Path(path).read_text()"))
    (tmp_path / "data.txt").write_text("1 2 3")
    assert each.evaluate_file(candidate(), str(tmp_path / "data.txt")).scores == {"loss": -12.0}
    (tmp_path / "data.txt").write_text("one")
    with pytest.raises(ProblemError, match="cannot be loaded: could not convert"):
        each.evaluate_file(candidate(), str(tmp_path / "data.txt"))
    with pytest.raises(ProblemError, match="cannot be scored on a file"):
        evaluator(tmp_path, "def evaluate(c): return 1").evaluate_file(candidate(), "x")
