"""run and resume: budgets, signals, what is said first and last, exit codes."""

from __future__ import annotations

import json
import os
import signal
import threading
from pathlib import Path

import pytest

from speciate.store.queries import Run

from .conftest import EVALUATE, PROBLEM, Speciate, write


def test_a_run_says_what_it_does_and_how_it_ended(speciate: Speciate, here: Path) -> None:
    ran = speciate("run", "guess", "--evals", "20", "--seed", "3", "-j", "1")
    assert ran.code == 0
    first = ran.err.splitlines()
    assert first[0] == "guess-1 · recipe speciate · no model · 1 core · seed 3 · runs/guess-1.db"
    assert first[1] == "problem  guess a number · distance in m, lower is better · seed.py"
    assert first[2] == "limits   20 evaluations (--evals) · each candidate: 2 s, 512 MB"
    assert first[3].startswith("sandbox  own process")
    last = ran.out.splitlines()
    assert last[0].startswith("guess-1 finished: budget used, 20 evaluations in ")
    assert last[1].startswith("best     ")
    assert "seed 6.50 m" in last[1]
    assert last[2].startswith("status   ok ")
    assert last[3] == "next     speciate show best · speciate diff best seed · speciate best > better.py"
    assert "\x1b" not in ran.out + ran.err


def test_runs_are_numbered_and_resume_of_a_finished_one_prints_its_summary(speciate: Speciate, here: Path) -> None:
    speciate("run", "guess", "-q", "--evals", "5")
    speciate("run", "guess", "-q", "--evals", "5")
    assert sorted(each.name for each in (here / "runs").glob("*.db")) == ["guess-1.db", "guess-2.db"]
    again = speciate("resume", "guess-1")
    assert again.code == 0
    assert again.out.startswith("guess-1 finished: budget used, 5 evaluations")


def test_more_budget_goes_on(speciate: Speciate) -> None:
    speciate("run", "guess", "-q", "--evals", "5")
    more = speciate("resume", "--evals", "+7")
    assert more.code == 0
    assert more.err.splitlines()[0] == "guess-1: budget used · 5 evaluated kept, 0 lost · continuing"
    assert more.out.startswith("guess-1 finished: budget used, 12 evaluations")
    assert speciate("resume", "--evals", "15").out.startswith("guess-1 finished: budget used, 15 evaluations")


def test_cpu_seconds_end_a_run(speciate: Speciate) -> None:
    ran = speciate("run", "guess", "-q", "--evals", "none", "--max-cpu", "0.001s", "-j", "1")
    assert ran.code == 0
    assert "finished: CPU time used, " in ran.out
    assert speciate("log").out.splitlines()[0].endswith("1 ms of CPU")
    used = speciate("resume", "--max-cpu", "0.001s", "--evals", "+5")
    assert used.code == 2
    assert "has used up its --max-cpu 0.0 s as well" in used.err


def test_a_target_reached_and_a_target_missed(speciate: Speciate) -> None:
    reached = speciate("run", "guess", "-q", "--target", "6.6")
    assert reached.code == 0
    assert "finished: target reached, " in reached.out
    missed = speciate("run", "guess", "-q", "--evals", "4", "--target", "0")
    assert missed.code == 5


def test_json_is_one_event_per_line_and_then_the_summary(speciate: Speciate) -> None:
    ran = speciate("run", "guess", "--evals", "6", "--json")
    documents = [json.loads(line) for line in ran.out.splitlines()]
    assert {each["speciate"] for each in documents} == {1}
    events, summary = documents[:-1], documents[-1]
    assert [each["seq"] for each in events] == list(range(1, len(events) + 1))
    assert events[0]["body"]["kind"] == "opened"
    assert events[-1]["body"]["kind"] == "stopped"
    assert summary["kind"] == "run.summary"
    assert summary["seq"] == len(events)
    assert summary["evals"] == sum(summary["counts"].values()) == 6
    assert ran.err == ""
    assert ran.document == speciate("show", "--json").document


