"""Single keys on a pseudo terminal: what a shell does to it meanwhile is undone, and in the background it is let be."""

from __future__ import annotations

import os
import termios
from collections.abc import Iterator

import pytest

from speciate.cli.keys import keys, pressed


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, int]]:
    """The user's end and ours, which is stdin and in the foreground."""
    user, ours = os.openpty()
    with os.fdopen(ours, closefd=False) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        monkeypatch.setattr("os.tcgetpgrp", lambda fd: os.getpgrp())
        yield user, ours
    for each in (user, ours):
        os.close(each)


def in_lines(fd: int) -> bool:
    return bool(termios.tcgetattr(fd)[3] & termios.ICANON)


def test_a_key_needs_no_enter_and_line_mode_comes_back(terminal: tuple[int, int]) -> None:
    user, ours = terminal
    with keys() as read:
        assert read
        assert not in_lines(ours)
        os.write(user, b"p")
        assert pressed(1.0) == "p"
        os.write(user, b"\x1b[A")
        assert pressed(1.0) == ""
    assert in_lines(ours)


def test_after_a_stop_the_mode_is_set_again(terminal: tuple[int, int]) -> None:
    user, ours = terminal
    shells = termios.tcgetattr(ours)
    with keys():
        termios.tcsetattr(ours, termios.TCSADRAIN, shells)  # as a shell does on Ctrl-Z
        assert pressed(0.0) == ""
        os.write(user, b"s")
        assert pressed(1.0) == "s"


def test_in_the_background_nothing_is_read(terminal: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    user, _ = terminal
    with keys():
        os.write(user, b"s")
        with monkeypatch.context() as context:
            context.setattr("os.tcgetpgrp", lambda fd: os.getpgrp() + 1)
            assert pressed(0.0) == ""
        assert pressed(1.0) == "s"
