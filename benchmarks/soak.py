"""A long run of good and hostile candidates: what it holds at its start, its middle and its end, and what a candidate
costs in each tenth of it.

    python benchmarks/soak.py                        # 200,000 evaluations
    python benchmarks/soak.py 20000 --hostile 0.5 -j 2
    python benchmarks/soak.py 10000 --leak 256       # an evaluate.py that keeps 256 kB of each call

Every tenth candidate is hostile: those of `speciate check` and some that leave threads, files and processes behind,
each in its turn; one in five hundred hangs, prints without end or takes memory, until its limit ends it. The kinds
come round in each tenth alike, so that a tenth costs what another does unless something grows. CPU is that of the
engine with all its processes. Memory, open files and processes are those of the engine (in brackets: of what it
started); scratch folders are counted where they are made. The population keeps the best thousand.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from speciate.cli.attacks import Door, Target, Way, attacks
from speciate.core.budget import Budget
from speciate.core.problem import Problem, Recipe
from speciate.core.protocols import Context, View
from speciate.core.values import Genome, Plan, Proposal
from speciate.populations import Flat
from speciate.session import Source, Wanted, new_run
from speciate.store.queries import Run

TOML = """\
statement = "Guess a number."
[objectives.distance]
direction = "minimize"
[limits]
seconds = 1
memory = "256 MB"
message = "1 MB"
"""
EVALUATE = """\
from speciate import Invalid

KEPT = []

def evaluate(candidate):
    KEPT.append(bytearray(b"x") * {leak})
    answer = candidate.call("answer")
    if not isinstance(answer, float) or not 0 <= answer < {most}:
        raise Invalid("no number")
    return {{"distance": abs(answer - 1e9)}}
