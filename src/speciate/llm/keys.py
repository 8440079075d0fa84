"""Keys: from the environment, or from the optional package `keyring`, and never into anything that is written.

A `Key` shows its last four characters only, cannot be pickled (so none reaches a worker), and hides itself in what a
provider says of an error.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from enum import StrEnum
from importlib import import_module
from typing import NoReturn

from speciate.core.errors import UsageError

from .names import FORM, Name

SERVICE = "speciate"  # under which a keyring holds keys, one per variable
SHOWN = 4
LEAST = 12  # of fewer characters none is shown: four would be too large a part

Ring = Callable[[str], str | None]  # a variable's name to what a keyring holds for it


class Origin(StrEnum):
    """Where a key was found."""

    ENVIRONMENT = "environment"
    KEYRING = "keyring"


class Key:
    """A secret, the variable that it came from, and where that was set."""

    __slots__ = ("_secret", "origin", "variable")

    def __init__(self, secret: str, variable: str, origin: Origin = Origin.ENVIRONMENT) -> None:
        self._secret = secret
        self.variable = variable
        self.origin = origin

    def reveal(self) -> str:
        """The key itself: for the header of a request and nothing else."""
        return self._secret

    @property
    def last4(self) -> str:
        """`…x4Q2`: enough to tell which key it is."""
        return "…" + (self._secret[-SHOWN:] if len(self._secret) >= LEAST else "")

    def hide(self, text: str) -> str:
        """The text with the key replaced, wherever a server repeats it."""
        return text.replace(self._secret, self.last4)

    def __repr__(self) -> str:
        return f"Key({self.variable} {self.last4})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{self!r} stays in the process that reads it")


def find(name: Name, environ: Mapping[str, str] | None = None, ring: Ring | None = None) -> Key | None:
    """The key for a model: the first of its variables that is set, else what the keyring holds under that name.

    None where none is needed. Raises UsageError where one is, and where it could not stand in a header.
    """
    environ = os.environ if environ is None else environ
    for variable in name.variables:
        if secret := environ.get(variable, "").strip():
            return _checked(secret, variable)
    if not name.keyless:
        for variable in name.variables:
            if secret := ((ring or keyring)(variable) or "").strip():
                return _checked(secret, variable, Origin.KEYRING)
    if name.keyless:
        return None
    first = name.variables[0]
    raise UsageError(
        f"{name.typed} needs a key and {' or '.join(name.variables)} is not set",
        f"export {first}=…, or for a server of your own: --model {FORM}",
    )


def keyring(variable: str) -> str | None:
    """What the system's keyring holds for a variable; None without the package, or where it cannot be opened."""
    try:
        package = import_module("keyring")
        errors = import_module("keyring.errors")
    except ImportError:
        return None
    try:
        found = package.get_password(SERVICE, variable)
    except errors.KeyringError:
        return None
    return found if isinstance(found, str) else None


def _checked(secret: str, variable: str, origin: Origin = Origin.ENVIRONMENT) -> Key:
    if not (secret.isascii() and secret.isprintable()) or " " in secret:
        raise UsageError(f"{variable} is set, but holds characters that no key has", f"export {variable}=… once more")
    return Key(secret, variable, origin)
