"""What a run that asks a model costs the engine's process, and how many questions it keeps open, beside its rivals.

    python benchmarks/models.py                 # about ten minutes on two cores
    python benchmarks/models.py --rivals DIR    # OpenEvolve and ShinkaEvolve too, each in an environment under DIR

A program of 150 bytes, an evaluation that takes no time, and a server of its own process
(`speciate.testing.model_server`) that changes one number of a program in microseconds. What is measured is the process
that decides, asks, and keeps: CPU and memory of the sandbox's workers and of the server are printed beside.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from apart import served
from rivals import RIVALS, Rival, Sample, per_request

from speciate.core.protocols import Population
from speciate.testing.model_server.log import Entry, read

RECIPES = ("alphaevolve", "openevolve", "funsearch")
SHORT, LONG, WINDOW = 2_000, 20_400, 200
ROUNDS = ((16, 20, 1.0), (128, 40, 1.0), (1_000, 12, 10.0))  # questions at once, rounds, seconds of latency
PROGRAM = """\
# EVOLVE-BLOCK-START
def f():
    return [0.251, 1.374, 0.682, 2.315, 0.907, 1.163, 3.248, 0.519, 1.826]
# EVOLVE-BLOCK-END
"""
EVALUATE = """\
import zlib


def evaluate(candidate):
    return zlib.crc32(candidate.text.encode()) / 2**32
"""


class Counted:
    """A population that notes how much CPU the process had used at each newcomer."""

    def __init__(self, inner: Population[Any]) -> None:
        self.inner = inner
        self.cpu: list[float] = []

    def add(self, *args: Any) -> Any:
        self.cpu.append(time.process_time())
        return self.inner.add(*args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def engine(url: str, recipe: str, evals: int, calls: int) -> dict[str, Any]:
    """One run in this process: CPU milliseconds a candidate in windows, memory in MB."""
    from speciate.core.budget import Budget
    from speciate.models import Answering
    from speciate.problems import load
    from speciate.recipes import load as load_recipe
    from speciate.session import Wanted, new_run

    model = f"local/test@{url}"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "seed.py").write_text(PROGRAM)
        (Path(folder) / "evaluate.py").write_text(EVALUATE)
        problem = load(folder)
        made = load_recipe(recipe, problem, {"models": (model,)})
        counted = Counted(made.population)
        wanted = Wanted(
            replace(made, population=counted),
            budget=Budget(evals=evals),
            answering=Answering(prices=("1/2",)),
            calls=calls,
        )
        with new_run(problem, wanted, Path(folder) / "runs") as session:
            began = time.monotonic()
            session.drive()
            seconds = time.monotonic() - began
    workers = resource.getrusage(resource.RUSAGE_CHILDREN)
    ends, window = counted.cpu, min(WINDOW, len(counted.cpu) - 1)
    return {
        "start": ends[0],
        "first": (ends[window] - ends[0]) / window * 1e3,
        "all": (ends[-1] - ends[0]) / (len(ends) - 1) * 1e3,
        "last": (ends[-1] - ends[-1 - window]) / window * 1e3,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "sandbox": (workers.ru_utime + workers.ru_stime) / evals * 1e3,
        "seconds": seconds,
    }


def server(latency: float, log: Path) -> AbstractContextManager[str]:
    """The URL of a server that changes one number of a program in no time."""
    return served(log, "--latency", str(latency), "--edit", "number")


def measured(recipe: str, evals: int, calls: int, latency: float) -> dict[str, Any]:
    """One run against a fresh server, with what the server says of it."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.jsonl"
        with server(latency, log) as url:
            words = [sys.executable, __file__, "--engine", url, recipe, str(evals), str(calls)]
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(done.stderr[-2000:])
            status = json.load(urlopen(f"{url}/status"))
        entries = [each for each in read(log) if each.model]
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        found["server"] = status["cpu_seconds"] / len(entries) * 1e3
        if latency:
            found["share"] = share(entries, calls, evals, latency)
    return found


def share(entries: Sequence[Entry], calls: int, evals: int, latency: float) -> float:
    """Of `calls` / `latency` answers a second: how many questions were open on average, of `calls`, from the end of the
    first round until the last but one of `evals` was asked whole; then a run has ever less to ask. What the server
    itself was late with does not count as open."""
    answered = [each for each in entries if each.status == 200]
    begin = sorted(each.end for each in answered)[calls - 1]
    finish = sorted(each.start for each in answered)[evals - calls - 1]  # at least: duplicates are questions too
    open_for = (min(each.start + latency, finish) - max(each.start, begin) for each in answered)
    return sum(seconds for seconds in open_for if seconds > 0) / (calls * (finish - begin))


def rivalled(rival: Rival, python: Path, evals: int, calls: int, latency: float) -> tuple[Sequence[Sample], float]:
    """A rival's run against a fresh server: its samples, and its share of N / latency, 0 where nothing has one."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.jsonl"
        with server(latency, log) as url:
            samples = rival.run(python, url, Path(folder), PROGRAM, evals, calls)
        entries = [each for each in read(log) if each.model]
        return samples, share(entries, calls, evals, latency) if latency else 0.0


def beside(rival: Rival, python: Path) -> None:
    """Its row: as many candidates as it makes in about a minute, and 16 calls at once."""
    samples, _ = rivalled(rival, python, rival.evals, 16, 0.0)
    begin, end = samples[0].requests, samples[-1].requests
    first, last = per_request(samples, begin, begin + WINDOW), per_request(samples, end - WINDOW, end)
    _, share = rivalled(rival, python, 16 * 20, 16, 1.0)
    print(
        f"| {rival.name} | {rival.evals:,} | {first:.1f} | {per_request(samples, begin, end):.1f} | {last:.1f} | "
        f"{max(each.memory for each in samples):.0f} ({max(each.tree for each in samples):.0f}) | {share:.1%} |",
        flush=True,
    )


def cost(recipe: str, evals: int) -> None:
    found = measured(recipe, evals, 16, 0.0)
    print(
        f"| {recipe} | {evals:,} | {found['first']:.2f} | {found['all']:.2f} | {found['last']:.2f} | "
        f"{found['memory']:.0f} | {found['sandbox']:.2f} | {found['server']:.2f} | {evals / found['seconds']:.0f} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--recipes", nargs="*", default=list(RECIPES))
    parser.add_argument("--rivals", metavar="DIR")
    given = parser.parse_args()
    if given.engine:
        url, recipe, evals, calls = given.engine
        print(json.dumps(engine(url, recipe, int(evals), int(calls))))
        return
    print("| recipe | candidates | first 200, CPU-ms each | all | last 200 | MB | sandbox | server | a second |")
    print("|---|---|---|---|---|---|---|---|---|")
    for recipe in given.recipes:
        cost(recipe, SHORT)
    cost(given.recipes[0], LONG)
    print("\n| questions at once | latency, s | share of N / latency | CPU-ms a candidate | MB |")
    print("|---|---|---|---|---|")
    for calls, rounds, latency in ROUNDS:
        found = measured(given.recipes[0], calls * (rounds + 1), calls, latency)
        print(f"| {calls:,} | {latency:g} | {found['share']:.1%} | {found['all']:.2f} | {found['memory']:.0f} |")
    if given.rivals:
        pythons = [(rival, rival.prepare(Path(given.rivals).resolve())) for rival in RIVALS]
        print("\n| rival | candidates | first 200, CPU-ms each | all | last 200 | MB (all of it) | share at 16, 1 s |")
        print("|---|---|---|---|---|---|---|")
        for rival, python in pythons:
            beside(rival, python)


if __name__ == "__main__":
    main()
