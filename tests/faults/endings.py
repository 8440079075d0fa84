"""Candidates that end before they answer, by every way out that a process has."""

from __future__ import annotations

from .candidates import Fault, program

EXITS = "ended its process itself, with exit code"
LIMITS = "a process of its own"

FAULTS = [
    Fault("exit code 0", program("import os; os._exit(0)"), "crashed", f"{EXITS} 0, before it answered", LIMITS),
    Fault(
        "exit code 0 after printing a score",
        program("""import os; print("distance: 0.0", '{"distance": 0.0}', flush=True); os._exit(0)"""),
        "crashed",
        f"{EXITS} 0, before it answered",
        LIMITS,
    ),
    Fault(
        "exit code 0 in the middle of its work",
        program("""
            import atexit, os, threading
            atexit.register(os._exit, 0)
            for number in range(n):
                if number == 1:
                    raise SystemExit(0)
        """),
        "crashed",
        "SystemExit: 0",
        LIMITS,
    ),
    Fault("exit when it is loaded", "import os\nos._exit(0)\n", "crashed", f"{EXITS} 0", LIMITS),
    Fault("becomes another program", program("import os; os.execv('/bin/true', ['true'])"), "crashed", "", LIMITS),
    Fault("raises", program("raise RuntimeError('out of ideas')"), "crashed", "RuntimeError: out of ideas", LIMITS),
    Fault("raises what ends a program", program("raise KeyboardInterrupt"), "crashed", "KeyboardInterrupt", LIMITS),
    Fault("raises GeneratorExit", program("raise GeneratorExit"), "crashed", "GeneratorExit", LIMITS),
    Fault("segfault", program("import ctypes; ctypes.string_at(0)"), "crashed", "signal 11 (SIGSEGV)", LIMITS),
    Fault("abort", program("import os; os.abort()"), "crashed", "signal 6 (SIGABRT)", LIMITS),
    Fault("kills itself", program("import os; os.kill(os.getpid(), 9)"), "crashed", "signal 9 (SIGKILL)", LIMITS),
    Fault(
        "stops itself and hangs up", program("import os; os.close(3); os.kill(os.getpid(), 19)"), "crashed", "", LIMITS
    ),
    Fault("no Python", "def answer(:\n", "crashed", "SyntaxError", LIMITS),
    Fault("empty", "", "invalid", "has no function `answer`", LIMITS),
    Fault("recursion", program("def f(): f()\nf()"), "crashed", "RecursionError", LIMITS),
    Fault(
        "recursion without a limit",
        program("""
            import sys
            sys.setrecursionlimit(10**9)
            def f(): return [*map(lambda _: f(), [1])]
            f()
        """),
        "crashed",
        "signal 11",
        LIMITS,
    ),
]
