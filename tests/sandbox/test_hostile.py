"""What a hostile candidate tries, and that it harms nobody: each case on both variants, and then a sound candidate."""

from __future__ import annotations

import os
import socket
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

import speciate
from speciate.core.values import Status
from speciate.sandbox import CandidateFault, Layer, Sandbox

from .conftest import LIMITS, SOUND, needs


def answer(sandbox: Sandbox, body: str, *args: Any, seconds: float | None = None) -> Any:
    """What a function of this body returns; afterwards, the next candidate must be unharmed."""
    text = "def attack(x=None):\n" + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
    try:
        with sandbox.open({"seed.py": text}, seconds=seconds) as program:
            return program.call("attack", *args)
    finally:
        with sandbox.open({"seed.py": SOUND}) as program:
            assert program.call("sound", 1) == 2


def fault(sandbox: Sandbox, body: str, *args: Any, seconds: float | None = None) -> CandidateFault:
    with pytest.raises(CandidateFault) as caught:
        answer(sandbox, body, *args, seconds=seconds)
    return caught.value


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "import time\ntime.sleep(60)",
        "import signal, time\nfor n in (15, 14, 2, 24): signal.signal(n, signal.SIG_IGN)\nwhile True: time.sleep(9)",
        "import os\nos.close(3)\nwhile True: pass",
    ],
    ids=["busy", "asleep", "deaf", "mute"],
)
def test_what_never_ends_is_a_timeout(sandbox: Sandbox, body: str) -> None:
    began = time.monotonic()
    found = fault(sandbox, body, seconds=0.3)
    assert found.status is (Status.CRASHED if "close(3)" in body else Status.TIMEOUT)
    assert time.monotonic() - began < 4


def test_timeout_says_the_budget(sandbox: Sandbox) -> None:
    assert fault(sandbox, "while True: pass", seconds=0.2).reason == "used up its 0.2 s"


@pytest.mark.parametrize(
    ("body", "line"),
    [("return len(bytearray(2**31))", 2), ("import numpy\nx = []\nwhile True: x.append(numpy.empty(2**21))", 4)],
)
def test_memory_is_limited(sandbox: Sandbox, body: str, line: int) -> None:
    found = fault(sandbox, body)
    assert (found.status, found.reason) == (Status.CRASHED, f"used more than 128 MB, seed.py line {line}")


def test_memory_that_no_limit_counts_is_refused(sandbox: Sandbox) -> None:
    needs(sandbox.layers, Layer.SECCOMP)
    assert "PermissionError" in fault(sandbox, "import os\nreturn os.memfd_create('x')").reason


FORK_BOMB = """
import os, time
made = 0
try:
    while made < 200:
        if os.fork() == 0:
            time.sleep(60)
        made += 1
except OSError:
    pass
return made
"""


def test_no_process_without_leave(sandbox: Sandbox) -> None:
    needs(sandbox.layers, Layer.USER, Layer.SECCOMP)
    assert answer(sandbox, FORK_BOMB) == 0


def test_fork_bomb_ends_at_the_limit_and_is_swept(crowded: Sandbox) -> None:
    needs(crowded.layers, Layer.USER, Layer.BUBBLEWRAP)
    assert answer(crowded, FORK_BOMB) == 4


def test_threads_count_as_processes(sandbox: Sandbox) -> None:
    needs(sandbox.layers, Layer.USER, Layer.SECCOMP)
    body = "import threading, time\nthreading.Thread(target=time.sleep, args=(9,)).start()"
    assert fault(sandbox, body).reason.startswith("RuntimeError: can't start new thread")


def test_daemon_does_not_outlive_its_candidate(crowded: Sandbox) -> None:
    body = """
    import os, time
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while True:
                open("alive", "a").write("x")
                time.sleep(0.001)
        os._exit(0)
    os.wait()
    while not os.path.exists("alive"):
        time.sleep(0.001)
    return os.getcwd()
    """
    assert answer(crowded, body)
    # the folder is emptied before each candidate: a survivor would write to it again
    look = "import os, time\ntime.sleep(0.05)\nreturn os.listdir('.')"
    assert answer(crowded, look) == []


