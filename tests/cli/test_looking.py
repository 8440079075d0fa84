"""show, diff, best, runs, problems, recipes, doctor, and the verbs' help."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from speciate.cli import main
from speciate.cli.entry import OVERVIEW, VERBS
from speciate.store.queries import Run

from .conftest import SEED, Ran


@pytest.fixture
def look(made: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]):  # type: ignore[no-untyped-def]
    monkeypatch.chdir(made)

    def call(*tokens: str) -> Ran:
        capsysbinary.readouterr()
        code = main(tokens)
        out, err = capsysbinary.readouterr()
        return Ran(code, out.decode(), err.decode())

    return call


def test_no_verb_prints_the_overview(look) -> None:  # type: ignore[no-untyped-def]
    assert look().out == OVERVIEW + "\n"
    assert len(OVERVIEW.splitlines()) <= 12
    assert all(verb in OVERVIEW for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_help_begins_with_two_examples(look, verb: str) -> None:  # type: ignore[no-untyped-def]
    lines = look(verb, "--help").out.splitlines()
    examples = lines[: lines.index("")]
    assert 2 <= len(examples) <= 3
    assert all(line.startswith(f"  speciate {verb}") for line in examples)
    assert any(line.startswith(f"usage: speciate {verb}") for line in lines)
    assert all(len(line) <= 120 for line in lines)


def test_a_candidate_is_named_after_its_run_or_with_it(look) -> None:  # type: ignore[no-untyped-def]
    beside = look("show", "guess-1", "best", "--prompt")
    assert beside == look("show", "guess-1:best", "--prompt")
    assert beside.code == 0
    assert look("show", "guess-1", "nix").err.startswith("error: 'nix' names no candidate")
    twice = look("show", "guess-1", "best", "--run", "guess-2")
    assert twice.err == "error: two runs are named, guess-1 and guess-2\ndo:    speciate show guess-1 best\n"


def test_best_prints_the_program_and_nothing_else(look) -> None:  # type: ignore[no-untyped-def]
    ran = look("best")
    assert ran.out.startswith("# EVOLVE-BLOCK-START\ndef answer(case):\n    return ")
    assert ran.out.endswith("# EVOLVE-BLOCK-END\n")
    compile(ran.out, "better.py", "exec")
    assert ran.err.endswith(" m  4 lines\n")
    assert look("best", "guess-1").out == look("best", "runs/guess-1.db").out == ran.out
    assert look("best", "--json").document["text"] == ran.out


def test_a_program_steers_no_terminal_and_is_a_file_to_the_last_byte(look, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    kept = Run.candidate
    steering = "x = 1  # \x1b[2J\n"
    monkeypatch.setattr(Run, "candidate", lambda run, id: replace(kept(run, id), text=steering))
    assert look("best").out == steering
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert look("best").out == "x = 1  # \N{REPLACEMENT CHARACTER}[2J\n"


def test_best_on_a_file_of_ones_own(look, made: Path) -> None:  # type: ignore[no-untyped-def]
    (made / "numbers.txt").write_text("4.0\n4.0\n")
    seed = look("best", "guess-1", "--on", "numbers.txt", "--json").document["seed"]["score"]
    assert seed == 6.0
    ran = look("best", "--on", "numbers.txt")
    assert " m on numbers.txt     seed 6.00 m" in ran.out
    assert look("best", "--on", "nowhere.txt").code == 2


def test_show_a_candidate(look) -> None:  # type: ignore[no-untyped-def]
    ran = look("show", "best")
    lines = ran.out.splitlines()
    assert lines[0].startswith("candidate ")
    assert "rank 1 of " in lines[0]
    assert "made by nudge from " in lines[0]
    assert lines[1].startswith("path     1 seed 6.50 → ")
    assert any(line.startswith("cases    2, worst case ") for line in lines)
    assert "feedback closer" in lines
    assert "def answer(case):" in lines
    best = look("show", "best", "--json").document
    assert look("show", f"guess-1:{best['row']['id']}", "--json").document == best
    assert look("show", "seed", "--json").document["text"] == SEED
    assert look("show", "best", "--cases").out.count("\ncase ") == 2


def test_show_a_run(look) -> None:  # type: ignore[no-untyped-def]
    ran = look("show")
    assert ran.out == look("show", "guess-1").out
    assert ran.out.startswith(
        "guess-1   guess · recipe speciate · seed 0\nguess-1 finished: budget used, 25 evaluations"
    )
    assert "nudge" in ran.out


def test_diff(look) -> None:  # type: ignore[no-untyped-def]
    ran = look("diff", "best", "seed")
    lines = ran.out.splitlines()
    assert lines[0].startswith("--- 1 6.50 m   +++ ")
    assert "-    return 10.0" in lines
    assert lines[-1] == "1 line changed · 2 of 2 cases better, 0 worse"
    assert look("diff").out.splitlines()[-1].startswith("1 line changed · ")
    document = look("diff", "best", "seed", "--json").document
    assert document["cases"] == {"compared": 2, "better": 2, "worse": 0}
    assert look("diff", "seed").err.startswith("error: candidate 1 has no parent")


def test_runs(look, made: Path) -> None:  # type: ignore[no-untyped-def]
    (made / "runs" / "broken.db").write_text("no run")
    try:
        ran = look("runs")
        assert ran.out.splitlines()[0].split() == ["run", "recipe", "best", "seed", "evals", "time", "state"]
        assert ran.out.splitlines()[1].startswith("guess-1  speciate")
        assert ran.out.splitlines()[1].endswith("finished: budget used")
        assert "broken.db" in ran.err
        document = look("runs", "--json").document
        assert document["runs"][0]["run"] == "guess-1"
        assert len(document["unreadable"]) == 1
    finally:
        (made / "runs" / "broken.db").unlink()
    assert "no runs in " in look("runs", "--runs", "elsewhere").out


def test_wrong_names_say_what_is_near(look) -> None:  # type: ignore[no-untyped-def]
    assert look("show", "-r", "gues-1").err.startswith("error: no run named `gues-1` in runs; nearest: guess-1\n")
    assert look("best", "gues-1").code == 2
    assert look("show", "999").code == 2
    assert look("show", "best~999").code == 2


@pytest.mark.parametrize(
    "tokens", [("problems",), ("problems", "bin_packing"), ("recipes",), ("recipes", "speciate"), ("doctor",)]
)
def test_catalogues(look, tokens: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    said = look(*tokens)
    assert said.code == 0
    assert {"problems": "bin packing", "recipes": "speciate", "doctor": "sandbox"}[tokens[0]] in said.out
    assert look(*tokens, "--json").document["kind"] == tokens[0]


def test_doctor_says_where_runs_are_kept(look, made: Path) -> None:  # type: ignore[no-untyped-def]
    document = look("doctor", "--json").document
    assert document["runs"] == {"folder": str(made / "runs"), "state": "1 run"}
    assert document["sandbox"]["on"]


def test_nothing_slow_is_imported_for_help() -> None:
    code = (
        "import sys; from speciate.cli import main; main(['run', '--help']);"
        "print(sorted({'rich', 'numpy', 'anyio', 'sqlite3', 'pydantic'} & set(sys.modules)), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stderr.strip() == "[]"
