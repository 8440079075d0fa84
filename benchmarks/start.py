"""How long it takes to begin: from the command to the first scored candidate, and what importing costs.

python benchmarks/start.py
"""

from __future__ import annotations

import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TIMES = 5
IMPORT = "import time; began = time.process_time(); import speciate{}; print(time.process_time() - began)"


def first_score() -> float:
    """Seconds from starting the process until the seed's score is durable, as another process sees it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bin_packing-1.db"
        began = time.perf_counter()
        command = [
            str(Path(sys.executable).with_name("speciate")),
            "run",
            "bin_packing",
            "--evals",
            "30",
            "--runs",
            folder,
        ]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not (path.exists() and scored(path)):
            time.sleep(0.005)  # looking more often would take the processor from what is looked at
        seconds = time.perf_counter() - began
        process.wait()
    return seconds


def scored(path: Path) -> bool:
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return connection.execute("SELECT 1 FROM candidates WHERE status = 'ok'").fetchone() is not None
        finally:
            connection.close()
    except sqlite3.Error:
        return False


def importing(what: str) -> float:
    done = subprocess.run([sys.executable, "-c", IMPORT.format(what)], capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    def middle(values: list[float]) -> str:
        return f"{statistics.median(values):.3f} s (of {', '.join(f'{each:.3f}' for each in sorted(values))})"

    print("import speciate, CPU above bare Python     ", middle([importing("") for _ in range(TIMES)]))
    print("  and every name of it used (the loop)     ", middle([importing(".core.loop") for _ in range(TIMES)]))
    print("from the command to the first score, wall  ", middle([first_score() for _ in range(TIMES)]))


if __name__ == "__main__":
    main()
