"""OpenEvolve and ShinkaEvolve on the program, the evaluation and the server of `benchmarks/models.py`.

Each is installed from PyPI into an environment of its own and run by its own front door with its defaults, but for the
number of calls at once, and what would ask a paid service beside (embeddings). Both think that they have 64 cores:
ShinkaEvolve lowers what it was asked for to the cores that it sees. CPU is that of the process and, where it asks
models in processes of its own (OpenEvolve), of those; processes that only evaluate (ShinkaEvolve) are left out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
PACKAGES = {"OpenEvolve": "openevolve==0.4.0", "ShinkaEvolve": "shinka-evolve==0.0.7"}
CORES = "import os; os.cpu_count = lambda: 64\n"

OPENEVOLVE_EVALUATE = """\
import zlib


def evaluate(program_path):
    with open(program_path, "rb") as file:
        return {"combined_score": zlib.crc32(file.read()) / 2**32}
"""
OPENEVOLVE = (
    CORES
    + """\
import sys
from openevolve.api import run_evolution
from openevolve.config import Config, LLMModelConfig
url, folder, evals, calls = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
config = Config(max_iterations=evals)
config.llm.api_base, config.llm.api_key = url, "none"
config.llm.models = [LLMModelConfig(name="test", api_base=url, api_key="none", weight=1.0)]
config.llm.evaluator_models = config.llm.models
for each in config.llm.models:
    each.timeout, each.retries, each.retry_delay = 60, 3, 5
    each.temperature, each.top_p, each.max_tokens = 0.7, 0.95, 4096
config.evaluator.parallel_evaluations = calls
config.evaluator.cascade_evaluation = False
run_evolution(f"{folder}/initial.py", f"{folder}/evaluate.py", config, evals, f"{folder}/out", cleanup=False)
"""
)
SHINKA_EVALUATE = """\
import argparse, json, os, zlib
parser = argparse.ArgumentParser()
parser.add_argument("--program_path")
parser.add_argument("--results_dir")
given = parser.parse_args()
os.makedirs(given.results_dir, exist_ok=True)
score = zlib.crc32(open(given.program_path, "rb").read()) / 2**32
json.dump({"combined_score": score, "public": {}, "private": {}}, open(f"{given.results_dir}/metrics.json", "w"))
json.dump({"correct": True, "error": ""}, open(f"{given.results_dir}/correct.json", "w"))
"""
SHINKA = (
    CORES
    + """\
import sys
from shinka.core import EvolutionConfig, ShinkaEvolveRunner
from shinka.database import DatabaseConfig
from shinka.launch import LocalJobConfig
url, folder, evals, calls = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
ShinkaEvolveRunner(
    EvolutionConfig(
        num_generations=evals, llm_models=[f"local/test@{url}"], embedding_model=None, meta_rec_interval=None,
        init_program_path=f"{folder}/initial.py", results_dir=f"{folder}/out",
    ),
    LocalJobConfig(eval_program_path=f"{folder}/evaluate.py"),
    DatabaseConfig(),
    max_evaluation_jobs=calls, max_proposal_jobs=calls, max_db_workers=4,
).run()
"""
)


@dataclass(frozen=True, slots=True)
class Sample:
    """After so many requests to the server: CPU seconds, and resident MB of the process (and of its tree)."""

    requests: int
    cpu: float
    memory: float
    tree: float


@dataclass(frozen=True, slots=True)
class Rival:
    name: str
    script: str
    evaluate: str
    evals: int  # what takes it about a minute
    pool: bool  # it asks models in processes of its own

    def prepare(self, environments: Path) -> Path:
        """Its interpreter, installed if it is not there."""
        folder = environments / self.name
        python = folder / "bin/python"
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
            subprocess.run([str(python), "-m", "pip", "install", "-q", PACKAGES[self.name]], check=True)
        return python

    def run(self, python: Path, url: str, folder: Path, program: str, evals: int, calls: int) -> list[Sample]:
        """Samples every fifth of a second until it ends. Raises SystemExit where it fails."""
        (folder / "initial.py").write_text(program)
        (folder / "evaluate.py").write_text(self.evaluate)
        (folder / "run.py").write_text(self.script)
        words = [str(python), "run.py", url, str(folder), str(evals), str(calls)]
        keys = {"OPENAI_API_KEY": "none", "LOCAL_OPENAI_API_KEY": "none"}
        with (folder / "output.txt").open("w") as output:
            process = subprocess.Popen(words, cwd=folder, stdout=output, stderr=output, env={**os.environ, **keys})
            samples = self._watched(process, url)
        if process.returncode or not samples or samples[-1].requests < evals // 2:
            raise SystemExit(f"{self.name}: {(folder / 'output.txt').read_text()[-2000:]}")
        return samples

    def _watched(self, process: subprocess.Popen[bytes], url: str) -> list[Sample]:
        samples: list[Sample] = []
        looks = 0  # requests of our own
        while process.poll() is None:
            requests, looks = json.load(urlopen(f"{url}/status"))["requests"] - looks, looks + 1
            tree = _tree(process.pid)
            try:
                counted = tree if self.pool else tree[:1]
                used = Sample(requests, sum(map(_cpu, counted)), _memory(process.pid), sum(map(_memory, counted)))
            except OSError:  # it ended meanwhile
                continue
            if requests and used.memory and (not samples or used.cpu >= samples[-1].cpu):  # else it is ending
                samples.append(used)
            time.sleep(0.2)
        return samples


RIVALS = (
    Rival("OpenEvolve", OPENEVOLVE, OPENEVOLVE_EVALUATE, 1_500, pool=True),
    Rival("ShinkaEvolve", SHINKA, SHINKA_EVALUATE, 600, pool=False),
)


def per_request(samples: Sequence[Sample], first: int, last: int) -> float:
    """CPU milliseconds for each request between these two, by the samples next to them."""
    begin = next(each for each in samples if each.requests >= first)
    end = next((each for each in samples if each.requests >= last), samples[-1])
    return (end.cpu - begin.cpu) / max(end.requests - begin.requests, 1) * 1e3


def _tree(pid: int) -> list[int]:
    """The process and all that descend from it."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _memory(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 2**20
