"""Which runs are served: those of one folder as they come and go, or the files that were named.

A run is known by its name only, and a name is looked up among the files that are there: nothing that comes from a
request is ever part of a path.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from speciate.core.errors import StoreError, UsageError
from speciate.store.queries import Run

ENDING = ".db"

Signature: TypeAlias = tuple[int, ...]


class NoRun(UsageError):
    """There is no run of this name (any more)."""


@dataclass(frozen=True, slots=True)
class Served:
    """`folder` is looked through anew each time; without one, exactly these `files`, by name."""

    folder: Path | None
    files: Mapping[str, Path]

    @classmethod
    def of(cls, places: Sequence[Path]) -> Served:
        """One folder, or some files. Raises UsageError for anything else."""
        if len(places) == 1 and not _is_file(places[0]):
            if places[0].exists() and not places[0].is_dir():
                raise UsageError(f"{places[0]} is neither a file nor a folder", "speciate serve runs")
            return cls(places[0], {})
        files: dict[str, Path] = {}
        for place in places:
            if not _is_file(place):
                what = "is a folder" if place.is_dir() else "is not there"
                raise UsageError(f"{place} {what}: several things to serve are files", "speciate serve a.db b.db")
            if place.stem in files and files[place.stem] != place:
                raise UsageError(f"two runs are called {place.stem}: {files[place.stem]} and {place}", "rename one")
            files[place.stem] = place
        return cls(None, files)

    @property
    def home(self) -> Path:
        """The folder in which the dashboard keeps what is its own."""
        return self.folder or next(iter(self.files.values())).parent

    def paths(self) -> dict[str, Path]:
        """Every run's file by name, as of now."""
        if self.folder is None:
            return {name: path for name, path in self.files.items() if _is_file(path)}
        try:
            with os.scandir(self.folder) as entries:
                names = sorted(each.name for each in entries if each.name.endswith(ENDING) and each.name[0] != ".")
        except OSError:  # it is not there yet, or not any more
            return {}
        return {name.removesuffix(ENDING): self.folder / name for name in names}

    def path(self, name: str) -> Path:
        """Raises NoRun."""
        there = self.paths()
        if name not in there:
            looked = self.folder if self.folder is not None else "what is served"
            raise NoRun(f"no run named `{name[:100]}` in {looked}", "speciate runs lists them")
        return there[name]

    def open(self, name: str) -> Run:
        """The run of this name, for the caller to close. Raises NoRun, or what is wrong with the file."""
        path = self.path(name)
        try:
            return Run(path)
        except StoreError as error:
            if not path.exists():
                raise NoRun(f"{path} was removed", "speciate runs lists those there are") from error
            raise


def signature(path: Path) -> Signature:
    """Another one whenever the run was written to, at the cost of two looks at the file system: no connection is held
    open for it, so that an engine which ends can fold its write-ahead log in. Raises FileNotFoundError."""
    found = _status(os.stat(path))
    try:
        return (*found, *_status(os.stat(f"{path}-wal")))
    except FileNotFoundError:
        return found


def locked(path: Path) -> str | None:
    """Why this run cannot be steered, None where it can."""
    if not os.access(path, os.W_OK):
        return f"{path.name} is read-only"
    return None if os.access(path.parent, os.W_OK) else f"the folder of {path.name} is read-only"


def _status(found: os.stat_result) -> Signature:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False
