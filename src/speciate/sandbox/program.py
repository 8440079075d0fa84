"""A candidate at work: what an `evaluate(candidate)` calls, and what it raises when the candidate is at fault."""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy  # noqa: F401  - `wire` uses it where it is loaded, and arrays may come back from any candidate

from speciate.core.errors import SandboxError
from speciate.core.problem import Limits
from speciate.core.values import Status

from . import wire
from .launch import KILL_SECONDS, Exit, Zygote, ZygoteDied, anonymous

MESSAGE = 300  # characters of a candidate's own text that a reason keeps


class CandidateFault(Exception):
    """The candidate failed; `status` and `reason` say how, `output` is what it had printed. An evaluator may catch it
    and go on: after an exception the candidate still answers, after a crash or a timeout each call raises it again."""

    def __init__(self, status: Status, reason: str, output: str = "") -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.output = output


@dataclass(frozen=True, slots=True)
class Completed:
    """What a command left."""

    returncode: int
    stdout: bytes
    stderr: bytes


@dataclass(frozen=True, slots=True)
class Usage:
    """Seconds spent in calls, CPU seconds of all the candidate's processes, and what it printed."""

    seconds: float
    cpu: float
    output: str


class Lender(Protocol):
    """Lends warm processes; one is one program's at a time."""

    limits: Limits

    def lend(self) -> Zygote: ...
    def give_back(self, zygote: Zygote) -> None: ...


