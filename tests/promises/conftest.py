"""Real runs as a user starts them: the command line, the store on disk, the sandbox; killed from outside."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

TOML = """\
statement = "approximate exp on [0, 2]"
packages = ["numpy"]
calls = ["np.exp", "np.sqrt", "np.square"]
[objectives.error]
direction = "minimize"
[limits]
seconds = 20
[budget]
evals = 120
"""
SEED = """\
import numpy as np

# EVOLVE-BLOCK-START
def f(x: float) -> float:
    return 1.0 + x
# EVOLVE-BLOCK-END
"""
EVALUATE = """\
import math

POINTS = [i / 10 for i in range(20)]

def evaluate(candidate):
    found = candidate.map("f", POINTS)
    return {"error": sum(abs(y - math.exp(x)) for x, y in zip(POINTS, found)),
            "cases": [abs(y - math.exp(x)) for x, y in zip(POINTS, found)]}
"""


@pytest.fixture(scope="session")
def problem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("problems") / "approximate"
    folder.mkdir()
    (folder / "problem.toml").write_text(TOML)
    (folder / "seed.py").write_text(SEED)
    (folder / "evaluate.py").write_text(EVALUATE)
    return folder


class Engine:
    """One engine process at a time over one folder of runs."""

    def __init__(self, problem: Path, runs: Path) -> None:
        self.problem = problem
        self.runs = runs

    @property
    def path(self) -> Path:
        return self.runs / "approximate-1.db"

    def start(self, *args: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "speciate", *args, "--runs", str(self.runs), "-j", "2"]
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )

    def finish(self, *args: str, code: int = 0) -> str:
        process = self.start(*args)
        out, err = process.communicate(timeout=100)
        assert process.returncode == code, f"exit {process.returncode}\n{out}\n{err}"
        return out + err

    def kill_when(self, process: subprocess.Popen[str], ready: Callable[[int], bool]) -> None:
        """SIGKILL to the engine alone as soon as the durable log is long enough; its children must notice."""
        tick = threading.Event()
        while process.poll() is None and not ready(self.seq()):
            tick.wait(0.002)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()

    def seq(self) -> int:
        """The last durable sequence number, as another process sees it."""
        if not self.path.exists():
            return 0
        try:
            connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
            try:
                return int(connection.execute("select max(last) from turns").fetchone()[0] or 0)
            finally:
                connection.close()
        except sqlite3.OperationalError:
            return 0


@pytest.fixture
def engine(problem: Path, tmp_path: Path) -> Engine:
    return Engine(problem, tmp_path / "runs")
