"""Single keys from a terminal, without waiting for them."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def keys() -> Iterator[bool]:
    """Inside, `pressed` sees single keys; whether it does is what this yields. Line mode comes back afterwards."""
    try:
        import termios

        fd = sys.stdin.fileno()
        if not _ours(fd):
            raise OSError("not a terminal of ours")
        before = termios.tcgetattr(fd)
    except (ImportError, OSError, ValueError):
        yield False
        return
    try:
        _single(fd)
        yield True
    finally:
        if _ours(fd):
            termios.tcsetattr(fd, termios.TCSADRAIN, before)


def pressed(wait: float) -> str:
    """The keys pressed within `wait` seconds, most often one or none; those that send several bytes beginning with
    Esc (arrows) are left out. In the background (Ctrl-Z, then `bg`) nothing is read: that would stop the process."""
    fd = sys.stdin.fileno()
    if not _ours(fd):
        time.sleep(wait)
        return ""
    _single(fd)  # again, since a shell sets its own mode while a job is stopped
    ready, _, _ = select.select([fd], [], [], wait)
    if not ready or not _ours(fd):
        return ""
    typed = os.read(fd, 1024).decode("utf-8", "ignore")
    return "" if len(typed) > 1 and typed[0] == "\x1b" else typed


def _ours(fd: int) -> bool:
    """Whether it is a terminal with this process in its foreground."""
    try:
        return os.isatty(fd) and os.tcgetpgrp(fd) == os.getpgrp()
    except OSError:  # the terminal was closed
        return False


def _single(fd: int) -> None:
    """Every key at once and unseen; Ctrl-C still makes its signal."""
    import termios

    mode = termios.tcgetattr(fd)
    if mode[3] & (termios.ICANON | termios.ECHO):
        mode[3] &= ~(termios.ICANON | termios.ECHO)
        termios.tcsetattr(fd, termios.TCSADRAIN, mode)