def test_endless_output_is_cut(sandbox: Sandbox) -> None:
    found = fault(sandbox, "while True: print('x' * 1000)")
    assert found.status in {Status.CRASHED, Status.TIMEOUT}
    assert found.output.startswith("xxxx")
    assert len(found.output) <= 4096


def test_output_of_one_is_not_that_of_the_next(sandbox: Sandbox) -> None:
    moves = "import os\ndef f():\n    print('one', flush=True)\n    os.lseek(1, 10**6, 0)"
    with sandbox.open({"seed.py": moves}) as program:
        program.call("f")
        assert program.close().output == "one\n"
    with sandbox.open({"seed.py": "def f(): print('two')"}) as program:
        program.call("f")
        assert program.close().output == "two\n"


def test_files_can_be_written_only_in_its_folder(sandbox: Sandbox, tmp_path: Path) -> None:
    needs(sandbox.layers, Layer.BUBBLEWRAP, Layer.LANDLOCK)
    tmp_path.chmod(0o777)
    body = """
    import os
    places = [*x, "/", "/tmp", "/var/tmp", "/dev/shm", "/etc", "/usr", os.path.dirname(os.__file__)]
    written = []
    for place in places:
        try:
            open(place + "/written", "w").write("x")
            written.append(place)
        except OSError:
            pass
    open("own", "w").write("x")
    return written
    """
    assert answer(sandbox, body, [str(tmp_path), str(Path.home()), os.getcwd()]) == []
    assert list(tmp_path.iterdir()) == []


def test_disk_is_limited(sandbox: Sandbox) -> None:
    found = fault(sandbox, "with open('big', 'wb') as f:\n    for _ in range(100): f.write(bytes(2**16))")
    assert found.reason.startswith("OSError: [Errno 27] File too large") or "No space left" in found.reason
    found = fault(sandbox, "i = 0\nwhile True:\n    i += 1\n    open(str(i), 'wb').write(bytes(2**16))")
    inside = Layer.BUBBLEWRAP in sandbox.layers
    assert found.status is Status.CRASHED
    assert ("No space left" if inside else "wrote more than 1 MB of files") in found.reason


def test_what_it_leaves_is_gone(sandbox: Sandbox) -> None:
    body = "import os\nfor _ in range(400):\n    os.mkdir('d'); os.chdir('d')\nos.symlink('/etc', 'l')"
    answer(sandbox, body)
    assert answer(sandbox, "import os\nreturn os.listdir('.')") == []


def test_a_deep_maze_costs_one_warm_process(sandbox: Sandbox) -> None:
    answer(sandbox, "import os\nfor _ in range(1200):\n    os.mkdir('d'); os.chdir('d')")
    assert answer(sandbox, "import os\nreturn os.listdir('.')") == []


def test_no_network(sandbox: Sandbox) -> None:
    needs(sandbox.layers, Layer.BUBBLEWRAP, Layer.SECCOMP)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        body = "import socket\nsocket.create_connection(('127.0.0.1', x), 0.2)"
        assert "Error: [Errno" in fault(sandbox, body, server.getsockname()[1]).reason
        with pytest.raises(BlockingIOError):
            server.accept()


