"""How values cross between the evaluator and a candidate: as data, never as pickles.

A message is a head of 16 bytes (kind, length of the text, length of the blob), a text (JSON) and a blob. Numbers in
bulk go to the blob as raw bytes and leave a mark in the text, an object whose only key is NUL:

    ["b", offset, length]            bytes
    ["f", offset, count]             a list of floats
    ["a", offset, dtype, shape]      an array, in C order
    ["r", offset, dtype, count]      a list of 1-d arrays of one dtype: their lengths as int64, then their elements
    ["d", pairs]                     a dict that has the key NUL itself

The other side may be hostile: whatever it sends, `unpack` gives a value of bounded size and depth or raises WireError.
This file also runs inside the sandbox, so it imports nothing of ours, and numpy only where that is loaded already.
"""

from __future__ import annotations

import json
import marshal
import struct
import sys
from array import array
from math import isfinite
from typing import Any, TypeAlias

Array: TypeAlias = Any  # numpy is not imported here, so its types cannot be named

HEAD = struct.Struct("<cxxxIQ")
MARK = "\0"
DEPTH = 100  # of lists and dicts within one another
TEXT = 16 * 2**20  # JSON beyond this would weigh too much once it is Python objects; arrays go to the blob
ARRAYS = 1_000_000  # in lists of arrays
LISTS = 1_000_000  # lists and dicts in one message: each takes the reader a microsecond of nobody's time limit
ALIGN = 16
BULK = 16  # floats in a list from which they go to the blob

_SCALARS = frozenset({float, int, str, bool, type(None)})
_DTYPES = frozenset({"|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8", "<c8", "<c16"})


class WireError(Exception):
    """A message that cannot be read, or a value that cannot cross. Its text completes "it sent ..."."""


def pack(kind: bytes, value: object, limit: int) -> bytes:
    """The message. Raises WireError if the value is of a type that cannot cross or weighs more than `limit` bytes."""
    packer = _Packer(limit)
    plain = packer.plain(value, 0)
    try:
        if type(plain) is float and isfinite(plain):  # the commonest answer, without a JSON encoder
            text = repr(plain).encode("ascii")
        else:
            text = json.dumps(plain, check_circular=False, separators=(",", ":")).encode("ascii")
    except ValueError as error:  # an integer too long to print
        raise WireError("an integer of more than 4300 digits, which cannot cross") from error
    if _lists(text) > LISTS:
        raise WireError(f"a value of more than {LISTS:,} lists and dicts, which cannot cross (arrays can)")
    if len(text) > TEXT or len(text) + packer.size > limit:
        raise WireError(f"{len(text) + packer.size:,} bytes, more than may cross ({limit:,}, {TEXT:,} outside arrays)")
    return b"".join([HEAD.pack(kind, len(text), packer.size), text, *packer.blobs])


def ask(kind: bytes, value: object, limit: int) -> bytes:
    """A message of the trusted side. Its text is in Python's own marshal format, which a fresh process reads half a
    millisecond sooner than JSON; only `heard` reads it, inside. Raises WireError as `pack` does."""
    packer = _Packer(limit)
    text = marshal.dumps(packer.plain(value, 0))
    if len(text) + packer.size > limit:
        raise WireError(f"{len(text) + packer.size:,} bytes, more than may cross ({limit:,})")
    return b"".join([HEAD.pack(kind, len(text), packer.size), text, *packer.blobs])


def heard(text: bytearray, blob: bytearray) -> Any:
    """The value that `ask` sent. For the candidate's side alone: marshal must not read hostile data."""
    return _Unpacker(blob).restore(marshal.loads(text))


def lengths(head: bytes | bytearray, limit: int) -> tuple[bytes, int, int]:
    """Kind and lengths of text and blob. Raises WireError before anything of that size is allocated."""
    kind, text, blob = HEAD.unpack(head)
    if text > TEXT or text + blob > limit:
        raise WireError(f"{text + blob:,} bytes, more than may cross ({limit:,}, {TEXT:,} outside arrays)")
    return kind, text, blob


