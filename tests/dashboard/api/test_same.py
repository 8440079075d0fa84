"""What a page is told is what the command line prints with --json, byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from speciate.cli import main
from speciate.core.errors import SpeciateError
from speciate.core.values import Command
from speciate.dashboard.api import failed
from speciate.store.queries import Run
from speciate.store.sqlite import request

from .conftest import bytes_of

ID = "/candidates/{id}"
SAME: list[tuple[list[str], str, dict[str, str], dict[str, str]]] = [
    (["show"], "/summary", {}, {}),
    (["show", "best"], ID, {"id": "best"}, {}),
    (["show", "3"], ID, {"id": "3"}, {}),
    (["show", "4"], ID, {"id": "4"}, {}),
    (["show", "5~1"], ID, {"id": "5~1"}, {}),
    (["show", "1", "--prompt"], f"{ID}/prompt", {"id": "1"}, {}),
    (["show", "5", "--prompt"], f"{ID}/prompt", {"id": "5"}, {}),
    (["show", "1", "--log"], f"{ID}/log", {"id": "1"}, {}),
    (["diff", "best"], f"{ID}/diff", {"id": "best"}, {}),
    (["diff", "3", "seed"], f"{ID}/diff", {"id": "3"}, {"to": "seed"}),
    (["failures"], "/failures", {}, {}),
    (["failures", "1"], "/failures", {}, {"group": "1"}),
]


@pytest.mark.parametrize(("words", "pattern", "path", "query"), SAME, ids=lambda each: " ".join(each) if each else "-")
@pytest.mark.parametrize("which", ["plain", "talk"])
def test_one_document(
    which: str,
    words: list[str],
    pattern: str,
    path: dict[str, str],
    query: dict[str, str],
    request: pytest.FixtureRequest,
    capfdbinary: Any,
) -> None:
    file: Path = request.getfixturevalue(which)
    verb, *rest = words
    named = [file.stem] if verb in ("show", "failures") and not (verb == "show" and rest) else ["--run", file.stem]
    with Run(file) as run:
        try:
            expected = bytes_of(run, pattern, path, **query)
        except SpeciateError as error:
            expected = failed(error).encode()
    main([verb, *(named + rest if named[0] == file.stem else rest + named), "--runs", str(file.parent), "--json"])
    printed: bytes = capfdbinary.readouterr().out
    assert printed == expected


def test_a_candidate_that_is_not_there_is_the_same_error(plain: Path, capfdbinary: Any) -> None:
    with Run(plain) as run, pytest.raises(SpeciateError) as caught:
        bytes_of(run, ID, {"id": "9999"})
    main(["show", "9999", "--run", plain.stem, "--runs", str(plain.parent), "--json"])
    assert capfdbinary.readouterr().out == failed(caught.value).encode()


def test_a_command_is_told_as_the_verb_tells_it(plain: Path, tmp_path: Path, capfdbinary: Any) -> None:
    copy = tmp_path / plain.name
    copy.write_bytes(plain.read_bytes())
    main(["hint", "shorter loops", "--run", plain.stem, "--runs", str(tmp_path), "--json"])
    number = request(copy, Command("pin", {"id": 1}, "ada")) - 1
    with Run(copy) as run:
        assert capfdbinary.readouterr().out == bytes_of(run, "/commands/{id}", {"id": str(number)})
