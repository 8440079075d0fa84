"""Promises B and C on the real store and the real sandbox: kill -9 at any instant loses nothing that was evaluated."""

from __future__ import annotations

import json
import os
import random
import signal
from pathlib import Path

from speciate.core.events import Event, Stopped
from speciate.testing.engines import Engine, evaluated, events, timeless, wrongs

EVALS = 120


def test_ten_kills_lose_nothing_and_the_budget_is_exact(engine: Engine) -> None:
    chance = random.Random(7)
    goal = 0
    before: list[Event] = []
    for kill in range(10):
        goal += chance.randrange(5, 40)
        verb = ("run", str(engine.problem), "--seed", "1", "--evals", str(EVALS)) if kill == 0 else ("resume",)
        engine.kill_when(engine.start(*verb), lambda seq, goal=goal: seq >= goal)  # type: ignore[misc]
        if not engine.path.exists():
            continue
        now = events(engine.path)
        assert timeless(now)[: len(before)] == timeless(before), "what was durable is what remains"
        before = now
    engine.finish("resume")
    log = events(engine.path)
    assert timeless(log)[: len(before)] == timeless(before)
    assert wrongs(log, EVALS) == []


def test_an_ordered_run_killed_and_resumed_equals_the_uninterrupted_one(
    engine: Engine, problem: Path, tmp_path: Path
) -> None:
    whole = Engine(problem, tmp_path / "whole")
    arguments = ("run", str(problem), "--seed", "5", "--evals", "80", "--ordered")
    whole.finish(*arguments)
    chance = random.Random(3)
    engine.kill_when(engine.start(*arguments), lambda seq: seq >= 40)
    for goal, how in ((90 + chance.randrange(30), signal.SIGTERM), (180 + chance.randrange(30), signal.SIGKILL)):
        engine.kill_when(engine.start("resume"), lambda seq, goal=goal: seq >= goal, how)  # type: ignore[misc]
    engine.finish("resume")
    log = events(engine.path)
    assert [e.reason for e in log if isinstance(e, Stopped)] == ["interrupted", "evaluations"]
    one, two = ([e for e in timeless(each) if e["kind"] != "stopped"] for each in (events(whole.path), log))  # type: ignore[index]
    for index, (a, b) in enumerate(zip(one, two, strict=False)):
        assert a == b, f"event {index + 1}:\n{json.dumps(a, default=str)[:500]}\n{json.dumps(b, default=str)[:500]}"
    assert len(one) == len(two)


def test_ctrl_c_stops_cleanly_and_twice_at_once_and_both_resume(engine: Engine) -> None:
    for presses in (1, 2):
        process = engine.start(*(("run", str(engine.problem), "--evals", "400") if presses == 1 else ("resume",)))
        goal = 60 * presses
        engine.lives_until(process, lambda seq, goal=goal: seq >= goal)  # type: ignore[misc]
        for _ in range(presses):
            os.kill(process.pid, signal.SIGINT)
        process.communicate(timeout=30)
        assert process.returncode == 130
        last = events(engine.path)[-1]
        assert isinstance(last, Stopped)
        assert last.reason == "interrupted"
    engine.finish("resume", "--evals", "90" if engine.seq() < 150 else "150")


def test_resume_of_a_finished_run_prints_its_summary(engine: Engine) -> None:
    engine.finish("run", str(engine.problem), "--evals", "30")
    size = engine.seq()
    said = engine.finish("resume")
    assert "30 evaluations" in said
    assert engine.seq() == size


def test_the_same_seed_gives_the_same_candidates(engine: Engine, problem: Path, tmp_path: Path) -> None:
    logs = []
    for name in ("one", "two"):
        other = Engine(problem, tmp_path / name)
        other.finish("run", str(problem), "--seed", "9", "--evals", "60", "--ordered")
        logs.append(timeless(events(other.path)))
    assert logs[0] == logs[1]


def test_a_second_engine_is_refused_while_the_first_lives(engine: Engine) -> None:
    process = engine.start("run", str(engine.problem), "--evals", "100000")
    try:
        engine.lives_until(process, lambda seq: seq >= 20)
        said = engine.finish("resume", "--run", "approximate-1", code=2)
        assert f"in use by process {process.pid}" in said
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    more = str(len(evaluated(events(engine.path))) + 5)
    engine.finish("resume", "--run", "approximate-1", "--evals", more)  # the lease of a dead process is taken at once