def unpack(text: bytes | bytearray, blob: bytearray) -> Any:
    """The value. Arrays share the blob's memory and may be written to. Raises WireError."""
    hook = _Unpacker(blob).mark if b"\\u0000" in text else None
    lists = _lists(text)
    if lists > LISTS:
        raise WireError(f"a value of more than {LISTS:,} lists and dicts")
    try:
        value = json.loads(text, object_hook=hook)
        if lists > DEPTH:
            _check_depth(value)
    except RecursionError:
        raise WireError("a value nested too deep") from None
    except (ValueError, TypeError, OverflowError, KeyError, MemoryError) as error:
        raise WireError(f"a message that cannot be read ({type(error).__name__})") from None
    return value


def _lists(text: bytes | bytearray) -> int:
    """How many lists and dicts there may be in a text: brackets in its strings count too."""
    return text.count(b"[") + text.count(b"{")


def _check_depth(value: object) -> None:
    level = [value]
    for _ in range(DEPTH + 2):
        below: list[object] = []
        for each in level:
            if type(each) is list:
                if not set(map(type, each)) <= _SCALARS:
                    below.extend(each)
            elif type(each) is dict:
                below.extend(each.values())
        if not below:
            return
        level = below
    raise WireError(f"a value nested more than {DEPTH} deep")


class _Packer:
    """Makes a value plain JSON and gathers what goes to the blob."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.blobs: list[bytes] = []
        self.size = 0

    def plain(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind in _SCALARS:
            return value
        if depth > DEPTH:
            raise WireError(f"a value nested more than {DEPTH} deep, which cannot cross")
        if kind is list or kind is tuple:
            return self._sequence(value, depth)
        if kind is dict:
            return self._dict(value, depth)
        if kind is bytes or kind is bytearray or kind is memoryview:
            data = bytes(value)
            return {MARK: ["b", self._add(data), len(data)]}
        return self._other(value, depth)

    def _other(self, value: Any, depth: int) -> object:
        """Arrays, numpy's numbers, and subclasses of what can cross (an enum, a namedtuple), as their base."""
        numpy = sys.modules.get("numpy")
        if numpy is not None and isinstance(value, numpy.ndarray):
            return self._array(numpy.asarray(value))
        if numpy is not None and isinstance(value, numpy.generic) and value.dtype.kind in "biuf":
            if value.dtype.itemsize > 8:
                raise WireError(f"a number of dtype {value.dtype}, which cannot cross")
            return value.item()
        for base in (int, float, str):
            if isinstance(value, base):
                return base(value) if base is not str else str.__str__(value)
        if isinstance(value, (list, tuple)):
            return self._sequence(list(value), depth)
        if isinstance(value, dict):
            return self._dict(dict(value), depth)
        raise WireError(f"a value of type {type(value).__name__}, which cannot cross")

    def _sequence(self, value: list[Any] | tuple[Any, ...], depth: int) -> object:
        kinds = set(map(type, value))
        if len(kinds) == 1 and len(value) >= BULK:
            (kind,) = kinds
            if issubclass(kind, float):
                return {MARK: ["f", self._add(array("d", value).tobytes()), len(value)]}
            if kind.__name__ == "ndarray" and (mark := self._ragged(list(value))) is not None:
                return mark
        if kinds <= _SCALARS:
            return list(value)
        return [self.plain(each, depth + 1) for each in value]

    def _dict(self, value: dict[Any, Any], depth: int) -> object:
        for key in value:
            if type(key) is not str:
                raise WireError(f"a dict with a key of type {type(key).__name__}, which cannot cross (use str)")
        items = {key: self.plain(each, depth + 1) for key, each in value.items()}
        return {MARK: ["d", [[key, each] for key, each in items.items()]]} if MARK in items else items

    def _array(self, value: Array) -> object:
        little = _crossing(value)
        return {MARK: ["a", self._add(little.tobytes()), little.dtype.str, list(little.shape)]}

    def _ragged(self, arrays: list[Array]) -> object | None:
        if {each.ndim for each in arrays} != {1} or len({each.dtype for each in arrays}) > 1 or len(arrays) > ARRAYS:
            return None
        joined = _crossing(sys.modules["numpy"].concatenate(arrays))
        data = array("q", map(len, arrays)).tobytes() + joined.tobytes()
        return {MARK: ["r", self._add(data), joined.dtype.str, len(arrays)]}

    def _add(self, data: bytes) -> int:
        offset = self.size
        padding = -len(data) % ALIGN
        self.size += len(data) + padding
        if self.size > self.limit:
            raise WireError(f"more than {self.limit:,} bytes, which cannot cross")
        self.blobs.append(data)
        if padding:
            self.blobs.append(bytes(padding))
        return offset