def test_environment_is_empty_of_secrets(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    with Sandbox([], sandbox.limits, sandbox.layers) as other:
        found = answer(other, "import os\nreturn dict(os.environ)")
    assert set(found) <= {"HOME", "TMPDIR", "PATH", "LANG", "PYTHONHASHSEED", "LC_CTYPE", "PWD"} | {
        name for name in found if name.endswith("_NUM_THREADS")
    }


def test_secrets_of_the_machine_cannot_be_read(sandbox: Sandbox, tmp_path: Path) -> None:
    needs(sandbox.layers, Layer.BUBBLEWRAP, Layer.LANDLOCK)
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    secret.chmod(0o644)
    pids = [1, os.getpid(), os.getppid()]
    paths = [str(secret), "/etc/shadow", "/etc/passwd", speciate.__file__, __file__]
    paths += [f"/proc/{pid}/{name}" for pid in pids for name in ("environ", "mem", "maps")]
    body = """
    read = []
    for path in x:
        try:
            open(path, "rb").read(1)
            read.append(path)
        except OSError:
            pass
    return read
    """
    assert answer(sandbox, body, paths) == []


def test_others_cannot_be_signalled_or_traced(sandbox: Sandbox) -> None:
    needs(sandbox.layers, Layer.BUBBLEWRAP, Layer.USER, Layer.SECCOMP)
    body = """
    import ctypes, os
    done = []
    for pid in (1, os.getppid(), *x):
        for number in (0, 9):
            try:
                os.kill(pid, number)
                done.append(["kill", pid, number])
            except OSError:
                pass
        if ctypes.CDLL(None).ptrace(16, pid, 0, 0) == 0:
            done.append(["ptrace", pid])
    return done
    """
    done = answer(sandbox, body, [os.getpid()])
    if Layer.USER not in sandbox.layers:  # one user: process 1 of its own namespace takes signals, without effect
        done = [each for each in done if each[:2] != ["kill", 1]]
    assert done == []


def test_kill_everything(sandbox: Sandbox) -> None:
    needs(sandbox.layers, Layer.BUBBLEWRAP, Layer.USER, Layer.SECCOMP)
    assert fault(sandbox, "import os\nos.kill(-1, 9)\nos.kill(0, 9)\nreturn {1}").status in Status


OTHERS = """
import fcntl, os, resource, socket
one, other = socket.socketpair()
pid, path = x
owner = pid.to_bytes(4, "little")
done = []
for name, attempt in {
    "signal": lambda: os.kill(pid, 0),
    "owner": lambda: fcntl.fcntl(one, fcntl.F_SETOWN, pid),
    "owner by ioctl": lambda: fcntl.ioctl(one, 0x8901, owner),
    "group by ioctl": lambda: fcntl.ioctl(one, 0x8902, owner),
    "limits": lambda: resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0)),
    "cores": lambda: os.sched_setaffinity(pid, {0}),
    "priority": lambda: os.setpriority(os.PRIO_PROCESS, pid, 19),
    "mode": lambda: os.chmod(path, 0o777),
    "time": lambda: os.utime(path, (1, 1)),
    "cut": lambda: os.truncate(path, 0),
    "cut while reading": lambda: os.close(os.open(path, os.O_RDONLY | os.O_TRUNC)),
    "cut unread": lambda: os.close(os.open(path, 3 | os.O_TRUNC)),
    "remove": lambda: os.unlink(path),
}.items():
    try:
        attempt()
        done.append(name)
    except OSError:
        pass
return done
"""


@pytest.mark.parametrize("shared", [(), (Layer.USER,)])  # whether it has our own user, as all have who are not root
def test_what_belongs_to_the_same_user_is_out_of_reach(
    sandbox: Sandbox, shared: tuple[Layer, ...], tmp_path: Path
) -> None:
    needs(sandbox.layers, Layer.BUBBLEWRAP, Layer.SECCOMP)
    mine = tmp_path / "mine"
    mine.write_text("mine")
    mine.chmod(0o600)
    with Sandbox([], LIMITS, sandbox.layers.without(*shared)) as other:
        done = answer(other, OTHERS, [os.getpid(), str(mine)])
    # to name an owner is refused nowhere but where the signal would arrive
    assert set(done) <= {"owner", "owner by ioctl", "group by ioctl"}
    if shared and Layer.BUBBLEWRAP not in sandbox.layers:
        assert done == []
    assert mine.read_text() == "mine"
    assert (mine.stat().st_mode & 0o777, mine.stat().st_mtime > 2) == (0o600, True)


def test_no_disk_beyond_the_limit_of_a_file(sandbox: Sandbox) -> None:
    needs(sandbox.layers, Layer.SECCOMP)
    body = """
    import ctypes
    call = ctypes.CDLL(None).fallocate
    call.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]
    with open("big", "w") as file:
        return [call(file.fileno(), keep_size, 0, 2**28) for keep_size in (0, 1)]
    """
    assert answer(sandbox, body) == [-1, -1]


def test_no_namespaces(sandbox: Sandbox) -> None:
    needs(sandbox.layers, Layer.SECCOMP)
    body = """
    import ctypes
    return [ctypes.CDLL(None).unshare(flag) for flag in (0x10000000, 0x20000, 0x40000000)]
    """
    assert answer(sandbox, body) == [-1, -1, -1]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("import os\nos._exit(0)", "ended its process itself, with exit code 0, before it answered"),
        ("import os\nprint('bye', flush=True)\nos._exit(3)", "ended its process itself, with exit code 3"),
        ("import sys\nsys.exit('done')", "SystemExit: done, seed.py line 3"),
        ("import ctypes\nctypes.string_at(0)", "killed by signal 11 (SIGSEGV), seed.py line 3"),
        ("import os\nos.abort()", "killed by signal 6 (SIGABRT), seed.py line 3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt, seed.py line 2"),
        ("def f(): f()\nf()", "RecursionError: maximum recursion depth exceeded"),
    ],
)
def test_a_crash_says_how_and_where(sandbox: Sandbox, body: str, reason: str) -> None:
    found = fault(sandbox, body)
    assert found.status is Status.CRASHED
    assert found.reason.startswith(reason)


