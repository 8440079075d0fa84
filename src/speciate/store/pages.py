"""The rows of an SQLite file found by their shape, in a page whose pointers, tree or file header may be gone.

A row is a head (its length, the types of its columns) and the columns; one that is too long for its page goes on in a
chain of overflow pages (Hipp, "Database File Format", sqlite.org). What is found is a guess: the caller checks it.
"""

from __future__ import annotations

import mmap
import re
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from speciate.core.errors import StoreError

PAGE = 4096  # bytes; what SQLite makes unless it was built otherwise
_MAGIC = b"SQLite format 3\x00"
_WAL_MAGIC = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
_WAL_HEAD, _FRAME_HEAD = 32, 24  # bytes

Buffer: TypeAlias = bytes | mmap.mmap
Value: TypeAlias = int | float | str | bytes | None
Place: TypeAlias = tuple[int, int]  # which image of a page, and where in its buffer the row's head begins


class Pages:
    """All pages of a file, and all that its write-ahead log has committed, an older state of a page beside the newer
    one. Only read; the file is mapped, not loaded. Raises StoreError where it may not be read."""

    def __init__(self, path: Path, page: int | None = None) -> None:
        try:
            main = _mapped(path)
            log = _mapped(path.with_name(f"{path.name}-wal"))
        except OSError as error:
            raise StoreError(f"{path} cannot be read: {error.strerror}", "check who owns the file") from error
        self.page = page or _page_size(main)
        self.buffers = (main, log)
        self._images: list[tuple[int, int]] = [(0, start) for start in range(0, len(main), self.page)]
        self._newest = {number: number - 1 for number in range(1, len(self._images) + 1)}
        for number, start in _committed(log, self.page):
            self._newest[number] = len(self._images)
            self._images.append((1, start))

    def matches(self, pattern: re.Pattern[bytes]) -> Iterator[Place]:
        """(image, where in its buffer) of what looks like a row's head."""
        for image, (which, start) in enumerate(self._images):
            buffer = self.buffers[which]
            for found in pattern.finditer(buffer, start, min(start + self.page, len(buffer))):
                yield image, found.start()

    def number(self, place: Place) -> int | None:
        """The row's own number, which stands before its head."""
        image, at = place
        which, start = self._images[image]
        buffer, begin = self.buffers[which], at - 1
        if begin < start or buffer[begin] & 0x80:
            return None
        while begin > start and buffer[begin - 1] & 0x80 and at - begin < 8:
            begin -= 1
        return _varint(buffer[begin:at], 0)[0]

    def columns(self, place: Place) -> Sequence[Value] | None:
        """The row whose head is here; None if it is none, or not all of it is there."""
        image, at = place
        which, start = self._images[image]
        buffer = self.buffers[which]
        end = min(start + self.page, len(buffer))
        head = buffer[at : min(at + 40, end)]
        kinds: list[int] = []
        offset = 1
        while offset < head[0] < 40:
            if offset >= len(head):
                return None
            kind, offset = _varint(head, offset)
            kinds.append(kind)
        if offset != head[0]:
            return None
        length = offset + sum(map(_width, kinds))
        payload = self._payload(buffer, at, end, length)
        return None if payload is None else _values(payload, offset, kinds)

    def _payload(self, buffer: Buffer, at: int, end: int, length: int) -> bytes | None:
        """The bytes of a row, those on overflow pages included."""
        room = self.page - 4
        most, least = self.page - 35, (self.page - 12) * 32 // 255 - 23
        if length <= most:
            return buffer[at : at + length] if at + length <= end else None
        here = least + (length - least) % room
        here = here if here <= most else least
        if at + here + 4 > end or length > len(self._images) * self.page:
            return None
        parts, left = [buffer[at : at + here]], length - here
        following = int.from_bytes(buffer[at + here : at + here + 4], "big")
        while left > 0:
            image = self._newest.get(following)
            if image is None:
                return None
            which, start = self._images[image]
            whole = self.buffers[which][start : start + self.page]
            following, part = int.from_bytes(whole[:4], "big"), whole[4 : 4 + min(left, room)]
            if not part:
                return None
            parts.append(part)
            left -= len(part)
        return b"".join(parts)


def _mapped(path: Path) -> Buffer:
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        return b""
    except ValueError:  # an empty file cannot be mapped
        return b""


def _page_size(main: Buffer) -> int:
    found = int.from_bytes(main[16:18], "big")
    found = 65536 if found == 1 else found
    good = main[:16] == _MAGIC and found in (512, 1024, 2048, 4096, 8192, 16384, 32768, 65536)
    return found if good else PAGE


def _committed(log: Buffer, page: int) -> list[tuple[int, int]]:
    """(page number, where it begins) of the frames of a write-ahead log up to its last commit. What is left of an
    earlier log has another salt; a damaged frame is passed over, since what is in it is checked anyhow."""
    at = 16 if log[:4] in _WAL_MAGIC else _WAL_HEAD + 8  # a head that is gone: by the first frame
    salt = log[at : at + 8]
    found: list[tuple[int, int]] = []
    upto = 0
    for start in range(_WAL_HEAD, len(log) - _FRAME_HEAD, _FRAME_HEAD + page):
        number, committed = struct.unpack(">II", log[start : start + 8])
        if log[start + 8 : start + 16] == salt and number:
            found.append((number, start + _FRAME_HEAD))
            upto = len(found) if committed else upto
    return found[:upto]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """(value, what follows it); SQLite's: seven bits a byte, the greatest first."""
    value = 0
    while at < len(data):
        value = value << 7 | data[at] & 0x7F
        at += 1
        if data[at - 1] < 0x80:
            break
    return value, at


def _width(kind: int) -> int:
    return (kind - 12) // 2 if kind >= 12 else (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)[kind]


def _values(data: bytes, at: int, kinds: Sequence[int]) -> Sequence[Value] | None:
    out: list[Value] = []
    for kind in kinds:
        part = data[at : at + _width(kind)]
        at += len(part)
        if kind >= 12:
            if kind % 2 == 0:
                out.append(part)
                continue
            try:
                out.append(part.decode())
            except UnicodeDecodeError:
                return None
        elif kind == 7:
            out.append(float(struct.unpack(">d", part)[0]))
        elif kind in (8, 9):
            out.append(kind - 8)
        else:
            out.append(int.from_bytes(part, "big", signed=True) if kind else None)
    return out
