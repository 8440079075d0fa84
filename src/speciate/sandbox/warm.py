"""What the warm process does before its first fork: import the problem's packages, and leave out what forks would pay
for. This file runs inside the sandbox and imports nothing of ours."""

from __future__ import annotations

import os
import sys
from typing import Any


def warm_up(names: list[str]) -> str:
    """Import the packages; what went wrong, or "". Two things that the standard library does at import are left out,
    because each fork pays for them with memory that it must copy: hooks that run after a fork (fresh seeds for
    `random`, locks nobody holds) and the OpenSSL library under hashlib, which has its own functions without it."""
    sys.modules["_hashlib"] = None  # type: ignore[assignment]
    os.register_at_fork = _register
    try:
        for name in names:
            __import__(name)
        if "numpy" in sys.modules:  # what candidates use of it and it would import late, at 10 ms per candidate
            import numpy.random

            numpy.random.seed(0)
    except Exception as error:  # noqa: BLE001 - a package may raise anything; the problem's author is told
        return f"import {name}: {type(error).__name__}: {error}"
    finally:
        os.register_at_fork = _REGISTER
        del sys.modules["_hashlib"]
    if "random" in sys.modules:  # no candidate's luck depends on when it ran
        sys.modules["random"].seed(0)
    return ""


def chosen(places: set[str], names: set[str]) -> Any:
    """A path hook: of the folders that hold installed packages, only the named ones exist. A layer that refuses to open
    the others would make `import scipy` a PermissionError, which no candidate expects."""
    from importlib.machinery import (
        BYTECODE_SUFFIXES,
        EXTENSION_SUFFIXES,
        SOURCE_SUFFIXES,
        ExtensionFileLoader,
        FileFinder,
        SourceFileLoader,
        SourcelessFileLoader,
    )

    class Chosen(FileFinder):
        def find_spec(self, fullname: str, target: Any = None) -> Any:
            return super().find_spec(fullname, target) if fullname in names else None

    def hook(path: str) -> FileFinder:
        if path not in places:
            raise ImportError
        return Chosen(
            path,
            (ExtensionFileLoader, EXTENSION_SUFFIXES),
            (SourceFileLoader, SOURCE_SUFFIXES),
            (SourcelessFileLoader, BYTECODE_SUFFIXES),
        )

    return hook


_REGISTER = os.register_at_fork


def _register(**hooks: Any) -> None:
    for hook in hooks.values():
        owner = getattr(hook, "__self__", hook)
        if getattr(owner, "__module__", "") in {"random", "threading", "logging", "concurrent.futures.thread"}:
            return
    _REGISTER(**hooks)
