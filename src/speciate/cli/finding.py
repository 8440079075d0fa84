"""Which run and candidate are meant: names, files, "best", "bin_packing-1:412", and what is near to a wrong one."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

from speciate.core.errors import UsageError

if TYPE_CHECKING:
    from speciate.store.views import Summary


def newest(folder: Path) -> Path:
    """The run that was last written to. Raises UsageError if there is none."""
    files = list(folder.glob("*.db"))
    if not files:
        raise UsageError(f"no runs in {folder}{_why(folder)}", "speciate run bin_packing, or say --runs DIR")
    return max(files, key=_written)


def _why(folder: Path) -> str:
    if folder.is_dir():
        return ""
    return ", which is a file" if folder.exists() else ", which is not there"


def _written(path: Path) -> float:
    log = path.with_name(path.name + "-wal")
    times = [each.stat().st_mtime for each in (path, log) if each.exists()]
    return max(times, default=0.0)


def run_path(name: str | None, folder: Path) -> Path:
    """The file of a run, by its name, its path, or the newest. Raises UsageError with the nearest name there is."""
    if name is None:
        return newest(folder)
    path = Path(name).expanduser()
    if path.suffix == ".db" or path.is_file():
        return path
    there = folder / f"{name}.db"
    if name and (there.exists() or there.is_symlink()):  # what it is instead of a run is told when it is opened
        return there
    names = [each.stem for each in folder.glob("*.db")]
    near = difflib.get_close_matches(name, names, 1, 0.5)
    nearest = f"; nearest: {near[0]}" if near else ""
    do = "speciate runs lists them, or say --runs DIR"
    if name.partition("~")[0] in ("best", "seed") or name.isdecimal():
        do = f"speciate show {name} shows the candidate"
    raise UsageError(f"no run named `{name}` in {folder}{nearest}", do)


def split(ref: str | None, run: str | None, folder: Path) -> tuple[Path, str | None]:
    """The run's file and the candidate's reference in it: "412", "bin_packing-1:412", a run's name, or nothing."""
    if ref is None:
        return run_path(run, folder), None
    if ":" in ref:
        name, _, ref = ref.rpartition(":")
        return run_path(name or run, folder), ref or None
    if run is None and ((folder / f"{ref}.db").is_file() or ref.endswith(".db")):
        return run_path(ref, folder), None
    if run is None and not _is_reference(ref):
        return run_path(ref, folder), None  # neither: the message about runs says what is near
    return run_path(run, folder), ref


def _is_reference(ref: str) -> bool:
    head = ref.partition("~")[0]
    return head.isdigit() or head in ("best", "seed") or bool(difflib.get_close_matches(head, ("best", "seed"), 1, 0.7))


def summary_of(path: Path) -> Summary:
    """The summary of the run in this file, in a snapshot of its own."""
    from speciate.store.queries import Run

    with Run(path) as run:
        return run.summary()
