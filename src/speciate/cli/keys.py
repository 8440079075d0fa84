"""Single keys from a terminal, without waiting for them."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def keys() -> Iterator[bool]:
    """Inside, `pressed` sees single keys; whether it does is what this yields. Line mode comes back afterwards."""
    try:
        import termios

        fd = sys.stdin.fileno()
        if not os.isatty(fd) or os.tcgetpgrp(fd) != os.getpgrp():
            raise OSError("not a terminal of ours")
        before = termios.tcgetattr(fd)
    except (ImportError, OSError, ValueError):
        yield False
        return
    mode = termios.tcgetattr(fd)
    mode[3] &= ~(termios.ICANON | termios.ECHO)  # Ctrl-C still makes its signal
    try:
        termios.tcsetattr(fd, termios.TCSADRAIN, mode)
        yield True
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)


def pressed(wait: float) -> str:
    """The keys pressed within `wait` seconds, most often one or none; those that send several bytes beginning with
    Esc (arrows) are left out."""
    ready, _, _ = select.select([sys.stdin], [], [], wait)
    typed = os.read(sys.stdin.fileno(), 1024).decode("utf-8", "ignore") if ready else ""
    return "" if len(typed) > 1 and typed[0] == "\x1b" else typed
