"""A digest of an object's whole state: what purity and replay are tested by."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from enum import Enum
from hashlib import blake2b
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from speciate.core.values import Digest

_NAMED = (FunctionType, BuiltinFunctionType, ModuleType, type)


def state_digest(role: object) -> Digest:
    """32 hex digits that are equal for equal states: classes, attributes, the order of dicts and lists, the exact bits
    of floats and arrays, the states of generators. Sets count without order, functions by name, and an object that
    contains itself by where it does. Two objects of equal state have equal digests in any process."""
    return _digest(role, {}).hex()


def _digest(value: object, path: dict[int, int]) -> bytes:
    state = blake2b(type(value).__qualname__.encode(), digest_size=16)
    if id(value) in path:
        state.update(b"cycle %d" % path[id(value)])
        return state.digest()
    path[id(value)] = len(path)
    for part in _parts(value, path):
        state.update(len(part).to_bytes(8, "little"))
        state.update(part)
    del path[id(value)]
    return state.digest()


def _parts(value: object, path: dict[int, int]) -> Iterator[bytes]:
    if value is None or isinstance(value, bool | int | str | bytes | bytearray | complex):
        yield bytes(value) if isinstance(value, bytes | bytearray) else str(value).encode("utf-8", "surrogatepass")
    elif isinstance(value, float):
        yield value.hex().encode()
    elif isinstance(value, Enum):
        yield value.name.encode()
    elif isinstance(value, np.ndarray) and value.dtype != object:
        yield f"{value.dtype.str} {value.shape}".encode()
        yield value.tobytes()
    elif isinstance(value, _NAMED):
        yield f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', value.__name__)}".encode()
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield _digest(key, path)
            yield _digest(each, path)
        yield from _attributes(value, path)
    elif isinstance(value, set | frozenset):
        yield from sorted(_digest(each, path) for each in value)
    elif isinstance(value, list | tuple | deque):
        yield str(getattr(value, "maxlen", "")).encode()
        for each in value:
            yield _digest(each, path)
        yield from _attributes(value, path)
    elif isinstance(value, MethodType):
        yield _digest(value.__func__, path)
        yield _digest(value.__self__, path)
    else:
        yield from _object(value, path)


def _object(value: object, path: dict[int, int]) -> Iterator[bytes]:
    own = type(value).__reduce__ is not object.__reduce__ or type(value).__reduce_ex__ is not object.__reduce_ex__
    if not own and (hasattr(value, "__dict__") or _slots(value)):
        yield from _attributes(value, path)
        return
    try:
        reduced = value.__reduce_ex__(4)  # what is written in C: generators, partials, scalars of numpy
    except TypeError:
        return  # it has no state that can be had: a lock, an open file
    yield _digest(reduced[1:] if isinstance(reduced, tuple) else reduced, path)


def _attributes(value: object, path: dict[int, int]) -> Iterator[bytes]:
    attributes: dict[str, Any] = dict(getattr(value, "__dict__", {}))
    attributes.update((name, getattr(value, name)) for name in _slots(value) if hasattr(value, name))
    for name in sorted(attributes):
        yield name.encode()
        yield _digest(attributes[name], path)


def _slots(value: object) -> list[str]:
    names: list[str] = []
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__"):
                names.append(f"_{kind.__name__.lstrip('_')}{name}" if name.startswith("__") else name)
    return names
