"""Where a layer is missing, the run says what is possible then; with --require-sandbox it does not start."""

from __future__ import annotations

from pathlib import Path

import pytest

from speciate import sandbox
from speciate.cli import main
from speciate.core.values import Genome
from speciate.sandbox import Layer, Layers, Missing

from .candidates import Limited, recipe, sound, write

SANDBOX_CANNOT_BE_BUILT = 4


@pytest.fixture
def guess(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write(tmp_path / "guess", Limited(), 1)
    better = [Genome("text", {"seed.py": sound(1)})]
    monkeypatch.setattr("speciate.recipes.load", lambda name, problem, settings=None: recipe(problem, better))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "guess"


def lacking(patch: pytest.MonkeyPatch, *layers: Layer) -> None:
    """Says that this machine has not these layers; the workers use what there is."""
    absent = tuple(Missing(each, "it was taken away", "bring it back") for each in layers)
    found = Layers(frozenset(set(Layer) - {*layers}), 0 if Layer.LANDLOCK in layers else 7, absent=absent)
    patch.setattr(sandbox, "available", lambda: found)


def test_a_run_says_what_is_possible_in_one_line(
    guess: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lacking(monkeypatch, Layer.BUBBLEWRAP, Layer.LANDLOCK, Layer.USER)
    assert main(["run", "guess", "-j", "1"]) == 0
    line = next(each for each in capsys.readouterr().err.splitlines() if each.startswith("sandbox"))
    assert line == (
        "sandbox  own process, no network, limited time and memory; by seccomp + rlimits; "
        "IT CAN read your files, change your files, fill the disk"
    )


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ((Layer.BUBBLEWRAP,), "bubblewrap is missing (it was taken away): a candidate can fill the disk"),
        ((Layer.SECCOMP,), "seccomp is missing (it was taken away): a candidate can call all of the kernel"),
        ((Layer.LANDLOCK, Layer.SECCOMP), "seccomp is missing (it was taken away): a candidate can call all of the"),
        (
            (*Layer,),
            "bubblewrap is missing (it was taken away): a candidate can read your files, change your files, us",
        ),
    ],
)
def test_require_sandbox_refuses_to_start(
    layers: tuple[Layer, ...],
    said: str,
    guess: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lacking(monkeypatch, *layers)
    assert main(["run", "guess", "-j", "1", "--require-sandbox"]) == SANDBOX_CANNOT_BE_BUILT
    error, do = capsys.readouterr().err.splitlines()
    assert error.startswith(f"error: --require-sandbox: {said}")
    assert do == "do:    bring it back; speciate doctor says more"
    assert not (guess.parent / "runs").exists()


@pytest.mark.parametrize("layers", [(), (Layer.USER,), (Layer.LANDLOCK,)])
def test_require_sandbox_starts_where_nothing_is_possible(
    layers: tuple[Layer, ...], guess: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking(monkeypatch, *layers)
    assert main(["run", "guess", "-j", "1", "-q", "--require-sandbox"]) == 0


def test_a_run_that_goes_on_with_less_says_so_or_refuses(
    guess: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "guess", "-j", "1", "-q"]) == 0
    capsys.readouterr()
    with monkeypatch.context() as elsewhere:
        lacking(elsewhere, Layer.BUBBLEWRAP)
        more = "resume", "-j", "1", "--evals", "+1"
        assert main([*more, "--require-sandbox"]) == SANDBOX_CANNOT_BE_BUILT
        assert "bubblewrap is missing (it was taken away): a candidate can fill the disk" in capsys.readouterr().err
        assert main([*more]) == 0
        assert "IT CAN fill the disk" in capsys.readouterr().err
