"""How long a command takes from a second process to the log of a live run.

    python benchmarks/steering.py --commands 50

Starts `speciate run bin_packing` in a folder of its own, sends commands into the run's inbox from this process, and
measures each from the request to the moment when another reader sees it recorded as done.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from speciate.core.values import Command
from speciate.store.commands import Fate, command
from speciate.store.queries import Run
from speciate.store.sqlite import request

WARM = 3.0  # seconds before the first command
LIMIT = 30.0  # seconds after which a command counts as lost
LOOK = 0.002


def measure(path: Path, count: int) -> list[float]:
    """Seconds for each command: a hint, then a pause or a resume, and so on."""
    verbs = [Command("hint", {"text": "try less", "next": 1}), Command("pause"), Command("hint", {"text": "and more"})]
    verbs.append(Command("resume"))
    taken = []
    with Run(path) as run:
        for index in range(count):
            began = time.perf_counter()
            number = request(path, verbs[index % len(verbs)])
            while command(run, number).state is Fate.QUEUED:
                if time.perf_counter() - began > LIMIT:
                    raise SystemExit(f"command {index} was not taken within {LIMIT:g} s")
                time.sleep(LOOK)
            taken.append(time.perf_counter() - began)
            time.sleep(0.05 + 0.013 * (index % 7))  # not in step with the engine's look
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commands", type=int, default=50)
    count = parser.parse_args().commands
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bin_packing-1.db"
        argv = [sys.executable, "-m", "speciate", "run", "bin_packing", "-q", "--evals", "1000000", "--runs", folder]
        engine = subprocess.Popen([*argv, "--max-time", "none"], stdout=subprocess.DEVNULL)
        try:
            time.sleep(WARM)
            taken = sorted(measure(path, count))
        finally:
            engine.send_signal(signal.SIGINT)
            engine.wait(30)
    at = {share: taken[min(len(taken) - 1, int(share / 100 * len(taken)))] for share in (50, 95, 100)}
    print(f"{count} commands: median {at[50]:.3f} s, 95 % within {at[95]:.3f} s, longest {at[100]:.3f} s")


if __name__ == "__main__":
    main()
