"""Whether what lies in a run's tables can be what was written there: asked when an answer could not be made of it, to
tell a damaged file from a fault of ours."""

from __future__ import annotations

import sqlite3
import zlib
from json import loads

from speciate.core.codec import decode
from speciate.core.errors import StoreDamaged, StoreVersion

from . import schema
from .kept.tables import NAMES
from .packing import unpack_turn
from .tally import Tally

_TYPES = {"INTEGER": "integer", "REAL": "real", "TEXT": "text", "BLOB": "blob"}
_TABLES = ("turns", "texts", "candidates", "children", "gains", "cells", "tickets", "lease", "inbox", *NAMES)
_JSON = ("scores", "measures", "place")


def unsound(db: sqlite3.Connection) -> str | None:
    """What is wrong, None for nothing. Raises sqlite3.Error. Looks at every row."""
    for (found,) in db.execute("PRAGMA integrity_check(1)"):
        if found != "ok":
            return " ".join(str(found).split())
    for table in _TABLES:
        if (column := _mistyped(db, table)) is not None:
            return f"{column} in table {table}"
    tests = [f"{name} IS NOT NULL AND NOT json_valid({name})" for name in _JSON] + ["parents GLOB '*[^0-9,]*'"]
    if db.execute(f"SELECT 1 FROM candidates WHERE {' OR '.join(tests)} LIMIT 1").fetchone():
        return "a row of table candidates"
    return _miscounted(db) or _unreadable(db)


def _mistyped(db: sqlite3.Connection, table: str) -> str | None:
    """A column that holds what it cannot."""
    for _, name, declared, required, _, key in db.execute(f"PRAGMA table_info({table})").fetchall():
        if declared not in _TYPES:
            continue
        allowed = f"('{_TYPES[declared]}'" + ("" if required or key else ", 'null'") + ")"
        if db.execute(f'SELECT 1 FROM {table} WHERE typeof("{name}") NOT IN {allowed} LIMIT 1').fetchone():
            return str(name)
    return None


def _miscounted(db: sqlite3.Connection) -> str | None:
    for key in ("tally", "opened", "accepted"):
        row = db.execute(schema.READ_META, (key,)).fetchone()
        if row is None:
            continue
        try:
            value = loads(row[0])
            if key == "tally":
                Tally.of(value)
            elif not isinstance(value, dict):
                return f"its {key}"
        except (TypeError, ValueError, LookupError, AttributeError):
            return f"its {key}"
    return None


def _unreadable(db: sqlite3.Connection) -> str | None:
    """A turn whose checksum may well be right, and that no engine has written."""
    for first, body in db.execute("SELECT first, body FROM turns ORDER BY first"):
        try:
            for event in loads(unpack_turn(body)):
                decode(event, str)
        except StoreVersion:
            continue
        except (StoreDamaged, TypeError, ValueError, RecursionError, zlib.error):
            return f"what is written from event {first} on"
    return None