def test_recursion_without_a_limit(sandbox: Sandbox) -> None:
    found = fault(sandbox, "import sys\nsys.setrecursionlimit(10**9)\ndef f(): return [*map(lambda _: f(), [1])]\nf()")
    assert found.status in {Status.CRASHED, Status.TIMEOUT}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("return {1}", "returned a value of type set, which cannot cross"),
        ("return {1: 2}", "returned a dict with a key of type int, which cannot cross (use str)"),
        ("import numpy\nreturn numpy.array([{}])", "returned an array of dtype object, which cannot cross"),
        ("return 'x' * 2**23", "returned 8,388,610 bytes, more than may cross (8,388,608, 16,777,216 outside arrays)"),
        ("x = []\nfor _ in range(10**5): x = [x]\nreturn x", "returned a value nested more than 100 deep"),
    ],
)
def test_what_cannot_cross_is_invalid(sandbox: Sandbox, body: str, reason: str) -> None:
    found = fault(sandbox, body)
    assert found.status is Status.INVALID
    assert found.reason.startswith(reason)


def test_the_exception_may_lie(sandbox: Sandbox) -> None:
    body = """
    class Liar(Exception):
        def __str__(self):
            return x
    raise Liar
    """
    assert fault(sandbox, body, "\x1b[31m\r\n" + "y" * 9999).reason.startswith("Liar: \\x1b[31m\\r\\nyyy")
    assert len(fault(sandbox, body, "y" * 9999).reason) < 400


HEAD = "import os, struct\nhead = lambda text, blob=0: struct.pack('<cxxxIQ', b'V', text, blob)\n"


@pytest.mark.parametrize(
    "forgery",
    [
        "os.write(3, head(2**32 - 1))",
        "os.write(3, head(2, 2**63))",
        "os.write(3, head(5) + b'[[[[[')",
        "os.write(3, head(2) + b'\\xff\\xfe')",
        "os.write(3, head(2**20)); data = b'[' * 2**20\nwhile data: data = data[os.write(3, data):]",
        "os.write(3, struct.pack('<cxxxIQ', b'Q', 1, 0) + b'1')",
        "os.write(3, struct.pack('<cxxxIQ', b'E', 1, 0) + b'1')",
    ],
)
def test_a_forged_reply_costs_one_candidate(sandbox: Sandbox, forgery: str) -> None:
    found = fault(sandbox, HEAD + forgery)
    assert found.status is Status.INVALID
    assert found.reason.startswith("sent ")


def test_a_reply_cut_short(sandbox: Sandbox) -> None:
    assert fault(sandbox, HEAD + "os.write(3, head(100) + b'1')\nos._exit(0)").status is Status.CRASHED


def test_it_knows_nothing_of_those_before_it(sandbox: Sandbox) -> None:
    answer(sandbox, "return x", "a sentence that nobody else has")
    body = """
    import gc
    sought = "".join(reversed(x))
    return any(sought in str(each) for each in gc.get_objects() if type(each) in (dict, list, tuple))
    """
    assert answer(sandbox, body, "sah esle ydobon taht ecnetnes a") is False
