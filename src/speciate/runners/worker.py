"""The trusted worker process: reads tasks from one descriptor, evaluates, answers. One evaluation at a time.

Its imports are few, so that it starts fast: the standard library's, core's values, and what evaluate.py wants.
It ends when its runner closes the other end or dies, whatever evaluate.py is doing then.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from importlib import import_module
from json import loads
from typing import Any

from speciate.core.errors import SpeciateError

from .fault import fault_of
from .wire import HEADER, pack_answer, pack_fault, unpack_problem, unpack_task

CHUNK = 2**15  # bytes read at once: a larger buffer costs more to make than a second read
PRINTED = 64 * 2**10  # bytes of prints after which the file that keeps them starts anew
PR_SET_PDEATHSIG = 1


def main(fd: int, parent: int, by_main_thread: bool) -> None:
    """Serves on `fd` until its end. `parent` is the runner's process.

    The kernel's death signal comes when the *thread* that started this process ends, so it is only asked for when
    that is the main one; a thread of ours that waits for the socket's end covers the rest.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C is the engine's to handle
    threading.Thread(target=_watch, args=(fd,), daemon=True).start()
    if by_main_thread and sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        return  # it died before we could ask
    inbox = Inbox(fd)
    setup = inbox.read()
    if setup is not None:
        serve(inbox, setup)


def _watch(fd: int) -> None:
    poll = select.poll()
    poll.register(fd, 0)  # POLLHUP comes unasked
    poll.poll()
    os._exit(0)


class Inbox:
    """Messages from a descriptor, one read each where they are small."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._held = bytearray()

    def read(self) -> bytes | None:
        """The next message, or None at the end."""
        held = self._held
        size = None
        while True:
            if size is None and len(held) >= HEADER:
                size = HEADER + int.from_bytes(held[:HEADER], "big")
            if size is not None and len(held) >= size:
                message = bytes(held[HEADER:size])
                del held[:size]
                return message
            data = os.read(self.fd, CHUNK)
            if not data:
                return None
            held += data

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self.fd, view) :]


def serve(inbox: Inbox, setup: bytes) -> None:
    """Builds the evaluator and answers tasks. What keeps it from being built is the answer to every task."""
    factory, spec = loads(setup)
    problem = unpack_problem(spec)
    scorer: Scorer | None = None
    broken: SpeciateError | None = None
    try:
        scorer = Scorer(factory, problem)
    except (Exception, SystemExit) as error:  # noqa: BLE001  the author's own code, at the process's boundary
        broken = fault_of(error, problem.source, printed())
    while (task := inbox.read()) is not None:
        if scorer is None:
            assert broken is not None
            inbox.write(pack_fault(broken))
        else:
            inbox.write(scorer.answer(task))
        forget_printed()


class Scorer:
    """Drives what `factory` ("module:function") builds for this problem."""

    def __init__(self, factory: str, problem: Any) -> None:
        module, _, name = factory.partition(":")
        self.source: str = problem.source
        self.evaluator, self.folder = getattr(import_module(module), name)(problem)

    def answer(self, task: bytes) -> bytes:
        """The evaluation, or the fault, as a message."""
        candidate, request, others, file = unpack_task(task)
        try:
            if file:
                return pack_answer(self.folder.evaluate_file(candidate, file))
            return pack_answer(finish(self.evaluator.evaluate(candidate, request, others)))
        except (Exception, SystemExit) as error:  # noqa: BLE001  the author's own code, at the process's boundary
            return pack_fault(fault_of(error, self.source, printed()))


def finish(coroutine: Any) -> Any:
    """Runs an evaluator's coroutine to its end without an event loop: here an evaluator never waits for one."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    coroutine.close()
    raise RuntimeError("the evaluator waited for an event loop, and a worker has none; run it with InlineRunner")


def printed() -> str:
    """The end of what was printed since the last task, if prints go to a file."""
    sys.stdout.flush()
    try:
        size = os.fstat(1).st_size
        return os.pread(1, 2000, max(0, size - 2000)).decode(errors="replace")
    except OSError:
        return ""


def forget_printed() -> None:
    """Empties the file of prints once it is large; the file is opened for appending."""
    if os.fstat(1).st_size > PRINTED:
        os.ftruncate(1, 0)
