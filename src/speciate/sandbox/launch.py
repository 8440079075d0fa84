"""Starts the warm process and speaks with it: one byte per command, one record per candidate that ended."""

from __future__ import annotations

import importlib.util
import marshal
import os
import select
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from speciate.core.errors import ProblemError, SandboxError
from speciate.core.problem import Limits

from . import seccomp
from .layers import Layer, Layers, bubblewrap_path, namespaces, own_user
from .view import View, interpreter
from .zygote import ENDED, EXIT, FAILED, READY

IMPORT_SECONDS = 120.0  # for the problem's packages; torch without byte code takes most of it
KILL_SECONDS = 5.0  # for the warm process to answer that a candidate is gone
INSIDE = "/scratch"  # the candidate's folder in bubblewrap

BOOT = """
import marshal, os, sys
control, program = map(int, sys.argv[1:])
with open(program, "rb") as file:
    codes, config = marshal.load(file)
if control != 3:
    os.dup2(control, 3, False)
    os.close(control)
sys.argv[1:] = []
module = type(sys)
package = sys.modules["sandbox"] = module("sandbox")
package.__path__ = []
for name, code in codes:
    each = module("sandbox." + name)
    each.__package__ = "sandbox"
    sys.modules[each.__name__] = each
    setattr(package, name, each)
    exec(code, each.__dict__)
each.main(config)
"""


class ZygoteDied(Exception):
    """The warm process is gone or does not answer. Never the end of an evaluator: the next candidate gets a new one."""


@dataclass(frozen=True, slots=True)
class Exit:
    """How a candidate's process ended: its wait status, CPU seconds of all its processes, the largest peak in bytes."""

    status: int
    cpu: float
    peak: int


def anonymous(name: str) -> int:
    """A descriptor of a file without a name: in memory where the system has that."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create(name)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


class Zygote:
    """One warm process and the folder it works in. Starting does not wait for it; `ready` does."""

    def __init__(self, view: View, limits: Limits, layers: Layers) -> None:
        self.served = 0
        self.tired = False  # to be replaced before the next candidate
        self.output = anonymous("output")
        self._ready = False
        self._deadline = time.monotonic() + IMPORT_SECONDS
        self._scratch = "" if Layer.BUBBLEWRAP in layers else tempfile.mkdtemp(prefix="candidate-")
        self.control, theirs = socket.socketpair()
        program = anonymous("zygote")
        try:
            user = own_user(os.getpid() * 64 + program) if Layer.USER in layers else None
            config = _config(view, limits, layers, self._scratch or INSIDE, user)
            os.write(program, marshal.dumps((list(_codes()), config)))
            os.lseek(program, 0, os.SEEK_SET)
            command = [interpreter(), "-P", "-s", "-S", "-B", "-X", "utf8", "-c", BOOT]
            command += [str(theirs.fileno()), str(program)]
            environment = _environment(config["scratch"])
            if not self._scratch:
                command = [*_bubblewrap(view, limits, layers, environment), *command]
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=self.output,
                stderr=self.output,
                pass_fds=(theirs.fileno(), program),
                cwd="/",
                env=environment,
                start_new_session=True,  # a ctrl-C at the terminal is for the engine alone
            )
        except OSError as error:
            self._discard()
            raise SandboxError(f"the sandbox cannot start: {error}", "speciate doctor shows what is missing") from error
        finally:
            theirs.close()
            os.close(program)

    def ready(self) -> None:
        """Wait until the packages are imported. Raises ProblemError if one cannot be, SandboxError if it does not start."""
        if self._ready:
            return
        try:
            kind, _, length, _, _ = EXIT.unpack(self._receive(EXIT.size, self._deadline))
            text = self._receive(length, self._deadline).decode("utf-8", "replace")
        except ZygoteDied:
            said = os.pread(self.output, 4096, 0).decode("utf-8", "replace").strip().splitlines()
            self.close()
            why = said[-1] if said else f"no word from it in {IMPORT_SECONDS:.0f} s"
            raise SandboxError(f"the sandbox did not start: {why}", "speciate doctor shows what is missing") from None
        if kind == FAILED:
            self.close()
            if text.startswith("import "):
                raise ProblemError(f"a package of the problem fails inside the sandbox: {text}", "mend packages")
            raise SandboxError(text, "speciate doctor shows what is missing")
        self._ready = kind == READY
        self.clear()

    def fork(self, descriptors: Sequence[int], fresh: bool) -> None:
        """Fork a candidate's process: its channel, and its stdin, stdout, stderr if they are not the usual ones."""
        self.served += 1
        try:
            socket.send_fds(self.control, [b"F" if fresh else b"K"], descriptors)
        except OSError as error:
            raise ZygoteDied from error

    def end(self) -> Exit:
        """Kill the candidate and all it started, unless they are gone already, and say how it ended."""
        try:
            self.control.sendall(b"E")
        except OSError as error:
            raise ZygoteDied from error
        return self.ended(time.monotonic() + KILL_SECONDS)

    def ended(self, deadline: float) -> Exit:
        """The record of a candidate that ended by itself, or is about to."""
        kind, dirty, status, cpu, peak = EXIT.unpack(self._receive(EXIT.size, deadline))
        if kind != ENDED:
            raise ZygoteDied
        self.tired = self.tired or dirty
        return Exit(status, cpu, peak * 1024)

    def clear(self) -> None:
        """An empty output file for the next candidate."""
        if os.fstat(self.output).st_size:
            os.ftruncate(self.output, 0)
        os.lseek(self.output, 0, os.SEEK_SET)  # the place is shared with the candidate, which may have moved it

    def _receive(self, size: int, deadline: float) -> bytes:
        data = b""
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        while len(data) < size:
            if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
                raise ZygoteDied
            try:
                got = self.control.recv(size - len(data))
            except OSError as error:
                raise ZygoteDied from error
            if not got:
                raise ZygoteDied
            data += got
        return data

    def close(self) -> None:
        """Ends it and all it started; nothing is left of it, no process and no folder."""
        self.control.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0 if self._ready else 0.02)
        self._process.kill()
        self._process.wait()
        self._discard()

    def _discard(self) -> None:
        self.control.close()
        if self.output >= 0:
            os.close(self.output)
            self.output = -1
        if self._scratch:
            shutil.rmtree(self._scratch, ignore_errors=True)
            if os.path.exists(self._scratch):  # locked, or deeper than Python's own recursion goes
                for command in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
                    subprocess.run([*command, self._scratch], check=False, stderr=subprocess.DEVNULL)


