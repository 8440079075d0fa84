"""Where an answer goes that may be long: stdout, or a file that is whole or not there at all."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from speciate.core.errors import UsageError
from speciate.store.words import safe


@contextmanager
def to_stdout() -> Iterator[BinaryIO]:
    """Bytes as they are; a terminal gets no character that would steer it."""
    sys.stdout.flush()
    if sys.stdout.isatty():
        yield io.BufferedWriter(shown := _Shown(sys.stdout.buffer))
        shown.flush()
    else:
        yield sys.stdout.buffer
    sys.stdout.buffer.flush()


@contextmanager
def to_file(path: Path) -> Iterator[BinaryIO]:
    """A new file that takes the place of what was there once all of it is written; a pipe or a device is written to.
    Raises UsageError where it cannot be written, a full disk included: what was there before is there still."""
    target = path.resolve()  # so that a link stays one
    try:
        if target.exists() and not target.is_file():
            with target.open("wb") as file:
                yield file
            return
        draft = target.with_name(f".{target.name[:200]}.{os.getpid()}")
        try:
            with draft.open("xb") as file:
                yield file
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        do = "free some space, then again" if full else "check who owns it, or choose another place"
        raise UsageError(f"{path} cannot be written: {error.strerror}", do) from error


def refuse_taken(path: Path, force: bool, run: Path) -> None:
    """Raises UsageError where a file must not go: in place of a folder or of the run itself, or, without `force`, of
    anything."""
    if path.is_dir():
        raise UsageError(f"-o {path}: it is a folder", f"-o {path / run.stem}.csv")
    if path.exists() and path.samefile(run):
        raise UsageError(f"-o {path}: it is the run itself", "name another file")
    if path.is_file() and not force:
        raise UsageError(f"-o {path}: it is there already", "--force replaces it, or name another file")
    if not path.parent.is_dir():
        raise UsageError(f"-o {path}: there is no folder {path.parent}", f"mkdir -p {path.parent}")


class _Shown(io.RawIOBase):
    """UTF-8 on its way to a terminal."""

    def __init__(self, terminal: BinaryIO) -> None:
        self._terminal = terminal
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        given = bytes(data)  # type: ignore[call-overload]  # a buffer of any kind
        text = self._decoder.decode(given).replace("\r\n", "\n")
        self._terminal.write(safe(text).encode(sys.stdout.encoding or "utf-8", "replace"))
        return len(given)
