"""`--detach`: the same command line in a process of its own that outlives this terminal.

The engine tells its run's name through a pipe as soon as it owns the run; until then what it prints is printed here, so
that a mistake is seen where it was typed. What it prints later is kept beside the run, as NAME.out.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from speciate.core.errors import UsageError

from .terminal import Terminal, emit

FLAG = "--detach"
PIPE = "SPECIATE_DETACHED"  # the pipe's number, for the engine alone


def detach(tokens: Sequence[str]) -> int:
    """Starts the command line without the flag, and returns when its run has begun, or with the exit code of one that
    has not. Raises UsageError where processes cannot be handed a pipe."""
    if os.name != "posix":
        raise UsageError(f"{FLAG} needs Linux or macOS", "run it in a terminal of its own")
    rest = [each for each in tokens if each != FLAG]
    reading, writing = os.pipe()
    with tempfile.TemporaryFile() as said:
        engine = subprocess.Popen(
            [sys.executable, "-m", "speciate", *rest, *([] if "-q" in rest else ["-q"])],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            env=os.environ | {PIPE: str(writing)},
            pass_fds=(writing,),
            start_new_session=True,
        )
        os.close(writing)
        with os.fdopen(reading) as pipe:
            name = pipe.readline().strip()
        if not name:
            code = engine.wait()
            said.seek(0)
            sys.stderr.write(said.read().decode("utf-8", "replace"))
            return code
    engine.returncode = 0  # it outlives this process: nobody waits for it, and none is warned of that
    if "--json" in rest:
        emit("run.detached", {"run": name, "pid": engine.pid})
    else:
        told = f"{name} runs in the background as process {engine.pid}"
        Terminal.of().answer(f"{told} · speciate watch {name} · speciate stop {name}")
    return 0


def announce(path: Path) -> None:
    """In the engine, once it owns its run: says so to who started it, and goes on printing beside the run."""
    pipe = os.environ.pop(PIPE, "")
    if not pipe:
        return
    sys.stdout.flush()
    sys.stderr.flush()
    out = os.open(path.with_suffix(".out"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.close(out)
    with suppress(BrokenPipeError), os.fdopen(int(pipe), "w") as told:
        told.write(f"{path.stem}\n")
