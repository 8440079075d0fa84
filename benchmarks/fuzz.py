"""Every reader of what nobody vouches for, fed with mutations of a small corpus: it answers or refuses as documented,
in time that grows as the input does, or the input is kept.

    python benchmarks/fuzz.py                               # all targets, an hour altogether, one process a core
    python benchmarks/fuzz.py --minutes 2 --target edit http
    python benchmarks/fuzz.py --list

A target stops at its first new kind of find, which is made as small as a few seconds allow and written to
`tests/fuzz/corpus/TARGET/`, and goes on in a fresh process. `tests/fuzz/test_corpus.py` feeds all that lies there.
Printed per target: inputs, inputs a second, bytes, the slowest as a share of what it may take, finds. The slowest
is kept as `slowest-TARGET` in the folder for temporary files where that share is large. Exit code 1 where anything was
found.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.fuzz.mutation import mutated
from tests.fuzz.target import Found, Target, check, kept
from tests.fuzz.targets import TARGETS

SMALLER = 5.0  # seconds that are spent on making a find small
MOST_KINDS = 20  # of finds of one target, after which it is left alone
GROWN = 400  # inputs of its own that a pool keeps
WATCHED = 0.3  # of what it may take: an input that takes more is kept to be looked at, beside the other scratch files


@dataclass
class Fuzzing:
    """One target, fed in processes of their own, one after the other."""

    target: Target
    seconds: float
    seed: int
    folder: Path
    inputs: int = 0
    bytes: int = 0
    worst: float = 0.0
    finds: dict[str, str] = field(default_factory=dict)

    def run(self) -> None:
        until = time.monotonic() + self.seconds
        turn = 0
        while time.monotonic() < until and len(self.finds) < MOST_KINDS:
            self._process(until, turn)
            turn += 1

    def _process(self, until: float, turn: int) -> None:
        """Feeds until something new is found, the process dies, or the time is over."""
        last, told = self.folder / f"{self.target.name}.last", self.folder / f"{self.target.name}.told"
        told.unlink(missing_ok=True)
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                code = self._feed(until, turn, last, told)
            finally:
                os._exit(code)
        _, status = os.waitpid(pid, 0)
        if told.exists():
            inputs, size, worst, key, what = told.read_text().split("\n", 4)
            self.inputs, self.bytes, self.worst = (
                self.inputs + int(inputs),
                self.bytes + int(size),
                max(self.worst, float(worst)),
            )
            if key:
                self.finds[key] = what
        else:  # a crash of the interpreter, or the kernel's refusal of more memory
            path = kept(self.target, last.read_bytes())
            self.finds[f"died {status} {path.name}"] = f"the process died with status {status} on {path}"
            print(f"{self.target.name}: the process died with status {status}: {path}", flush=True)

    def _feed(self, until: float, turn: int, last: Path, told: Path) -> int:
        rng = random.Random(f"{self.seed} {self.target.name} {turn}")
        pool = [data for _, data in self.target.corpus()] or [b""]
        first = len(pool)
        inputs = size = 0
        worst = 0.0
        key = what = ""
        slowest = Path(tempfile.gettempdir(), f"slowest-{self.target.name}")
        with last.open("wb", buffering=0) as current:
            while time.monotonic() < until:
                data = mutated(rng, self.target, pool)
                current.seek(0)
                current.truncate()
                current.write(data)
                inputs, size = inputs + 1, size + len(data)
                began = time.thread_time()
                found = tried(self.target, data)
                took = (time.thread_time() - began) / self.target.bound(data)
                if took > max(worst, WATCHED):
                    slowest.write_bytes(data)
                worst = max(worst, took)
                if found is not None and found.key not in self.finds:
                    key, what = found.key, str(found)
                    path = kept(self.target, smaller(self.target, data, found.key))
                    print(f"{self.target.name}: {key}: {what}\n    {path}", flush=True)
                    break
                if found is None and rng.random() < 0.05 and len(data) < 4096:  # changes add up
                    pool[first:] = pool[first:][-GROWN:]
                    pool.append(data)
        told.write_text("\n".join([str(inputs), str(size), str(worst), key, what]))
        return 0


def tried(target: Target, data: bytes) -> Found | None:
    try:
        check(target, data)
    except Found as found:
        if found.key == "time":  # a machine that swaps once is no find
            try:
                check(target, data)
            except Found as again:
                return again
            return None
        return found
    return None


def smaller(target: Target, data: bytes, key: str) -> bytes:
    """The input without what it need not have to be found by this key (delta debugging: Zeller & Hildebrandt 2002)."""
    until = time.monotonic() + SMALLER
    if key in ("time", "memory"):  # it is the length that matters, and a file of repetitions packs well
        return data
    size = max(len(data) // 2, 1)
    while size and time.monotonic() < until:
        at = 0
        while at < len(data) and time.monotonic() < until:
            shorter = data[:at] + data[at + size :]
            found = tried(target, shorter)
            if found is not None and found.key == key:
                data = shorter
            else:
                at += size
        size //= 2
    return data


def share(names: Sequence[str], jobs: int, seconds: float, seed: int, folder: Path, mine: int) -> int:
    """Every `jobs`-th target, from `mine` on. Returns how many kinds of finds there were."""
    own = names[mine::jobs]
    kinds = 0
    for name in own:
        fuzzing = Fuzzing(TARGETS[name], seconds / len(own), seed, folder)
        began = time.monotonic()
        fuzzing.run()
        rate = fuzzing.inputs / (time.monotonic() - began)
        print(
            f"{name:<10}{fuzzing.inputs:>11,} inputs {rate:>8,.0f} a second {fuzzing.bytes / 2**20:>9,.1f} MB "
            f"slowest {fuzzing.worst:>5.0%} of its bound   {len(fuzzing.finds)} found",
            flush=True,
        )
        kinds += len(fuzzing.finds)
    return kinds


def main() -> int:
    parser = argparse.ArgumentParser(description="Feeds every reader of untrusted input with mutations of a corpus.")
    parser.add_argument("--minutes", type=float, default=60.0, help="by the clock, over all targets")
    parser.add_argument("--target", nargs="*", default=list(TARGETS), choices=list(TARGETS), metavar="NAME")
    parser.add_argument("--seed", type=int, default=0, help="another one makes other inputs")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1, help="processes; default one a core")
    parser.add_argument("--list", action="store_true", help="print the targets, and stop")
    asked = parser.parse_args()
    if asked.list:
        for name, target in TARGETS.items():
            print(f"{name:<10}{len(target.corpus()):>4} inputs kept   {(target.feed.__doc__ or '').split(chr(10))[0]}")
        return 0
    jobs = max(1, min(asked.jobs, len(asked.target)))
    with tempfile.TemporaryDirectory(prefix="fuzzed-") as folder:
        started = []
        for mine in range(jobs):
            pid = os.fork()
            if pid == 0:
                code = 3
                try:
                    code = min(1, share(asked.target, jobs, 60 * asked.minutes, asked.seed, Path(folder), mine))
                finally:
                    sys.stdout.flush()
                    os._exit(code)
            started.append(pid)
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in started]
    return max(map(abs, codes))


if __name__ == "__main__":
    sys.exit(main())