def _crossing(value: Array) -> Array:
    little = value.astype(value.dtype.newbyteorder("<"), copy=False)
    if little.dtype.str not in _DTYPES:
        raise WireError(f"an array of dtype {value.dtype}, which cannot cross")
    return little


class _Unpacker:
    """Puts bulk values back where their marks stand. Every number in a mark may be a lie, and no byte of the blob is
    for two marks: else a short message would weigh thousands of times what it has."""

    def __init__(self, blob: bytearray) -> None:
        self.blob = blob
        self.left = len(blob)  # bytes that no mark has taken
        self.arrays = 0  # in lists of them

    def mark(self, found: dict[str, Any]) -> Any:
        if len(found) != 1 or MARK not in found:
            return found
        match found[MARK]:
            case ["b", offset, length]:
                return bytes(self._cut(offset, length))
            case ["f", offset, count]:
                return array("d", bytes(self._cut(offset, 8 * _count(count)))).tolist()
            case ["a", offset, dtype, list(shape)]:
                return self._array(offset, dtype, shape)
            case ["r", offset, dtype, count]:
                return self._ragged(offset, dtype, count)
            case ["d", list(pairs)]:
                return {_text(key): value for key, value in pairs}
        raise ValueError("an unknown mark")

    def restore(self, value: Any) -> Any:
        """The same with bulk values back in place."""
        if type(value) is dict:
            return self.mark({key: self.restore(each) for key, each in value.items()})
        if (type(value) is list or type(value) is tuple) and not set(map(type, value)) <= _SCALARS:
            return [self.restore(each) for each in value]
        return value

    def _cut(self, offset: object, length: object) -> memoryview:
        start, size = _count(offset), _count(length)
        self.left -= size
        if start + size > len(self.blob) or self.left < 0:
            raise ValueError("outside the blob")
        return memoryview(self.blob)[start : start + size]

    def _array(self, offset: object, dtype: object, shape: list[object]) -> Array:
        kind = _dtype(dtype)
        if len(shape) > 32:
            raise ValueError("too many axes")
        elements = 1
        for axis in shape:
            elements *= _count(axis)
        self._cut(offset, elements * kind.itemsize)
        return _numpy().ndarray(shape, kind, self.blob if elements else None, offset if elements else 0)

    def _ragged(self, offset: object, dtype: object, count: object) -> list[Array]:
        kind, many, start = _dtype(dtype), _count(count), _count(offset)
        self.arrays += many
        if self.arrays > ARRAYS:
            raise ValueError("too many arrays")
        sizes = array("q", bytes(self._cut(start, 8 * many))).tolist()
        if sizes and min(sizes) < 0:
            raise ValueError("a negative length")
        flat = _numpy().frombuffer(self._cut(start + 8 * many, sum(sizes) * kind.itemsize), kind)
        arrays, at = [], 0
        for size in sizes:
            arrays.append(flat[at : at + size])
            at += size
        return arrays


def _count(number: object) -> int:
    if type(number) is not int or not 0 <= number < 2**48:
        raise ValueError("not a length")
    return number


def _text(key: object) -> str:
    if type(key) is not str:
        raise ValueError("not a key")
    return key


def _dtype(name: object) -> Any:
    if name not in _DTYPES:
        raise ValueError("an unknown dtype")
    return _numpy().dtype(name)


def _numpy() -> Any:
    numpy = sys.modules.get("numpy")
    if numpy is None:
        raise WireError('an array, but numpy is not among the problem\'s packages (packages = ["numpy"])')
    return numpy