def _codes() -> Iterator[tuple[str, Any]]:
    """The programs that run inside, compiled: the sandbox never sees the package they lie in."""
    for name in ("wire", "child", "zygote"):
        full = f"{__package__}.{name}"
        spec = importlib.util.find_spec(full)
        assert spec is not None
        yield name, spec.loader.get_code(full)  # type: ignore[union-attr]


def _environment(scratch: str) -> dict[str, str]:
    """All that a candidate sees of the environment. One thread for linear algebra, and the same hashes every time."""
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "BLIS", "NUMEXPR", "VECLIB_MAXIMUM")}
    place = {"HOME": scratch, "TMPDIR": scratch, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
    return {**place, **threads, "PYTHONHASHSEED": "0"}


def _config(view: View, limits: Limits, layers: Layers, scratch: str, user: int | None) -> dict[str, Any]:
    inside = Layer.BUBBLEWRAP in layers
    filters = seccomp.filters() if Layer.SECCOMP in layers else None
    alone = user is not None or inside  # else only the filter keeps it from forking and from signalling others
    return {
        "path": list(view.path),
        "imports": list(view.imports),
        "scratch": scratch,
        "message": limits.message,
        "user": user,
        "read_all": user is not None and not inside and filters is not None and layers.landlock_abi > 0 and _closed(view),
        "seccomp": filters.all if filters else b"",
        "own": filters.own if filters and not alone and limits.processes == 0 else b"",
        "mark": seccomp.SELF.to_bytes(4, "little"),
        "landlock": _landlock(view, layers, scratch, inside) if layers.landlock_abi else {},
        "rlimits": _rlimits(limits, user, inside) if Layer.RLIMITS in layers else {},
    }


def _closed(view: View) -> bool:
    """Whether other users cannot reach something that a candidate needs, such as an interpreter below /root."""
    for path in (*view.roots, *view.entries):
        while (path := os.path.dirname(path)) != "/":
            if not os.stat(path).st_mode & 0o001:
                return True
    return False


def _rlimits(limits: Limits, user: int | None, inside: bool) -> dict[str, int]:
    found = {
        "RLIMIT_AS": limits.memory,
        "RLIMIT_CPU": int(limits.seconds * (1 + limits.processes)) + 3,
        "RLIMIT_FSIZE": limits.files,
        "RLIMIT_NOFILE": 256,
        "RLIMIT_CORE": 0,
    }
    if user is not None:
        found["RLIMIT_NPROC"] = 1 + limits.processes
    elif inside:
        found["RLIMIT_NPROC"] = 2 + limits.processes  # the warm process has the same user, and counts
    return found


def _landlock(view: View, layers: Layers, scratch: str, inside: bool) -> dict[str, Any]:
    abi = layers.landlock_abi
    execute, write, read, folder, truncate = 1, 2, 4, 8, 1 << 14
    last = 16 if abi >= 5 else 15 if abi >= 3 else 14 if abi == 2 else 13
    everything = (1 << last) - 1
    reading = (execute | read | folder, execute | read)
    devices = [(f"/dev/{name}", 0, read | write | truncate) for name in ("null", "zero", "random", "urandom")]
    seen = ["/"] if inside else [*view.granted()]  # bubblewrap shows nothing else
    return {
        "files": everything,
        "net": 3 if abi >= 4 else 0,
        "scoped": 3 if abi >= 6 else 0,
        "size": 24 if abi >= 6 else 16 if abi >= 4 else 8,
        "paths": [
            *((path, *reading) for path in seen),
            *devices,
            (scratch, everything & ~(1 << 6 | 1 << 11 | 1 << 15), 0),  # but no device nodes
        ],
    }


def _bubblewrap(view: View, limits: Limits, layers: Layers, environment: dict[str, str]) -> list[str]:
    command = [bubblewrap_path() or "bwrap", *namespaces(layers.user_namespace)]
    made: set[str] = set()

    def parents(path: str) -> Iterator[str]:
        """Made by hand: bubblewrap's own are closed to a user that is not root."""
        above = os.path.dirname(path)
        if above != "/" and above not in made:
            made.add(above)
            yield from parents(above)
            yield from ("--perms", "0755", "--dir", above)

    for path in view.roots:
        if os.path.islink(path) and path.count("/") == 1:
            command += ["--symlink", os.readlink(path), path]
        else:
            command += [*parents(path), "--ro-bind", path, path]
    for path in view.hidden:
        command += ["--perms", "0755", "--tmpfs", path]
    for path in view.entries:
        command += [*parents(path), "--ro-bind", path, path]
    for path in view.hidden:
        command += ["--remount-ro", path]
    command += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    command += ["--perms", "0700", "--size", str(max(limits.files, 4096)), "--tmpfs", INSIDE, "--remount-ro", "/"]
    for name, value in environment.items():
        command += ["--setenv", name, value]
    return [*command, "--"]
