"""What is fuzzed: a function that reads bytes which nobody vouches for, and what it may raise, take and use.

Its time is CPU time of the thread, so that a busy machine finds nothing; the bound grows with the input, so that an
input of some length tells a reader whose work grows as the square.
"""

from __future__ import annotations

import resource
import signal
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FrameType

CORPUS = Path(__file__).parent / "corpus"
MEMORY = Path("/dev/shm")
CUT = "\n%%%%\n"  # between the parts of an input
PACKED = ".z"  # the suffix of a file that is kept as zlib
GIVEN_UP = 5  # times the bound after which a reader is interrupted
GROWTH = 96 * 2**20  # bytes by which the largest memory may grow with one input,
PER_BYTE = 300  # and this for each byte of it


@dataclass(frozen=True, slots=True)
class Target:
    """`feed` reads one input, lets the documented errors pass and asserts what must hold of the result. It may take
    `seconds`, and `per_kb` more for each kB. `structured`: parts are JSON, which is changed node by node too."""

    name: str
    feed: Callable[[bytes], None]
    structured: bool = False
    seconds: float = 0.5
    per_kb: float = 0.01

    def bound(self, data: bytes) -> float:
        return self.seconds + self.per_kb * len(data) / 1024

    @property
    def folder(self) -> Path:
        return CORPUS / self.name

    @property
    def words(self) -> Sequence[bytes]:
        """What mutation puts in: between these the reader decides. One a line, with escapes."""
        return _words(self.name)

    def corpus(self) -> list[tuple[str, bytes]]:
        """The inputs that are kept, by name."""
        return [(file.name, unpacked(file)) for file in sorted(self.folder.glob("*")) if file.is_file()]


@cache
def _words(name: str) -> Sequence[bytes]:
    file = Path(__file__).parent / "words" / name
    lines = file.read_text().splitlines() if file.exists() else []
    return [line.encode().decode("unicode_escape").encode("latin-1") for line in lines]


class Found(Exception):
    """Something that a reader must not do. `key` tells finds of one kind from others."""

    def __init__(self, key: str, what: str) -> None:
        super().__init__(what)
        self.key = key


class _TooLong(BaseException):
    """Past every `except Exception` on the way."""


def check(target: Target, data: bytes) -> None:
    """Feeds it. Raises Found for an exception that is not documented, for time and for memory beyond the bounds."""
    bound = target.bound(data)
    peak, began = _peak(), time.thread_time()
    try:
        with _interrupted(GIVEN_UP * bound):
            target.feed(data)
    except _TooLong:
        raise Found("time", f"not done after {GIVEN_UP * bound:.1f} s of CPU, {bound:.2f} allowed") from None
    except Exception as error:  # whatever is not documented is what is looked for
        raise Found(_key(error), f"{type(error).__name__}: {str(error)[:300]}") from error
    if (took := time.thread_time() - began) > bound:
        raise Found("time", f"{took:.2f} s of CPU, {bound:.2f} allowed for {len(data):,} bytes")
    if (grown := _peak() - peak) > GROWTH + PER_BYTE * len(data):
        raise Found("memory", f"{grown / 2**20:.0f} MB for {len(data):,} bytes")


def parts(data: bytes, count: int) -> list[str]:
    """An input as so many texts, "" for those that it has not. Bytes that are no UTF-8 become half surrogates, which
    escapes in JSON and file names bring in as well."""
    found = data.decode("utf-8", "surrogateescape").split(CUT, count - 1)
    return found + [""] * (count - len(found))


def kept(target: Target, data: bytes) -> Path:
    """The input as a file of the corpus, packed where it is long."""
    name = f"found-{zlib.crc32(data):08x}"
    path = target.folder / (name + PACKED if len(data) > 2048 else name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zlib.compress(data, 9) if path.suffix == PACKED else data)
    return path


def scratch() -> Path:
    """A new folder, in memory where there is such a place: whoever fuzzes has no use for a disk's promises."""
    return Path(tempfile.mkdtemp(prefix="fuzzed-", dir=MEMORY if MEMORY.is_dir() else None))


def unpacked(file: Path) -> bytes:
    data = file.read_bytes()
    return zlib.decompress(data) if file.suffix == PACKED else data


def _key(error: BaseException) -> str:
    """The kind of the error and where it was raised."""
    trace = error.__traceback__
    where = ""
    while trace is not None:
        code = trace.tb_frame.f_code
        if "speciate" in code.co_filename or "tests" in code.co_filename or not where:
            where = f"{Path(code.co_filename).name}:{code.co_name}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {where}"


def _peak() -> int:
    """The largest memory that this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@contextmanager
def _interrupted(seconds: float) -> Iterator[None]:
    """Raises _TooLong after so many seconds of CPU."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
