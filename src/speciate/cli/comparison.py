"""Where a comparison lies: a folder with its plan, a file for each cell, and its report."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from speciate.compare.cells import Stand, stand_of
from speciate.compare.plan import FILE, read
from speciate.core.errors import StoreError, UsageError

if TYPE_CHECKING:
    from speciate.compare.plan import Key, Plan

LOCK = ".lock"
NAME = re.compile(r"\w[\w.+-]*")


def named(problems: Sequence[str], within: Path) -> Path | None:
    """The comparison that a single word names: its folder, or its name among the comparisons."""
    if len(problems) != 1:
        return None
    paths = [Path(problems[0]).expanduser(), within / problems[0]]
    return next((path for path in paths if (path / FILE).is_file()), None)


def reopened(folder: Path, more: Sequence[str | None]) -> Plan:
    """The plan of a comparison that is gone on with. Raises UsageError for `more` that was typed and would change it,
    and where a problem has changed since."""
    from speciate.session import Source

    plan = read(folder)
    if any(value is not None for value in more):
        raise UsageError(f"{folder} has its plan, and goes on by it", f"speciate compare {folder}, without more")
    for subject in plan.problems:
        if Source(*subject.asked).load().digest != subject.digest:
            what = f"{subject.name} was changed since {folder} was planned: its scores would not be comparable"
            raise UsageError(what, "undo the change, or compare anew")
    return plan


def folder_of(plan: Plan, within: Path, name: str | None) -> Path:
    """Where the same comparison lies already, else a new folder. Raises UsageError where --name has another plan."""
    if name is not None:
        folder = within / name
        if not NAME.fullmatch(name):
            raise UsageError(f"--name {name}: letters, digits, and . _ + - after the first", "--name mine-1")
        if (folder / FILE).is_file() and (found := read(folder)).digest != plan.digest:
            what = f"{folder} is another comparison: {_difference(found, plan)}"
            raise UsageError(what, f"another --name, or speciate compare {folder} to go on with that")
        return folder
    for path in sorted(within.glob(f"*/{FILE}"), key=lambda each: _numbered(each.parent.name)):
        try:
            if read(path.parent).digest == plan.digest:
                return path.parent
        except StoreError:
            continue  # another version's, or damaged: it is not this one
    first, more = plan.problems[0].name, len(plan.problems) - 1
    stem = f"{first}+{more}" if more else first
    numbered = re.compile(rf"{re.escape(stem)}-(\d+)")
    taken = [int(match[1]) for each in within.glob(f"{stem}-*") if (match := numbered.fullmatch(each.name))]
    return within / f"{stem}-{max(taken, default=0) + 1}"


def _numbered(name: str) -> tuple[str, int]:
    stem, _, number = name.rpartition("-")
    return (stem, int(number)) if number.isdecimal() else (name, 0)


def _difference(one: Plan, two: Plan) -> str:
    for what, first, second in (
        (
            "problems",
            [(each.name, each.digest) for each in one.problems],
            [(each.name, each.digest) for each in two.problems],
        ),
        ("recipes", [each.name for each in one.entrants], [each.name for each in two.entrants]),
        ("seeds", list(one.seeds), list(two.seeds)),
        ("budget", dict(one.budget), dict(two.budget)),
        ("models", one.asking.models, two.asking.models),
    ):
        if first != second:
            return f"other {what}"
    return "other settings"


def left(plan: Plan, folder: Path) -> list[Key]:
    """The cells that are still to run."""
    fit = [key for key in plan.cells() if key.problem not in plan.entrant(key.recipe).unfit]
    return [key for key in fit if stand_of(folder, key) not in (Stand.OVER, Stand.DAMAGED)]


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Inside, no other process runs this comparison. The system takes the lock back from whoever dies."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # not on Windows
        yield
        return
    with (folder / LOCK).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                f"{folder} is being run by another process", "wait for it, or stop it with Ctrl-C there"
            ) from None
        yield
