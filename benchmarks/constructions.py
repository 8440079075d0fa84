"""Keyless values of the constructions in 60 CPU seconds each, beside plain CMA-ES at the same budget.

    python benchmarks/constructions.py                    # five problems, seeds 1 to 3: about half an hour
    python benchmarks/constructions.py heilbronn_11 --seeds 1

A run is `speciate run PROBLEM -j 1`, stopped when the CPU time of the engine and of all that it started reaches the
budget (start-up included). CMA-ES is cmaes.CMA with restarts on the plain numbers of the construction, scored in this
process by a few lines of numpy, with no sandbox, no program and no polish: all that the budget buys it are evaluations.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # or threads that wait would count as work

import numpy as np
import numpy.typing as npt
from cmaes import CMA  # type: ignore[import-untyped]

Array = npt.NDArray[np.float64]
TICK = os.sysconf("SC_CLK_TCK")


def circles(x: Array) -> float:
    """Minus the sum of radii: 26 centres and radii, the radii shrunk until nothing overlaps."""
    points = x.reshape(26, 3)
    centre, radius = np.clip(points[:, :2], 0, 1), np.abs(points[:, 2])
    radius = np.minimum(radius, np.minimum(centre, 1 - centre).min(axis=1))
    distance = np.sqrt(((centre[:, None] - centre[None]) ** 2).sum(-1)) + 9 * np.eye(26)
    excess = (radius[:, None] + radius[None]) / np.maximum(distance, 1e-9)
    return -float((radius / np.maximum(excess.max(axis=1), 1.0)).sum())


def distances(x: Array) -> float:
    """The squared ratio of the greatest to the least distance of 16 points."""
    points = x.reshape(16, 2)
    squares = ((points[:, None] - points[None]) ** 2).sum(-1)[np.triu_indices(16, 1)]
    return float(squares.max() / max(squares.min(), 1e-12))


TRIPLES = np.array(list(combinations(range(11), 3)))


def heilbronn(x: Array) -> float:
    """Minus the least triangle among 11 points of a triangle, as a share of it; points are folded into it."""
    points = np.abs(x.reshape(11, 2)) % 2
    points = np.where(points > 1, 2 - points, points)
    outside = points.sum(axis=1) > 1
    points[outside] = 1 - points[outside]
    a, b, c = (points[TRIPLES[:, i]] for i in range(3))
    u, v = b - a, c - a
    return -float(np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]).min())


def erdos(x: Array) -> float:
    """The overlap bound of a step function of 51 values in [0, 1], scaled to the sum it must have."""
    h = np.clip(x, 0, 1)
    for _ in range(20):
        h = np.clip(h + (len(h) / 2 - h.sum()) / len(h), 0, 1)
    return float(np.correlate(h, 1 - h, "full").max() * 2 / len(h))


def autocorrelation(x: Array) -> float:
    """2 n max(f * f) / (sum f)^2 of a step function of 60 values."""
    f = np.abs(x)
    return float(2 * len(f) * np.convolve(f, f).max() / f.sum() ** 2)


# What CMA-ES minimises, the numbers it has, where it starts, and the sign that gives the problem's own score.
PLAIN: dict[str, tuple[Callable[[Array], float], int, tuple[float, float], float]] = {
    "circle_packing_26": (circles, 78, (0.0, 1.0), -1),
    "min_max_distance_16": (distances, 32, (0.0, 1.0), 1),
    "heilbronn_11": (heilbronn, 22, (0.0, 1.0), -1),
    "erdos_overlap": (erdos, 51, (0.0, 1.0), 1),
    "autocorrelation_1": (autocorrelation, 60, (0.0, 1.0), 1),
}


def cma(problem: str, seed: int, seconds: float) -> tuple[float, int]:
    """The best score of restarted CMA-ES within so many CPU seconds, and its evaluations."""
    score, size, (low, high), sign = PLAIN[problem]
    rng = np.random.default_rng(seed)
    began, best, evals = time.process_time(), np.inf, 0
    while time.process_time() - began < seconds:
        start = rng.uniform(low, high, size)
        if problem == "circle_packing_26":
            start.reshape(26, 3)[:, 2] = 0.05
        search = CMA(mean=start, sigma=0.2, seed=int(rng.integers(2**31)))
        while time.process_time() - began < seconds and not search.should_stop():
            told = []
            for _ in range(search.population_size):
                x = search.ask()
                told.append((x, score(x)))
            evals += len(told)
            best = min(best, min(value for _, value in told))
            search.tell(told)
    return sign * best, evals


def cpu_of(process: int) -> float:
    """CPU seconds of a process and all that descends from it, those included that it waited for."""
    found = dict(_processes())
    children: dict[int, list[int]] = {}
    for number, (parent, _) in found.items():
        children.setdefault(parent, []).append(number)
    spent, todo = 0.0, [process]
    while todo:
        number = todo.pop()
        spent += found[number][1] if number in found else 0.0
        todo += children.get(number, [])
    return spent


def _processes() -> Iterator[tuple[int, tuple[int, float]]]:
    """Each process with its parent and its CPU seconds."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        yield int(stat.parent.name), (int(fields[1]), sum(map(int, fields[11:15])) / TICK)


def ours(problem: str, seed: int, seconds: float) -> tuple[float, int, str]:
    """The best score of a run of so many CPU seconds, its evaluations, and the text of the best."""
    with tempfile.TemporaryDirectory() as folder:
        base = [sys.executable, "-m", "speciate"]
        flags = ["--seed", str(seed), "--evals", "1000000", "--max-time", "none", "-j", "1", "--runs", folder, "-q"]
        run = subprocess.Popen(
            [*base, "run", problem, *flags],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while run.poll() is None and cpu_of(run.pid) < seconds:
            time.sleep(0.25)
        run.send_signal(signal.SIGINT)
        run.wait()
        shown = subprocess.run([*base, "show", "--runs", folder, "--json"], capture_output=True, text=True, check=True)
        best = subprocess.run([*base, "best", "--runs", folder], capture_output=True, text=True, check=True)
    summary = json.loads(shown.stdout)
    return summary["best"]["score"], summary["evals"], best.stdout


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("problems", nargs="*", default=list(PLAIN))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--plain", type=int, default=1, help="seeds of CMA-ES")
    parser.add_argument("--seconds", type=float, default=60.0)
    asked = parser.parse_args()
    from speciate.problems import load

    print("| problem | keyless | evaluations | polish | plain CMA-ES | evaluations | published |")
    print("|---|---|---|---|---|---|---|")
    for name in asked.problems:
        problem = load(name)
        found = [ours(name, seed, asked.seconds) for seed in range(1, asked.seeds + 1)]
        plain = [cma(name, seed, asked.seconds) for seed in range(1, asked.plain + 1)]
        polish = ", ".join(each for each in problem.language.polish if any(f"{each}(np" in text for *_, text in found))
        cells = [
            ", ".join(f"{score:.10g}" for score, *_ in found),
            f"{statistics.median(evals for _, evals, _ in found):,}",
            polish or "none",
            ", ".join(f"{score:.6g}" for score, _ in plain),
            f"{statistics.median(evals for _, evals in plain):,}",
            "; ".join(f"{each} {data['value']:.10g}" for each, data in problem.published.items()),
        ]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
