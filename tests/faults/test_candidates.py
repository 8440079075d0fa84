"""Every hostile candidate of the tables costs one evaluation, behind bubblewrap and without it: the run goes on to its
end, nothing that was evaluated is lost, nothing is invented, and the user reads the cause and the count."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from speciate.cli import main
from speciate.cli.attacks import Attack, Door, Target, Way, attacks
from speciate.core.problem import Limits
from speciate.sandbox import Layer, available

from . import endings, lying, resources, texts
from .candidates import BY_COMMAND, HONEST, SPOKEN, Ended, Fault, Injected, Limited, judged, sound
from .looking import looking

AT_ONCE = [*endings.FAULTS, *resources.LARGE, *lying.ANSWERS, *lying.FORGERIES, *texts.FAULTS]


def test_each_costs_one_candidate(
    inject: Injected, wall: str, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    ended = inject(AT_ONCE)
    assert judged(ended, AT_ONCE) == []
    assert [*tmp_path.rglob("*escaped*")] == []
    assert not Path(texts.ESCAPED).exists()
    assert not Path("/escaped").exists()
    if wall == "built-in":  # what is shown is read from the store, whatever stood around the candidates
        shown(ended, capsysbinary)


def shown(ended: Ended, out: pytest.CaptureFixture[bytes]) -> None:
    """Every verb shows it without steering the terminal, and as JSON to the last character."""
    runs = ["--runs", str(ended.path.parent)]
    hostile = {repr(dict(each.genome.files)) for each in texts.FAULTS}
    shows = [["show", str(each.row.id)] for each in ended.found if repr(dict(each.files)) in hostile]
    assert len(shows) == len(texts.FAULTS)
    others = [["failures"], ["failures", "1"], ["log"], ["show"], ["runs"]]
    for words in [*shows, *others]:
        assert main([*words, *runs]) == 0, words
        text = out.readouterr().out.decode()
        assert [each for each in text if not (each.isprintable() or each in "\n\t")] == [], words
    for words in [*shows[::4], *others]:
        assert main([*words, *runs, "--json"]) == 0, words
        for line in out.readouterr().out.decode().splitlines():
            json.loads(line)


def test_time_is_limited_and_what_check_tries_is_survived(inject: Injected, tmp_path: Path) -> None:
    tried = list(_tried(Door(Way.CALLS, ("answer",)), tmp_path))
    faults = [*resources.SLOW, *_as_faults(tried)]
    ended = inject(faults, Limited(seconds=0.6))
    assert judged(ended, faults) == []
    assert _better_than_honest(ended, tried) == {}


def test_what_check_tries_of_a_command_is_survived(inject: Injected, tmp_path: Path) -> None:
    tried = list(_tried(Door(Way.COMMAND), tmp_path))
    ended = inject(_as_faults(tried), Limited(seconds=1.0, evaluate=BY_COMMAND))
    assert judged(ended, _as_faults(tried)) == []
    assert _better_than_honest(ended, tried) == {}


def _tried(door: Door, folder: Path) -> Iterator[Attack]:
    """The programs of `speciate check`."""
    target = Target((str(folder / "guess" / "evaluate.py"), str(folder / "guess" / "secret.txt")), 9)
    return attacks(sound(0), door, Limits(memory=2**28, message=2**22), target)


def _as_faults(tried: Sequence[Attack]) -> list[Fault]:
    """Of any status: what must become of each is for `speciate check` to say."""
    return [Fault(each.name, each.text, "", "", "") for each in tried]


def _better_than_honest(ended: Ended, tried: Sequence[Attack]) -> dict[str, float]:
    found = {each.text: each.row.score for each in ended.found}
    scores = {each.name: found[each.text] for each in tried}
    return {name: score for name, score in scores.items() if score is not None and score < HONEST - 1e-9}


def test_processes_are_limited_and_none_outlives_its_candidate(inject: Injected, wall: str) -> None:
    if wall != "bubblewrap" and Layer.USER not in available():
        pytest.skip("needs bubblewrap, or root: else nothing limits a candidate that may start processes")
    limited = Limited(0.6, processes=8, slots=1, evaluate=resources.WATCHFUL)
    assert judged(inject(resources.CROWDS, limited), resources.CROWDS) == []


def test_the_disk_is_limited(inject: Injected, wall: str) -> None:
    ended = inject(resources.DISK, Limited(0.6))
    assert judged(ended, resources.DISK) == []
    said = next(each.feedback for each in ended.found if each.row.status == "crashed")
    assert said is not None
    assert ("No space left" if wall == "bubblewrap" else "wrote more than 1 MB of files") in said


def test_nothing_is_found_and_nobody_reached(inject: Injected, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not {Layer.BUBBLEWRAP, Layer.LANDLOCK} & available().on or Layer.SECCOMP not in available():
        pytest.skip("needs seccomp, and bubblewrap or landlock: else a candidate can look around")
    home = tmp_path / "home"
    home.mkdir()
    (home / ".key").write_text(SPOKEN)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PROVIDER_API_KEY", SPOKEN)
    with listening() as port:
        faults = [*looking(str(tmp_path), os.getpid(), port), *lying.PATCHES]
        assert judged(inject(faults, Limited(slots=1, packages=("numpy",))), faults) == []
    assert {each.name for each in tmp_path.iterdir()} == {"guess", "home", "runs"}
    files = {"evaluate.py", "problem.toml", "secret.txt", "seed.py"}
    assert {each.name for each in (tmp_path / "guess").iterdir()} == files


@contextmanager
def listening() -> Iterator[int]:
    """A port where somebody listens, by both protocols, and in the end has heard nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        port = int(server.getsockname()[1])
        ear.bind(("127.0.0.1", port))
        yield port
        for each in (server, ear):
            each.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
        with pytest.raises(BlockingIOError):
            ear.recv(1)