"""
GOOD = "def answer():\n    return {number}.0\n"
LEAVES = {
    "threads": "import threading, time\n{good}\n"
    "for _ in range(8):\n    threading.Thread(target=time.sleep, args=(99,), daemon=True).start()\n",
    "files": "import os\n{good}\n"
    "os.makedirs('a/b')\nfor n in range(20):\n    open(f'a/b/{{n}}', 'w').write('x' * 999)\n",
    "processes": "import os\n{good}\ntry:\n    os.fork() or os._exit(0)\nexcept OSError:\n    pass\n",
    "ignores signals": "import signal\n{good}\nfor n in (1, 2, 3, 13, 15):\n    signal.signal(n, signal.SIG_IGN)\n",
}
SLOW = ("hang", "huge output", "memory")
RARE = 500  # one candidate in so many is slow
TENTHS = 10
CLOCK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Sample:
    """What is held at one moment: of the engine itself, and of all that it started."""

    evals: int
    cpu: float
    memory: tuple[int, int]
    files: tuple[int, int]
    processes: int
    scratch: int
    at: float = field(default_factory=time.perf_counter)

    def __str__(self) -> str:
        memory, files = (f"{own:,} ({rest:,})" for own, rest in (self.memory, self.files))
        return f"| {self.evals:,} | {memory} | {files} | {self.processes} | {self.scratch} |"


def sample(evals: int, scratch: Path) -> Sample:
    own, rest = os.getpid(), family()
    sizes = {pid: int(_read(pid, "statm").split()[1]) * PAGE for pid in (own, *rest) if _read(pid, "statm")}
    files = {pid: _files(pid) for pid in (own, *rest)}
    cpu = sum(sum(map(int, _stat(pid)[11:15])) for pid in (own, *rest) if _stat(pid)) / CLOCK
    memory = sizes.pop(own) // 2**20, sum(sizes.values()) // 2**20
    return Sample(evals, cpu, memory, (files.pop(own), sum(files.values())), len(rest), len(os.listdir(scratch)))


def family() -> list[int]:
    """The processes that descend from this one."""
    parents = {int(each): int(stat[1]) for each in os.listdir("/proc") if each.isdigit() and (stat := _stat(int(each)))}
    found = [os.getpid()]
    for each in found:
        found += [pid for pid, parent in parents.items() if parent == each]
    return found[1:]


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except OSError:  # it has ended meanwhile
        return ""


def _stat(pid: int) -> list[str]:
    return _read(pid, "stat").rpartition(")")[2].split()


def _files(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


class Best:
    """The best is the parent."""

    def select(self, view: View, rng: np.random.Generator) -> Plan | None:
        return None if view.best is None else Plan(parents=(view.best,), operator="soak")


class Mixed:
    """The programs in their order, one a ticket; at each tenth a sample is taken."""

    def __init__(self, count: int, share: float, hostile: Sequence[str], slow: Sequence[str], scratch: Path) -> None:
        self.every = round(1 / share) if share else 0
        self.count = count
        self.hostile = hostile
        self.slow = slow
        self.scratch = scratch
        self.samples: list[Sample] = []

    async def propose(self, context: Context) -> list[Proposal]:
        at = context.ticket - 1
        if at * TENTHS // self.count > max(at - 1, 0) * TENTHS // self.count or at == self.count // 100:
            self.samples.append(sample(at, self.scratch))
        return [Proposal(Genome("text", {"seed.py": self.text(at)}))]

    def text(self, at: int) -> str:
        if not self.every or at % self.every:
            return GOOD.format(number=at)
        if at % RARE == 0:
            return f"{self.slow[at // RARE % len(self.slow)]}\n# {at}\n"
        return f"{self.hostile[at // self.every % len(self.hostile)]}\n# {at}\n"


def programs(problem: Problem) -> Iterator[tuple[str, str]]:
    text = GOOD.format(number=0)
    for each in attacks(text, Door(Way.CALLS, ("answer",)), problem.limits, Target((problem.source,), 9)):
        yield each.name, each.text
    for name, program in LEAVES.items():
        yield name, program.format(good=text)


def soak(count: int, share: float, leak: int, slots: int | None, folder: Path) -> int:
    made = folder / "guess"
    made.mkdir()
    for name, text in (
        ("problem.toml", TOML),
        ("seed.py", GOOD.format(number=0)),
        ("evaluate.py", EVALUATE.format(leak=leak, most=count)),
    ):
        (made / name).write_text(text)
    scratch = folder / "scratch"
    scratch.mkdir(mode=0o755)
    tempfile.tempdir = os.environ["TMPDIR"] = str(scratch)
    problem = Source(str(made)).load()
    kinds = dict(programs(problem))
    slow = [kinds.pop(name) for name in SLOW]
    mixed = Mixed(count, share, [*kinds.values()], slow, scratch)
    recipe = Recipe("soak", Best(), mixed, Flat(1000), spec={"name": "soak"})
    wanted = Wanted(recipe, budget=Budget(evals=count, failures=None), slots=slots)
    with new_run(problem, wanted, folder / "runs") as session:
        result = session.drive()
        mixed.samples.append(sample(count, scratch))
    report(mixed.samples)
    left = sample(count, scratch)
    with Run(session.path) as run:
        summary = run.summary()
    rows = Counter(summary.counts)
    print(
        f"\n{summary.evals:,} evaluations: {', '.join(f'{name} {number:,}' for name, number in sorted(rows.items()))}"
    )
    best = summary.best.score if summary.best is not None and summary.best.score is not None else 0.0
    print(f"ended by {result.stop}; best {best:,.0f}, where no honest candidate is below {1e9 - count:,.0f}")
    print(f"after the end: processes {left.processes}, scratch folders {left.scratch}, open files {left.files[0]}")
    print(f"the run's file: {session.path.stat().st_size / summary.evals:,.0f} bytes an evaluation")
    return summary.evals != count or best < 1e9 - count or left.processes != 0 or left.scratch != 0


def report(samples: Sequence[Sample]) -> None:
    print("| evaluations | memory, MB | open files | processes | scratch folders |\n|---|---|---|---|---|")
    for each in (samples[0], samples[len(samples) // 2], samples[-1]):
        print(each)
    print("\n| up to evaluation | CPU-ms each | a second | memory, MB |\n|---|---|---|---|")
    for before, after in itertools.pairwise(samples):
        done = after.evals - before.evals
        rate = done / (after.at - before.at)
        print(f"| {after.evals:,} | {1e3 * (after.cpu - before.cpu) / done:.2f} | {rate:,.0f} | {after.memory[0]:,} |")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int, nargs="?", default=200_000)
    parser.add_argument("--hostile", type=float, default=0.1, help="the share of them")
    parser.add_argument("--leak", type=int, default=0, metavar="KB", help="that evaluate.py keeps of each call")
    parser.add_argument("-j", type=int, dest="slots")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    folder.chmod(0o755)
    try:
        return soak(given.count, given.hostile, given.leak * 1024, given.slots, folder)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    raise SystemExit(main())
