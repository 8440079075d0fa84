"""The default recipe against the baselines `random` and `best_of_n`: every shipped problem, equal evaluations.

    python benchmarks/recipes.py                        # all problems, seeds 1 to 5: about an hour on two cores
    python benchmarks/recipes.py erdos_overlap --seeds 3 --evals 150

Each run is a `speciate run` of its own with one worker, two runs at a time on two cores. The number is the best score
of the search, in the problem's own direction. A win is a seed on which the default ends strictly better than the other
recipe on the same seed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product

RECIPES = ("speciate", "best_of_n", "random")
EVALS = {  # what takes a run some ten to thirty CPU seconds
    "autocorrelation_1": 100,
    "bin_packing": 1_000,
    "bin_packing_weibull": 500,
    "circle_packing_26": 100,
    "erdos_overlap": 150,
    "heilbronn_11": 100,
    "min_max_distance_16": 100,
    "sine_approximation": 2_000,
    "tsp_construct": 800,
}


def run(job: tuple[str, str, int]) -> tuple[float, bool]:
    """The best score of one run, and whether higher is better."""
    problem, recipe, seed = job
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "speciate", "run", problem, "--recipe", recipe, "--seed", str(seed)]
        flags = ["--evals", str(EVALS[problem]), "--max-time", "none", "-j", "1", "--runs", folder, "--json"]
        done = subprocess.run([*command, *flags], capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}: {done.stderr[-500:]}")
        summary = json.loads(done.stdout.splitlines()[-1])
    return summary["best"]["score"], summary["metric"]["direction"] == "maximize"


def shown(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.6g} ({min(values):.6g} … {max(values):.6g})"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("problems", nargs="*", default=list(EVALS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--evals", type=int, help="other than those above")
    asked = parser.parse_args()
    if asked.evals:
        EVALS.update(dict.fromkeys(asked.problems, asked.evals))
    seeds = range(1, asked.seeds + 1)
    print(f"| problem | evaluations | {' | '.join(RECIPES)} | wins over best_of_n, random |")
    print("|---|---|" + "---|" * (len(RECIPES) + 1))
    with ThreadPoolExecutor(max(1, len(os.sched_getaffinity(0)))) as pool:
        for problem in asked.problems:
            jobs = list(product([problem], RECIPES, seeds))
            found = dict(zip(jobs, pool.map(run, jobs), strict=True))
            scores = {recipe: [found[problem, recipe, seed][0] for seed in seeds] for recipe in RECIPES}
            sign = 1 if found[jobs[0]][1] else -1
            wins = [
                sum(sign * ours > sign * theirs for ours, theirs in zip(scores["speciate"], scores[other], strict=True))
                for other in RECIPES[1:]
            ]
            row = " | ".join(shown(scores[recipe]) for recipe in RECIPES)
            arrow = "↑" if sign > 0 else "↓"
            print(
                f"| {problem} {arrow} | {EVALS[problem]:,} | {row} | {wins[0]}, {wins[1]} of {len(seeds)} |", flush=True
            )


if __name__ == "__main__":
    main()
