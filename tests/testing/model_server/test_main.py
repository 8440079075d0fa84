"""The server as a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import speciate
from speciate.testing.model_server import Fault, Format, Means, Settings, Throttle, latency, read
from speciate.testing.model_server.__main__ import parser, settings

from .client import ask, chat

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(speciate.__file__).parents[1])}
PAGE = Path(__file__).parents[3] / "docs" / "model-server.md"
COMMAND = (sys.executable, "-m", "speciate.testing.model_server")


@contextmanager
def started(*flags: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    process = subprocess.Popen((*COMMAND, *flags), stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process
    finally:
        process.kill()
        process.communicate()


def test_it_prints_where_it_is_and_ends_when_told(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    with started("--edit", "number", "--faults", "500=1", "--transient", "1", "--log", str(log)) as (url, process):
        assert url.startswith("http://127.0.0.1:")
        assert [chat(url).status for _ in range(2)] == [500, 200]
        assert ask(url, "/status").data["requests"] == 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert [(entry.status, entry.fault) for entry in read(log)][:2] == [(500, "500"), (200, "")]


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--faults", "nonsense=1"), "error: no fault 'nonsense'"),
        (("--latency", "soon"), "error: 'soon' is no latency"),
        (("--latency", "2..1"), "error: a latency from 2.0 to 1.0 seconds is none"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(flags: tuple[str, ...], told: str) -> None:
    ended = subprocess.run((*COMMAND, *flags), capture_output=True, text=True, env=ENVIRONMENT, timeout=60)
    assert ended.returncode == 2
    assert ended.stderr.startswith(told)
    assert "\n   do: " in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_port_that_is_taken() -> None:
    with started() as (url, _):
        port = url.rpartition(":")[2].removesuffix("/v1")
        ended = subprocess.run((*COMMAND, "--port", port), capture_output=True, text=True, env=ENVIRONMENT, timeout=60)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"error: cannot listen at 127.0.0.1:{port}")


def test_it_needs_no_pytest() -> None:
    code = "import sys, speciate.testing.model_server as m; m.Server(); print('pytest' in sys.modules)"
    ended = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, env=ENVIRONMENT, timeout=60)
    assert ended.stdout == "False\n", ended.stderr


def test_the_page_names_every_flag_and_fault_and_format() -> None:
    page = PAGE.read_text(encoding="utf-8")
    flags = {name for each in parser()._actions for name in each.option_strings if name not in ("-h", "--help")}
    assert {flag for flag in flags if not re.search(rf"{flag}\b", page)} == set()
    assert {name for name in (*Fault, *Format) if f"`{name}`" not in page} == set()


def test_every_setting_has_a_flag() -> None:
    words = (
        "--host localhost --port 1 --seed 2 --latency 0.5..2 --faults 429=0.5 --transient 3 --edit number --same "
        "--models a,b --key k --rpm 4 --tpm 5 --concurrency 6 --window 7 --retry-after 8 --hang 9 --huge 10 --log x"
    )
    assert settings(words.split()) == Settings(
        seed=2,
        latency=(0.5, 2.0),
        faults={Fault.THROTTLED: 0.5},
        transient=3,
        means=Means.NUMBER,
        same=True,
        models=("a", "b"),
        key="k",
        throttle=Throttle(4, 5, 6, 7.0),
        retry_after=8.0,
        hang=9.0,
        huge=10,
        log=Path("x"),
        host="localhost",
        port=1,
    )
    assert settings([]) == Settings()
    assert latency("1.5") == (1.5, 1.5)
