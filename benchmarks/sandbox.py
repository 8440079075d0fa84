"""Evaluations per second and CPU per evaluation of the sandbox, for a trivial candidate with numpy loaded.

    python benchmarks/sandbox.py [EVALUATIONS]

CPU is user and system time of everything: the host, the warm process, and each candidate's own. The start of the warm
process is shown apart. A slot is one worker process with one sandbox, as in a run.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time

from speciate.core.problem import Limits
from speciate.sandbox import Layer, Layers, Sandbox, available

CANDIDATE = {"seed.py": "import numpy as np\ndef f(x):\n    return float(np.sum(np.arange(10) * x))\n"}


def cpu() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def slot(layers: Layers, evaluations: int) -> dict[str, float]:
    """One sandbox: seconds and CPU seconds of its start with a first evaluation, and of the others."""
    began, used = time.perf_counter(), cpu()
    with Sandbox(["numpy"], Limits(), layers) as sandbox:
        evaluate(sandbox)
        ready = time.perf_counter() - began
    start = cpu() - used
    with Sandbox(["numpy"], Limits(), layers) as sandbox:
        evaluate(sandbox)
        began, used = time.perf_counter(), cpu()
        for _ in range(evaluations):
            evaluate(sandbox)
        seconds = time.perf_counter() - began
    return {"ready": ready, "start": start, "seconds": seconds, "cpu": cpu() - used - start}


def evaluate(sandbox: Sandbox) -> None:
    with sandbox.open(CANDIDATE) as program:
        assert program.call("f", 2.0) == 90.0


def layers_of(name: str) -> Layers:
    return available() if name == "bubblewrap" else available().without(Layer.BUBBLEWRAP)


def measure(name: str, slots: int, evaluations: int) -> None:
    command = [sys.executable, __file__, "--slot", name, str(evaluations)]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(slots)]
    found = [json.loads(worker.communicate()[0]) for worker in workers]
    rate = sum(evaluations / each["seconds"] for each in found)
    each_cpu = sum(each["cpu"] for each in found) / slots / evaluations
    ready = max(each["ready"] for each in found)
    print(
        f"{name:10}  slots {slots}  {rate:6.0f}/s  {each_cpu * 1e3:5.2f} CPU-ms each  first one {ready * 1e3:4.0f} ms"
    )


def main() -> None:
    if sys.argv[1:2] == ["--slot"]:
        print(json.dumps(slot(layers_of(sys.argv[2]), int(sys.argv[3]))))
        return
    evaluations = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    names = ["built-in"]
    if Layer.BUBBLEWRAP in available():
        names.insert(0, "bubblewrap")
    for name in names:
        print(layers_of(name).describe())
        for slots in (1, 2):
            measure(name, slots, evaluations)


if __name__ == "__main__":
    main()
