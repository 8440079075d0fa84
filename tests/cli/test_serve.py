"""`speciate serve`: what it says, whom it refuses, and that runs and pages outlive one another."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from speciate.cli.options import PLAIN
from speciate.cli.serving import ENGINE, beside
from speciate.cli.submission import from_page
from speciate.cli.terminal import Terminal
from speciate.core.errors import UsageError
from speciate.store.queries import Run
from speciate.store.views import StateName

from .conftest import SEED, Speciate

LIMIT = 60.0  # seconds


class Page:
    """A server in a process of its own, and what its link lets one ask."""

    def __init__(self, folder: Path, *tokens: str) -> None:
        argv = [sys.executable, "-m", "speciate", "serve", "--port", "0", "--json", *tokens]
        self.process = subprocess.Popen(argv, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate()
        self.said: dict[str, Any] = json.loads(line)

    def get(self, path: str, method: str = "GET", body: Any = None) -> tuple[int, dict[str, Any]]:
        return get(self.said["url"], path, method, body)

    def end(self, number: int) -> tuple[int, str]:
        """The exit code, and what it said on stderr."""
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=LIMIT)
        return self.process.returncode, err


def get(link: str, path: str, method: str = "GET", body: Any = None) -> tuple[int, dict[str, Any]]:
    found = urlsplit(link)
    headers = {"Authorization": f"Bearer {found.fragment.removeprefix('t=')}", "Content-Type": "application/json"}
    with closing(HTTPConnection(found.netloc, timeout=LIMIT)) as connection:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, json.load(answer)


@contextmanager
def page(folder: Path, *tokens: str) -> Iterator[Page]:
    made = Page(folder, *tokens)
    try:
        yield made
    finally:
        if made.process.poll() is None:
            made.process.kill()
        made.process.communicate()


@contextmanager
def engine(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    argv = [sys.executable, "-m", "speciate", "run", "guess", "-q", "--evals", "1000000", "-j", "1"]
    process = subprocess.Popen(argv, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: evals(folder) > 3)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def evals(folder: Path) -> int:
    path = folder / "runs" / "guess-1.db"
    if not path.exists():
        return 0
    with Run(path) as run:
        return run.summary().evals


def until(ready: Callable[[], bool]) -> None:
    tick = threading.Event()
    for _ in range(int(LIMIT / 0.02)):
        if ready():
            return
        tick.wait(0.02)
    raise AssertionError("nothing happened")


def test_it_says_its_link_and_leaves_runs_alone(made: Path) -> None:
    before = (made / "runs" / "guess-1.db").read_bytes()
    with page(made) as found:
        said = found.said
        assert said["kind"] == "serve"
        assert (said["runs"], said["running"], said["pid"]) == (1, 0, found.process.pid)
        assert said["folder"] == str(made / "runs")
        assert urlsplit(said["url"]).fragment == f"t={(made / 'runs' / '.token').read_text().strip()}"
        status, runs = found.get("/api/runs")
        assert (status, [each["run"] for each in runs["runs"]]) == (200, ["guess-1"])
        status_file = Path(f"/proc/{found.process.pid}/status")
        if status_file.exists():
            maps = Path(f"/proc/{found.process.pid}/maps").read_text()
            assert "numpy" not in maps
            assert "scipy" not in maps
        assert found.end(signal.SIGINT) == (0, "")
    assert (made / "runs" / "guess-1.db").read_bytes() == before
    with page(made, "--read-only", "guess-1") as found:
        assert urlsplit(found.said["url"]).fragment == urlsplit(said["url"]).fragment  # the link stays the same
        assert found.get("/api/runs/guess-1/commands", "POST", {"verb": "stop"})[0] == 403
        assert found.end(signal.SIGTERM) == (0, "")


def test_whom_it_refuses(speciate: Speciate, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = speciate("serve", "--host", "0.0.0.0", "--no-token")
    assert ran.code == 2
    assert "--host 0.0.0.0 can be reached from other machines" in ran.err
    assert "do:    leave --no-token away, or --host 127.0.0.1" in ran.err
    assert speciate("serve", "--port", "70000").err.startswith("error: --port 70000: expected a number from 0 to 65535")
    monkeypatch.setenv("SPECIATE_PORT", "many")
    assert speciate("serve").err.startswith("error: SPECIATE_PORT=many: expected a number")
    monkeypatch.delenv("SPECIATE_PORT")
    assert "no run named `guess-9`" in speciate("serve", "guess-9").err
    assert "two runs are called" in speciate("serve", *twins(here)).err
    assert not (here / "runs").exists()


def twins(here: Path) -> tuple[str, str]:
    for folder in ("a", "b"):
        (here / folder).mkdir()
        (here / folder / "x.db").touch()
    return "a/x.db", "b/x.db"


def test_a_port_that_is_taken(speciate: Speciate, here: Path) -> None:
    (here / "runs").mkdir()
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        answering = threading.Thread(target=lambda: other.accept()[0].close())
        answering.start()
        ran = speciate("serve", "--port", str(port), "--json")
        answering.join(LIMIT)
    assert ran.code == 2
    assert ran.document["error"] == {
        "code": "PortTaken",
        "what": f"port {port} is taken by another program",
        "do": "--port 0 for any free one",
    }


@pytest.mark.timeout(400)  # five processes, one after the other
def test_page_and_engine_die_in_any_order(here: Path) -> None:
    with engine(here) as running, page(here) as first:
        status, asked = first.get("/api/runs/guess-1/commands", "POST", {"verb": "hint", "args": {"text": "closer"}})
        assert status == 202
        number = asked["id"]
        until(lambda: first.get(f"/api/runs/guess-1/commands/{number}")[1]["state"] == "done")
        first.process.kill()
        first.process.wait()
        before = evals(here)
        until(lambda: evals(here) > before)  # nobody told the engine
        with page(here) as second:
            assert second.said["url"].partition("#")[2] == first.said["url"].partition("#")[2]
            running.kill()
            running.wait()
            state = second.get("/api/runs/guess-1/summary")[1]["state"]
            assert (state["name"], state["why"]) == ("lost", "engine gone")
            done = second.get("/api/runs/guess-1/summary")[1]["evals"]
            argv = [sys.executable, "-m", "speciate", "resume", "guess-1", "-q", "--evals", str(done + 5), "-j", "1"]
            assert subprocess.run(argv, cwd=here, stdout=subprocess.DEVNULL, timeout=LIMIT, check=False).returncode == 0
            summary = second.get("/api/runs/guess-1/summary")[1]
            assert (summary["state"]["name"], summary["evals"]) == ("finished", done + 5)
            assert second.end(signal.SIGINT)[0] == 0
    with Run(here / "runs" / "guess-1.db") as run:
        assert run.state().name is StateName.FINISHED


def test_a_page_beside_a_run_outlives_it(speciate: Speciate, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speciate.cli.serving.PATIENCE", LIMIT)
    monkeypatch.setenv("SPECIATE_PORT", "0")
    ran = speciate("run", "guess", "--serve", "--evals", "5", "-j", "1")
    assert ran.code == 0
    (line,) = [each for each in ran.err.splitlines() if each.startswith("dashboard http://")]
    status, summary = get(line.removeprefix("dashboard "), "/api/runs/guess-1/summary")
    assert (status, summary["state"]["name"]) == (200, "finished")
    os.kill(serving(here), signal.SIGTERM)


def serving(here: Path) -> int:
    """The process that serves this folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_bytes().split(b"\0")
            if b"serve" in words and (path / "cwd").resolve() == here:
                found.append(int(path.name))
        except OSError:
            continue
    (number,) = found
    return number


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ({"url": "http://127.0.0.1:1/#t=a"}, "dashboard http://127.0.0.1:1/#t=a"),
        ({"error": {"what": "no luck", "do": "again"}}, "no dashboard: no luck · again"),
        ({}, "no dashboard: it did not start · speciate serve says why"),
        (None, "no dashboard: it did not start · speciate serve says why"),
    ],
)
def test_a_page_that_does_not_come_is_a_line(
    said: Mapping[str, Any] | None, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def started(argv: list[str], **options: Any) -> SimpleNamespace:
        assert options["env"][ENGINE] == str(options["pass_fds"][0])
        return SimpleNamespace(stdout=io.BytesIO(b"" if said is None else json.dumps(said).encode()))

    monkeypatch.setattr("speciate.cli.serving.subprocess.Popen", started)
    with beside(tmp_path, True, Terminal.of(), PLAIN) as found:
        assert found.lines() == [line]
        assert found.lines() == []
    with beside(tmp_path, False, Terminal.of(), PLAIN) as none:
        assert none.lines() == []


def test_what_may_be_submitted_from_the_page(made: Path) -> None:
    path = made / "runs" / "guess-1.db"
    better = SEED.replace("10.0", "3.0 + case")
    args = from_page(path, {"text": better})
    assert args["text"] == better
    assert len(args["key"]) > 10
    assert from_page(path, {"text": better, "parent": 1})["parent"] == 1
    for said, what in (
        ({}, "there is no text to submit"),
        ({"text": 3}, "there is no text to submit"),
        ({"text": "import os\n" + better}, "the program line 1 differs from the seed outside the EVOLVE-BLOCK"),
        ({"files": {"other.py": "x"}}, "the program has no file other.py"),
        ({"text": better, "parent": "best"}, "parent: expected a candidate's number"),
        ({"text": better, "parent": 999}, "has no candidate 999"),
    ):
        with pytest.raises(UsageError, match=what):
            from_page(path, said)
