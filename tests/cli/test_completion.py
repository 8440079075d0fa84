"""completion: in the shells themselves, as far as they are installed here."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from speciate.cli.completion import Shell, words
from speciate.cli.entry import VERBS
from speciate.problems.folder import names
from speciate.recipes import RECIPES

from .told import Tell, tell

__all__ = ["tell"]

TRY = """
try() {
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
    _speciate
    echo "${COMPREPLY[*]}"
}
"""


@pytest.fixture
def place(here: Path) -> Path:
    for name in ("runs/guess-1.db", "runs/guess-2.db", "elsewhere/other-1.db"):
        (here / name).parent.mkdir(exist_ok=True)
        (here / name).touch()
    (here / "notes.txt").touch()
    (here / "mine.py").touch()
    return here


def test_bash_completes_what_is_asked_for(tell: Tell, place: Path) -> None:
    script = tell("completion", "bash").out
    asked = {
        "speciate wa": "watch",
        "speciate watch ''": "guess-1 guess-2",
        "speciate show b": "best",
        "speciate show g": "guess-1 guess-2",
        "speciate log --run guess-2 --fo": "--follow",
        "speciate log --type p": "probed proposed placed",
        "speciate best --runs elsewhere ''": "other-1",
        "speciate rm guess-1 gu": "guess-1 guess-2",
        "speciate run mine": "mine.py",
        "speciate run bin_packing_": " ".join(each for each in names() if each.startswith("bin_packing_")),
        "speciate run bin_packing --recipe ''": " ".join(RECIPES),
        "speciate run bin_packing --evals ''": "",
        "speciate run x --color a": "auto always",
        "speciate recipes ma": "map_elites",
        "speciate completion ''": "bash zsh fish",
        "speciate show --runs el": "elsewhere",
        "speciate nonsense ''": "",
    }
    lines = "\n".join(f"try {each}" for each in asked)
    ran = subprocess.run(
        ["bash", "--norc", "-c", f"{script}\n{TRY}\n{lines}\ncomplete -p speciate"],
        capture_output=True, text=True, check=True, env={"PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert ran.stderr == ""
    said = ran.stdout.splitlines()
    assert dict(zip(asked, said, strict=False)) == asked
    assert said[-1] == "complete -F _speciate speciate"


@pytest.mark.parametrize("shell", Shell)
def test_every_shell_takes_its_script(tell: Tell, here: Path, shell: Shell) -> None:
    ran = tell("completion", shell)
    assert (ran.code, ran.err) == (0, "")
    assert all(verb in ran.out for verb in VERBS)
    assert tell("completion", shell, "--json").document["script"].rstrip("\n") == ran.out.rstrip("\n")
    if found := shutil.which(shell):
        (here / "script").write_text(ran.out)
        checked = subprocess.run([found, "-n", "script"], capture_output=True, text=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, "")


def test_a_shell_that_is_not_known(tell: Tell) -> None:
    assert (
        tell("completion", "bsh").err
        == "error: no completion for `bsh`; nearest: bash\ndo:    one of bash, zsh, fish\n"
    )
    assert tell("completion").err.splitlines()[0] == "error: speciate completion needs SHELL"


def test_every_verb_is_in_the_table_with_its_flags() -> None:
    verbs = {each.name: each for each in words().verbs}
    assert set(verbs) == set(VERBS)
    assert all(any("--json" in flag.names for flag in verb.flags) for verb in verbs.values())
    follow = next(flag for flag in verbs["log"].flags if "--follow" in flag.names)
    assert (follow.names, follow.takes) == (("-f", "--follow"), False)
