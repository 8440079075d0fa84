"""Runs of a small problem by the command line's `main` in this process: a guess a ticket, and whatever the test does
at a ticket besides. The workers, the sandbox and the store are the real ones."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from speciate.cli import main
from speciate.core.events import Event
from speciate.core.problem import Problem, Recipe
from speciate.core.protocols import Context, View
from speciate.core.values import Plan, Proposal
from speciate.populations import Flat
from speciate.testing.engines import events

PROBLEM = """\
statement = "Guess a number."
[objectives.distance]
direction = "minimize"
[limits]
seconds = 20
evaluator_seconds = {seconds}
[budget]
evals = {evals}
"""
SEED = "# EVOLVE-BLOCK-START\ndef answer():\n    return {number}\n# EVOLVE-BLOCK-END\n"
EVALUATE = """\
def evaluate(candidate):
    answer = candidate.call("answer")
    return {"distance": abs(answer - 1000.5)}
"""

At = Callable[[int], Awaitable[None]]


class Best:
    """The best is the parent."""

    def select(self, view: View, rng: np.random.Generator) -> Plan | None:
        return None if view.best is None else Plan(parents=(view.best,), operator="count")


@dataclass
class Count:
    """The number of its ticket: the later, the better. `at` is called before each."""

    at: At | None = None

    async def propose(self, context: Context) -> list[Proposal]:
        if self.at is not None:
            await self.at(context.ticket)
        return [Proposal(context.parents[0].genome.with_text(SEED.format(number=context.ticket)))]


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


@dataclass
class Guess:
    """A folder with the problem `guess`, and a `main` that works there with one worker."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    proposer: Count = field(default_factory=Count)

    @property
    def path(self) -> Path:
        return self.folder / "runs" / "guess-1.db"

    @property
    def log(self) -> list[Event]:
        return events(self.path)

    def write(self, evaluate: str = EVALUATE, evals: int = 12, seconds: float = 20.0) -> None:
        (self.folder / "guess").mkdir(exist_ok=True)
        (self.folder / "guess" / "problem.toml").write_text(PROBLEM.format(evals=evals, seconds=seconds))
        (self.folder / "guess" / "seed.py").write_text(SEED.format(number=0))
        self.evaluate(evaluate)

    def evaluate(self, text: str) -> None:
        (self.folder / "guess" / "evaluate.py").write_text(text)

    def say(self, *words: str) -> Said:
        self.capture.readouterr()
        code = main(words)
        out, err = self.capture.readouterr()
        assert "this is our fault" not in err + out
        assert "Traceback" not in err + out
        return Said(code, out, err)

    def run(self, *more: str) -> Said:
        return self.say("run", "guess", "-j", "1", *more)

    def resume(self, *more: str) -> Said:
        return self.say("resume", "guess-1", "-j", "1", *more)

    def causes(self) -> list[tuple[str, str, int]]:
        """What `failures` says: status, cause and count of each."""
        found = json.loads(self.say("failures", "--json").out)["causes"]
        return [(each["status"], each["cause"], each["count"]) for each in found]


def guessing(folder: Path, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> Guess:
    guess = Guess(folder, capture)

    def load(name: str, problem: Problem, settings: object = None) -> Recipe:
        return Recipe(name, Best(), guess.proposer, Flat(), spec={"name": name, "settings": {}})

    patch.chdir(folder)
    patch.setattr("speciate.recipes.load", load)
    guess.write()
    return guess


@pytest.fixture
def guess(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Guess:
    return guessing(tmp_path, capsys, monkeypatch)