def test_explain_shows_where_each_value_is_from(
    speciate: Speciate, monkeypatch: pytest.MonkeyPatch, here: Path
) -> None:
    monkeypatch.setenv("SPECIATE_SEED", "7")
    monkeypatch.setenv("SPECIATE_EVALS", "9")
    ran = speciate("run", "guess", "--patience", "50", "--explain", "--json", "--set", "population.size=3")
    values = ran.document["values"]
    assert values["seed"] == {"value": 7, "origin": "SPECIATE_SEED"}
    assert values["evals"] == {"value": 9, "origin": "SPECIATE_EVALS"}
    assert values["patience"] == {"value": 50, "origin": "--patience"}
    assert values["recipe"]["origin"] == "default"
    assert values["population.size"] == {"value": "3", "origin": "--set population.size"}
    monkeypatch.delenv("SPECIATE_EVALS")
    assert speciate("run", "guess", "--explain", "--json").document["values"]["evals"]["origin"] == "problem.toml"
    assert not (here / "runs").exists()


def test_ordered_runs_are_equal(speciate: Speciate, here: Path) -> None:
    for _ in range(2):
        speciate("run", "guess", "-q", "--evals", "12", "--ordered", "--seed", "5")
    with Run(here / "runs/guess-1.db") as one, Run(here / "runs/guess-2.db") as two:
        assert [each.digest for each in one.candidates().rows] == [each.digest for each in two.candidates().rows]


SLOW = EVALUATE.replace("    cases = ", "    import time; time.sleep(0.02)\n    cases = ")


def interrupt_when(path: Path, evals: int, over: threading.Event, *signals: int) -> threading.Thread:
    """Sends signals to this process once a run has so many evaluations, unless it is over before."""

    def work() -> None:
        while not over.wait(0.02):
            if path.exists():
                with Run(path) as run:
                    if run.summary().evals >= evals:
                        break
        for each in signals:
            if not over.wait(0.05):
                os.kill(os.getpid(), each)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("signals", "code"),
    [((signal.SIGINT,), 130), ((signal.SIGTERM,), 143), ((signal.SIGHUP,), 129), ((signal.SIGINT, signal.SIGINT), 130)],
)
def test_signals_stop_it_and_resume_goes_on(
    speciate: Speciate, here: Path, signals: tuple[int, ...], code: int
) -> None:
    write(here / "guess", evaluate=SLOW)
    handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    over = threading.Event()
    thread = interrupt_when(here / "runs/guess-1.db", 3, over, *signals)
    ran = speciate("run", "guess", "--evals", "60", "-j", "1")
    over.set()
    thread.join()
    assert ran.code == code
    assert "guess-1 stopped: interrupted, " in ran.out
    assert "next     speciate resume guess-1" in ran.out
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == handlers
    before = speciate("show", "--json").document
    assert 3 <= before["evals"] < 60
    after = speciate("resume", "-q", "--evals", str(before["evals"] + 5))
    assert after.code == 0
    assert after.out.startswith(f"guess-1 finished: budget used, {before['evals'] + 5} evaluations")


def test_a_run_without_any_limit_gets_one(speciate: Speciate, here: Path) -> None:
    write(here / "guess", problem=PROBLEM.replace("[budget]\nevals = 30\n", ""))
    values = speciate("run", "guess", "--explain", "--json").document["values"]
    assert values["evals"] == {"value": 1000, "origin": "default"}
    assert (
        speciate("run", "guess", "--explain", "--json", "--evals", "none").document["values"]["evals"]["value"] is None
    )


def test_an_interrupt_during_the_first_imports(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import sys
    from types import ModuleType

    from speciate.__main__ import main

    class Interrupted(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "speciate.cli", Interrupted("speciate.cli"))
    assert main() == 130
    assert capsys.readouterr().err == "interrupted\n"
