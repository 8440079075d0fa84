"""What the layers are said to leave possible is all that a candidate can do behind them."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from speciate.core.problem import Limits
from speciate.sandbox import Layer, Sandbox, available

LIMITS = Limits(seconds=20.0, memory=2**28, files=2**20)
PROGRAM = """
import os

def done(path, port, pid):
    return [words for words, attempt in {
        "read your files": lambda: open(path).read(),
        "change your files": lambda: [each() for each in (lambda: os.chmod(path, 0o600), lambda: os.truncate(path, 3))],
        "use the network": lambda: connect(port),
        "end your processes and start its own without number": lambda: os.kill(pid, 0),
        "take all memory": lambda: len(bytearray(2**33)),
        "fill the disk": fill,
        "call all of the kernel": namespace,
    }.items() if succeeds(attempt)]

def succeeds(attempt):
    try:
        attempt()
        return True
    except (OSError, ImportError, MemoryError):
        return False

def connect(port):
    import socket
    socket.create_connection(("127.0.0.1", port), 5).close()

def fill():
    # files that have no name any more are found by no look at the folder
    held = []
    for at in range(40):
        held.append(open("big", "wb"))
        os.unlink("big")
        held[-1].write(bytes(2**16))
        held[-1].flush()

def namespace():
    import ctypes
    if ctypes.CDLL(None, use_errno=True).unshare(0x04000000):
        raise OSError
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the layers are Linux's")
@pytest.mark.parametrize("processes", [0, 4])
@pytest.mark.parametrize(
    "off",
    [
        (),
        (Layer.BUBBLEWRAP,),
        (Layer.SECCOMP,),
        (Layer.BUBBLEWRAP, Layer.USER),
        (Layer.BUBBLEWRAP, Layer.SECCOMP),
        (Layer.BUBBLEWRAP, Layer.LANDLOCK),
        (Layer.BUBBLEWRAP, Layer.LANDLOCK, Layer.USER),
        (Layer.BUBBLEWRAP, Layer.LANDLOCK, Layer.SECCOMP, Layer.USER),
    ],
    ids=lambda off: "without " + (" ".join(off) or "nothing"),
)
def test_no_more_is_possible_than_is_said(off: tuple[Layer, ...], processes: int, tmp_path: Path) -> None:
    layers = available().without(*off)
    mine = tmp_path / "mine"
    mine.write_text("mine")
    limits = Limits(LIMITS.seconds, LIMITS.memory, processes, LIMITS.files)
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        Sandbox([], limits, layers) as sandbox,
        sandbox.open({"seed.py": PROGRAM}) as program,
    ):
        done = program.call("done", str(mine), server.getsockname()[1], os.getpid())
    possible = layers.possible(processes)
    assert set(done) <= set(possible)
    if len(off) == 4:  # the test can fail: with nothing in its way the candidate does it all
        assert set(done) >= {"read your files", "change your files", "use the network", "fill the disk"}
