"""The secret that opens the dashboard: kept beside the runs for its owner alone, and given in the link's fragment,
which no browser sends to any server."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path

NAME = ".token"
_LOOKS = re.compile(r"[0-9a-f]{32,64}")


def kept_in(folder: Path) -> str:
    """The folder's token, made where there is none. One that others could read, that is not ours, or that is no token
    is replaced. Where the folder cannot be written to, a token for this once."""
    path = folder / NAME
    known = _read(path)
    if known is not None:
        return known
    made = secrets.token_hex(16)
    draft = folder / f"{NAME}.{os.getpid()}"
    try:
        with suppress(FileNotFoundError):
            draft.unlink()
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(f"{made}\n")
        draft.replace(path)  # a link that lay there goes, not what it led to
    except OSError:
        with suppress(OSError):
            draft.unlink()
    return made


def _read(path: Path) -> str | None:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
            return None
        found = os.read(handle, 100).decode("ascii", "replace").strip()
    finally:
        os.close(handle)
    return found if _LOOKS.fullmatch(found) else None


def same(token: str, said: str) -> bool:
    """Whether this is the token; how long it takes does not tell how much of it was right."""
    return hmac.compare_digest(token.encode(), said.encode("utf-8", "replace"))


def proof(token: str, nonce: str, port: int) -> str:
    """What only a server with this token can answer to a number of one's choice. The port is its own, so that another
    program on another port cannot pass the question on."""
    return hmac.new(token.encode(), f"speciate {port} {nonce}".encode(), hashlib.sha256).hexdigest()