class Program:
    """One candidate during one evaluation. Its process starts at the first call and keeps its state until `close`.

    Every method may raise CandidateFault. Values that cross: None, bool, int, float (NaN and infinities too), str,
    bytes, list, tuple (arrives as a list), dict with str keys, numpy arrays of numbers and bools.
    """

    def __init__(self, lender: Lender, files: Mapping[str, str], main: str, seconds: float) -> None:
        self.files = files
        self.main = main
        self._lender = lender
        self._limits = lender.limits
        self._budget = seconds
        self._seconds = 0.0
        self._cpu = 0.0
        self._output = b""
        self._zygote: Zygote | None = None
        self._channel: socket.socket | None = None
        self._fault: CandidateFault | None = None
        self._fresh = True
        self._poll = select.poll()

    @property
    def text(self) -> str:
        """The candidate's main file."""
        return self.files[self.main]

    @property
    def output(self) -> str:
        """What it printed so far, its first `limits.output` bytes."""
        return self._printed().decode("utf-8", "replace")

    def call(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        """What the candidate's function returns. Raises TypeError if an argument is of a type that cannot cross."""
        return self._ask(b"C", {"name": name, "args": args, "kwargs": kwargs})

    def map(self, name: str, rows: Sequence[Any], /) -> list[Any]:
        """What the function returns for each row, in one crossing. A tuple is spread over the parameters; anything
        else is the one argument. Raises TypeError as `call` does."""
        rows = list(rows)
        kinds = set(map(type, rows))
        if kinds == {tuple} and len(set(map(len, rows))) == 1 and rows[0]:  # by column: like lies beside like
            request = {"name": name, "columns": [list(column) for column in zip(*rows, strict=True)]}
        elif tuple in kinds:
            request = {"name": name, "rows": [row if type(row) is tuple else (row,) for row in rows]}
        else:
            request = {"name": name, "single": True, "values": rows}
        results = self._ask(b"M", request)
        if type(results) is not list or len(results) != len(rows):
            raise self._broken("as many results as rows were expected")
        return results

    def run(self, argv: Sequence[str], stdin: bytes = b"") -> Completed:
        """Runs a command, with the candidate's files in its working directory. What one command leaves there the next
        one finds; no process outlives its command, and functions called afterwards start from the files anew."""
        self._end()
        files = [anonymous(name) for name in ("stdin", "stdout", "stderr")]
        try:
            os.write(files[0], stdin)
            os.lseek(files[0], 0, os.SEEK_SET)
            request = {"argv": [str(part) for part in argv], "files": dict(self.files) if self._fresh else {}}
            ended = self._within(lambda: self._exchange(wire.pack(b"X", request, 2**40), files))
            stdout, stderr = (os.pread(fd, self._limits.message, 0) for fd in files[1:])
        finally:
            for fd in files:
                os.close(fd)
        if isinstance(ended, tuple):
            raise self._told(*ended)
        if os.WIFSIGNALED(ended.status):
            return Completed(-os.WTERMSIG(ended.status), stdout, stderr)
        return Completed(os.WEXITSTATUS(ended.status), stdout, stderr)

    def close(self) -> Usage:
        """Ends its processes. May be called twice."""
        self._end()
        if self._zygote is not None:
            self._release(self._zygote)
        return Usage(self._seconds, self._cpu, self.output)

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, kind: bytes, request: dict[str, Any]) -> Any:
        try:
            data = wire.pack(kind, request, self._limits.message)
        except wire.WireError as error:
            raise TypeError(f"`{request['name']}` is called with {error}") from None
        if self._channel is None:
            start = {"files": dict(self.files) if len(self.files) > 1 else {self.main: self.text}, "main": self.main}
            data = wire.pack(b"O", start, 2**40) + data
        answer = self._within(lambda: self._exchange(data, ()))
        if isinstance(answer, Exit):
            raise self._dead(answer)
        if answer[0] == b"V":
            return answer[1]
        raise self._told(*answer)

    def _within(self, exchange: Any) -> tuple[bytes, Any] | Exit:
        """One exchange on the program's clock, repeated once if the warm process had died before it."""
        if self._fault is not None:
            raise CandidateFault(self._fault.status, self._fault.reason, self._fault.output)
        began = 0.0
        try:
            for last in (False, True):
                first = self._channel is None
                self._zygote = self._zygote or self._lender.lend()
                began = time.monotonic()
                try:
                    answer: tuple[bytes, Any] | Exit = exchange()
                    return answer
                except ZygoteDied:
                    self._drop()
                    if last or not first:
                        raise self._gone(Status.CRASHED, "took the sandbox's own process down with it") from None
                except wire.WireError as error:
                    raise self._broken(str(error)) from None
                except TimeoutError:
                    self._end()
                    raise self._gone(Status.TIMEOUT, f"used up its {self._budget:g} s") from None
            raise SandboxError("the sandbox does not answer", "speciate doctor shows what is missing")
        finally:
            self._seconds += time.monotonic() - began if began else 0.0

    def _exchange(self, data: bytes, files: Sequence[int]) -> tuple[bytes, Any] | Exit:
        """Send a request and wait: the reply, or how the process ended without one."""
        assert self._zygote is not None
        deadline = time.monotonic() + self._budget - self._seconds
        if self._channel is None:
            self._channel, theirs = socket.socketpair()
            with theirs:
                self._channel.setblocking(False)
                self._poll = select.poll()
                self._poll.register(self._zygote.control, select.POLLIN)
                self._zygote.fork([theirs.fileno(), *files], self._fresh)
                self._fresh = False
        try:
            self._send(self._channel, data, deadline)
            head = self._receive(self._channel, wire.HEAD.size, deadline)
            kind, text, blob = wire.lengths(head, self._limits.message)
            body = self._receive(self._channel, text, deadline)
            return kind, wire.unpack(body, self._receive(self._channel, blob, deadline))
        except (EOFError, ConnectionError):
            ended = self._zygote.ended(min(deadline, time.monotonic() + KILL_SECONDS) if not files else deadline)
            self._forget(ended)
            return ended

    def _send(self, channel: socket.socket, data: bytes, deadline: float) -> None:
        view, sent = memoryview(data), 0
        while True:
            try:
                sent += channel.send(view[sent:])
            except BlockingIOError:
                self._wait(channel, select.POLLOUT, deadline)
            if sent == len(data):
                return

    def _receive(self, channel: socket.socket, size: int, deadline: float) -> bytearray:
        buffer = bytearray(size)
        view, at = memoryview(buffer), 0
        while at < size:
            try:
                got = channel.recv_into(view[at:])
            except BlockingIOError:
                self._wait(channel, select.POLLIN, deadline)
                continue
            if not got:
                raise EOFError
            at += got
        return buffer

    def _wait(self, channel: socket.socket, event: int, deadline: float) -> None:
        """Until the channel is ready. Raises EOFError if the process has ended, TimeoutError at the deadline."""
        left = deadline - time.monotonic()
        self._poll.register(channel, event)
        ready = self._poll.poll(left * 1000) if left > 0 else []
        if not ready:
            raise TimeoutError
        if all(fd != channel.fileno() for fd, _ in ready):
            raise EOFError

    def _end(self) -> None:
        """Kill the process, if there is one, and count what it took."""
        if self._channel is None or self._zygote is None:
            return
        try:
            self._forget(self._zygote.end())
        except ZygoteDied:
            self._drop()

    def _forget(self, ended: Exit) -> None:
        self._cpu += ended.cpu
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def _drop(self) -> None:
        """The warm process is of no more use."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        zygote, self._zygote = self._zygote, None
        self._fresh = True
        if zygote is not None:
            zygote.tired = True
            self._lender.give_back(zygote)

    def _release(self, zygote: Zygote) -> None:
        self._output = self._printed()
        self._zygote = None
        self._lender.give_back(zygote)

    def _printed(self) -> bytes:
        if self._zygote is None:
            return self._output
        return os.pread(self._zygote.output, self._limits.output, 0)

    def _gone(self, status: Status, reason: str) -> CandidateFault:
        """A fault after which no call can succeed."""
        self._fault = CandidateFault(status, reason, self.output)
        return self._fault

    def _broken(self, why: str) -> CandidateFault:
        """A reply that is none: whatever sent it is not served again, nor the warm process that it came from."""
        self._end()
        if self._zygote is not None:
            self._zygote.tired = True
        return self._gone(Status.INVALID, f"sent {visible(why)}")

    def _dead(self, ended: Exit) -> CandidateFault:
        if os.WIFEXITED(ended.status):
            code = os.WEXITSTATUS(ended.status)
            return self._gone(Status.CRASHED, f"ended its process itself, with exit code {code}, before it answered")
        number = os.WTERMSIG(ended.status)
        if number == signal.SIGXCPU:
            return self._gone(Status.TIMEOUT, f"used up its {self._budget:g} s")
        return self._gone(Status.CRASHED, f"killed by signal {number} ({signal.Signals(number).name}){self._where()}")

    def _where(self) -> str:
        """The line that the interpreter's last words name, if they name one."""
        for line in self.output.rpartition("most recent call first")[2].splitlines():
            for name in self.files:
                if line.strip().startswith(f'File "{name}", line '):
                    return f", {name} line {line.split('line ')[1].split()[0][:8]}"
        return ""

    def _told(self, kind: bytes, told: Any) -> CandidateFault:
        """What the process itself says went wrong: its word, so only ever shown."""
        match told if kind == b"E" else None:
            case [str(what), str(text), str(file), int(line), None | int() as row]:
                pass
            case _:
                return self._broken("a reply of no known kind")
        where = f", {visible(file)} line {line}" if file else ""
        where += f" (row {row})" if row is not None else ""
        text = visible(text)
        if what == "missing":
            has = f"it defines: {visible(file)}" if file else "it defines none"
            return CandidateFault(Status.INVALID, f"has no function `{text}` ({has})", self.output)
        if what == "crossing":
            return CandidateFault(Status.INVALID, f"returned {text}", self.output)
        if what == "command":
            return self._gone(Status.CRASHED, f"cannot run {text}")
        if what == "memory":
            reason = f"used more than {self._limits.memory / 2**20:g} MB{where}"
            return CandidateFault(Status.CRASHED, reason, self.output)
        return CandidateFault(Status.CRASHED, f"{visible(what)}: {text}{where}" if text else visible(what) + where, self.output)


def visible(text: str) -> str:
    """A candidate's text for a person: one line, of bounded length, with control characters written out."""
    text = text if len(text) <= MESSAGE else text[: MESSAGE - 1] + "…"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
