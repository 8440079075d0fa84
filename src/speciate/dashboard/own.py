"""What people say of runs on the dashboard: labels, tags, notes, what is archived. It is kept in a small file of the
dashboard's own beside the runs, never in a run's file, which is the engine's alone."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from speciate.core.errors import StoreError, UsageError
from speciate.core.values import EMPTY, JSON
from speciate.store.views import plain

NAME = ".dashboard.json"
LONGEST_LABEL, LONGEST_TAG, LONGEST_NOTE = 200, 50, 20_000  # characters
MOST_TAGS, MOST_NOTES, MOST_BYTES = 20, 1000, 16_000_000


@dataclass(frozen=True, slots=True)
class Said:
    """Of one run. `notes` are on candidates, by number."""

    label: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""
    archived: bool = False
    notes: Mapping[str, str] = field(default_factory=lambda: EMPTY)

    def changed(self, by: Mapping[str, JSON]) -> Said:
        """With what is named changed; a note on a candidate that is null or empty goes. Raises UsageError."""
        if strange := sorted(by.keys() - _READ.keys()):
            raise UsageError(f"nothing called `{strange[0][:40]}` is kept of a run", f"one of {', '.join(_READ)}")
        known: dict[str, JSON] = {name: _READ[name](value) for name, value in by.items()}
        if "notes" in known:
            notes = {**self.notes, **known["notes"]}
            known["notes"] = {id: text for id, text in notes.items() if text}
            if len(known["notes"]) > MOST_NOTES:
                raise UsageError(f"more than {MOST_NOTES:,} notes on candidates of one run", "remove some")
        return replace(self, **known)

    def as_json(self) -> dict[str, JSON]:
        return dict(plain(self))


class Own:
    """The file, read anew for each question: another server may have the same folder. Safe in several threads."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._lock = threading.Lock()

    def all(self) -> dict[str, Said]:
        """By run. A file that cannot be read says nothing."""
        found: dict[str, Said] = {}
        for run, said in (self._read() or {}).items():
            try:
                found[run] = Said().changed(said)
            except (UsageError, AttributeError):  # written by another version, or by hand
                continue
        return found

    def of(self, run: str) -> Said:
        return self.all().get(run, Said())

    def change(self, run: str, by: Mapping[str, JSON]) -> Said:
        """Raises UsageError for what cannot be kept, StoreError where nothing can be written."""
        with self._lock:
            there = self._read()
            if there is None:
                raise StoreError(f"{self._path} is no JSON object any more", "move it away, then again")
            said = self.of(run).changed(by)
            text = json.dumps({**there, run: said.as_json()}, ensure_ascii=False, indent=1)
            try:
                _write(self._path, text.encode("utf-8", "replace"))
            except OSError as error:
                what = f"{self._path} cannot be written: {error.strerror}"
                raise StoreError(what, "copy the runs to a folder that you may write to") from error
        return said

    def _read(self) -> dict[str, JSON] | None:
        """None where it is not what it should be."""
        try:
            with self._path.open("rb") as file:
                found = json.loads(file.read(MOST_BYTES))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    handle, draft = tempfile.mkstemp(prefix=f"{NAME}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _text(longest: int, name: str, value: JSON) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise UsageError(f"{name}: expected a text of at most {longest:,} characters", f"a shorter {name}")
    return value


def _tags(value: JSON) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or len(value) > MOST_TAGS:
        raise UsageError(f"tags: expected a list of at most {MOST_TAGS}", '["baseline"]')
    tags = (_text(LONGEST_TAG, "a tag", each).strip() for each in value)
    return tuple(dict.fromkeys(each for each in tags if each))


def _flag(value: JSON) -> bool:
    if not isinstance(value, bool):
        raise UsageError("archived: expected true or false", "true")
    return value


def _notes(value: JSON) -> dict[str, str]:
    if not isinstance(value, dict) or not all(each.isdecimal() and len(each) < 20 for each in value):
        raise UsageError("notes: expected texts by the numbers of candidates", '{"412": "look at this"}')
    return {id: "" if text is None else _text(LONGEST_NOTE, "a note", text) for id, text in value.items()}


_READ = {
    "label": lambda value: _text(LONGEST_LABEL, "a label", value),
    "tags": _tags,
    "note": lambda value: _text(LONGEST_NOTE, "a note", value),
    "archived": _flag,
    "notes": _notes,
}
