"""How texts and turns lie in the file: as text, or as zlib where that is shorter; and the checksum of a turn."""

from __future__ import annotations

import struct
import zlib
from hashlib import blake2b

PLAIN_TEXT = 200  # characters up to which compression is not tried
PLAIN_TURN = 2000

START = b"\x00" * 8  # stands for the checksum before the first turn


def pack_text(text: str, dictionary: bytes | None) -> str | bytes:
    """`dictionary` is the run's first text: programs that descend from it share most of their lines with it."""
    data = text.encode("utf-8", "surrogatepass")
    plain = _is_plain(text)
    if plain and len(data) <= PLAIN_TEXT:
        return text
    packer = zlib.compressobj(6, zdict=dictionary) if dictionary else zlib.compressobj(6)
    packed = packer.compress(data) + packer.flush()
    return text if plain and len(packed) >= len(data) else packed


def _is_plain(text: str) -> bool:
    """Whether SQLite can hold it as text: lone surrogates have no UTF-8, and its shell stops at a NUL."""
    if text.isascii():
        return "\x00" not in text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def unpack_text(body: str | bytes, dictionary: bytes | None) -> str:
    """Raises zlib.error or UnicodeDecodeError for damaged bytes."""
    if isinstance(body, str):
        return body
    unpacker = zlib.decompressobj(zdict=dictionary) if dictionary else zlib.decompressobj()
    return (unpacker.decompress(body) + unpacker.flush()).decode("utf-8", "surrogatepass")


def pack_turn(body: str) -> str | bytes:
    if len(body) <= PLAIN_TURN:
        return body
    packed = zlib.compress(body.encode("ascii"), 3)
    return packed if len(packed) < len(body) else body


def unpack_turn(body: str | bytes) -> str:
    return body if isinstance(body, str) else zlib.decompress(body).decode("ascii")


def checksum(before: bytes, first: int, last: int, at: float, body: str | bytes) -> bytes:
    """Chained: it covers the checksum of the turn before."""
    state = blake2b(before, digest_size=8)
    state.update(struct.pack("<qqd", first, last, at))
    state.update(body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body)
    return state.digest()
