"""watch: a run that somebody else drives, to its end, to its engine's end, and away from it."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from speciate.cli.panel import Shot, panel
from speciate.cli.watch import MISSED, exit_code
from speciate.core.budget import Stop
from speciate.store.lease import process_of
from speciate.store.queries import Run
from speciate.store.sqlite import SqliteStore
from speciate.store.views import State, StateName
from speciate.store.words import stamp
from speciate.testing.history import history
from speciate.testing.store import append_all

from .told import Tell, made_up, tell, told

__all__ = ["made_up", "tell", "told"]

# The made-up run has a target of 0.50 %.
FINAL = (
    "made_up-1 finished: budget used, 23 evaluations in 0.3 s\n"
    "best     4.95 %  candidate 20     seed 5.40 %     held out 5.05 % (seed 5.50 %)\n"
    "status   ok 20  invalid 0  crashed 3  timeout 0    skipped: duplicate 3  failed 2     spent $0.00, 0 s cpu\n"
    "next     speciate show best · speciate diff best seed · speciate best > better.py\n"
)


@contextmanager
def engine(folder: Path, later: Callable[[], None] | None = None) -> Iterator[Callable[[], None]]:
    """This process owns made_up-1, half of it done; the rest follows after a moment, unless `later` does."""
    turns = history(26)
    with SqliteStore.create(folder / "runs" / "made_up-1.db") as store:
        append_all(store, islice(turns, 30))
        timer = threading.Timer(0.5, later or (lambda: append_all(store, turns)))
        timer.start()
        try:
            yield lambda: append_all(store, turns)
        finally:
            timer.join()


def test_a_run_that_is_over_is_told_at_once(told: Tell) -> None:
    ran = told("watch")
    assert (ran.code, ran.out, ran.err) == (MISSED, FINAL, "")
    assert told("watch", "made_up-1", "--json").document == told("show", "--json").document


def test_plain_lines_until_it_ends(tell: Tell, here: Path) -> None:
    with engine(here):
        ran = tell("watch")
    assert (ran.code, ran.out) == (MISSED, FINAL)
    lines = ran.err.splitlines()
    assert lines[0].startswith(f"made_up-1 · process {os.getpid()} on ")
    assert lines[0].endswith(" · Ctrl-C leaves, the run goes on")
    assert re.fullmatch(r"0:00 evals \d+/100 best \d\.\d\d ok \d+ failed \d \$0\.00", lines[1])
    assert "\x1b" not in ran.err


def test_json_lines_until_it_ends(tell: Tell, here: Path) -> None:
    with engine(here):
        ran = tell("watch", "--json")
    documents = [json.loads(line) for line in ran.out.splitlines()]
    seqs = [each["seq"] for each in documents[:-1]]
    assert seqs == list(range(seqs[0], 139))
    assert seqs[0] > 1
    assert (documents[-1]["kind"], documents[-1]["evals"], ran.err) == ("run.summary", 23, "")


def test_quietly(tell: Tell, here: Path) -> None:
    with engine(here):
        ran = tell("watch", "-q")
    assert (ran.code, ran.out, ran.err) == (MISSED, FINAL, "")


def test_leaving_it_lets_it_go_on(tell: Tell, here: Path) -> None:
    with engine(here, lambda: os.kill(os.getpid(), signal.SIGINT)) as rest:
        ran = tell("watch")
        assert (ran.code, ran.out) == (0, "")
        assert ran.err.splitlines()[-1] == "made_up-1 goes on; speciate watch made_up-1 looks again"
        rest()
    assert tell("watch").out == FINAL


def test_the_panel_is_drawn_and_q_leaves_it(here: Path) -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    environ = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    environ.pop("CI", None)
    code = "import os, sys; os.login_tty(0); from speciate.cli import main; sys.exit(main(['watch']))"
    command = [sys.executable, "-c", code]  # keys are only read by who has the terminal
    with engine(here, lambda: None):
        with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ) as process:
            os.close(theirs)
            said = b""
            while b"q leave" not in said:
                said += os.read(ours, 4000)
            os.write(ours, b"q")
            while b"looks again" not in said:
                said += os.read(ours, 4000)
            process.wait()
        os.close(ours)
    assert process.returncode == 0
    assert b"\x1b[2J" not in said  # the screen is never cleared
    assert b"\x1b[?1049h" not in said  # nor another one taken


def test_an_engine_that_dies_is_told(tell: Tell, here: Path) -> None:
    path = here / "runs" / "made_up-1.db"
    with SqliteStore.create(path) as store:
        append_all(store, history(26, stop=False))
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as dying:
        own(path, dying.pid, process_of(dying.pid))
        threading.Timer(0.5, dying.kill).start()
        ran = tell("watch")
    with Run(path) as run:
        since = stamp(run.state().since)
    assert ran.code == 4
    assert ran.out.splitlines()[0] == f"made_up-1 lost: engine gone since {since}, 23 evaluations in 0.2 s"
    assert ran.out.splitlines()[-1] == (
        "next     speciate resume made_up-1 · speciate show best · speciate best > better.py"
    )
    assert tell("watch").code == 4
    followed = tell("log", "-f", "-n", "1")
    assert followed.err == f"made_up-1 is lost: engine gone since {since}; speciate resume made_up-1 goes on\n"


def own(path: Path, pid: int, process: str) -> None:
    """Another process is the engine from now on."""
    connection = sqlite3.connect(path)
    with connection:
        row = (1, "token", os.uname().nodename, pid, process, time.time(), time.time())
        connection.execute("INSERT OR REPLACE INTO lease VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    connection.close()


def test_the_panel_of_one_who_watches(made_up: Path) -> None:
    with Run(made_up / "runs" / "made_up-1.db") as run:
        summary, gains = run.summary(), run.gains()
    running = replace(summary, state=State(StateName.RUNNING, "running", 0.0, 1, "h"))
    lines = panel(Shot(running, gains, 12.0, 2, keys=True, watching=True))
    assert "\n".join(lines) == (
        "┌ made_up-1 ─────────────────────────────────────────────────── running · 0:12 ┐\n"
        "│ best    4.95 %  lower is better    candidate 20 by crossover, 12 s ago       │\n"
        "│ seed    5.40 %  ▇▇▇▇▇▇▇▇▃▃▃▃▃▃▃▁▁▁▁  −8 %   no gain for 4 evaluations        │\n"
        "│ evals   23 / 100  ━━━━━━━───────────────────────  86.0/s  0.9 s left         │\n"
        "│ money   $0.00 / –   models –   evaluating 0/2   waiting 0                    │\n"
        "│ status  ok 20  invalid 0  crashed 3  timeout 0    skipped: 5                 │\n"
        "│ moves   numeric 36 % ↑12.5 %    crossover 32 % ↑28.6 %    syntax 32 % ↑0.0 % │\n"
        "│ isles   1 4.95   2 5.34                                 cells 20 / 400       │\n"
        "│ last    20 ← 10  crossover  5.13 → 4.95                                      │\n"
        "└ p pause  h hint  b best  q leave  ? keys ──── Ctrl-C: leave, the run goes on ┘"
    )
    lost = replace(summary, state=State(StateName.LOST, "engine gone", time.time(), 1, "h"))
    lines = panel(Shot(lost, gains, 12.0, 2, keys=True, watching=True))
    assert f" lost: engine gone since {stamp(time.time())[:2]}" in lines[0]
    assert lines[-1] == "└" + "─" * 78 + "┘"


@pytest.mark.parametrize(
    ("name", "why", "code"),
    [
        (StateName.FINISHED, "budget: evaluations", 5),
        (StateName.FINISHED, Stop.TARGET, 0),
        (StateName.FINISHED, Stop.SEED, 3),
        (StateName.INTERRUPTED, Stop.INTERRUPTED, 130),
        (StateName.INTERRUPTED, Stop.FAILING, 3),
        (StateName.LOST, "engine gone", 4),
    ],
)
def test_exit_codes_are_those_of_run(made_up: Path, name: StateName, why: str, code: int) -> None:
    with Run(made_up / "runs" / "made_up-1.db") as run:
        summary = run.summary()
    asked = replace(summary, budget=replace(summary.budget, target=0.5), state=State(name, why, 0.0))
    assert exit_code(asked) == code
