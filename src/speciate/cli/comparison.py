"""Where a comparison lies: a folder with its plan, a file for each cell, and its report."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from speciate.compare.cells import Stand, stand_of
from speciate.compare.plan import FILE, continued, read
from speciate.core.errors import StoreError, UsageError
from speciate.session import refuse_name

if TYPE_CHECKING:
    from speciate.compare.plan import Key, Plan


@dataclass(frozen=True, slots=True)
class Reread:
    """What can be said anew of a comparison that has begun, as typed: it changes no cell that there is."""

    seeds: str | None
    reference: str | None
    targets: tuple[str, ...]


LOCK = ".lock"


def named(problems: Sequence[str], within: Path) -> Path | None:
    """The comparison that a single word names: its folder, or its name among the comparisons."""
    if len(problems) != 1:
        return None
    paths = [Path(problems[0]).expanduser(), within / problems[0]]
    return next((path for path in paths if (path / FILE).is_file()), None)


def reopened(folder: Path, changed: bool, wanted: Reread) -> Plan:
    """The plan of a comparison that is gone on with, and what is wanted of it otherwise. Raises UsageError where
    something was typed that would make its cells others (`changed`), and where a problem has changed since."""
    from speciate.session import Source

    from .entrants import count_of, target_of

    plan = read(folder)
    if changed:
        what = f"{folder} has its plan: only --seeds, --reference and --target can be said anew"
        raise UsageError(what, f"speciate compare {folder}; or the whole command, with a --name")
    for subject in plan.problems:
        if Source(*subject.asked).load().digest != subject.digest:
            what = f"{subject.name} was changed since {folder} was planned: its scores would not be comparable"
            raise UsageError(what, "undo the change, or compare anew")
    targets = target_of(wanted.targets, [each.name for each in plan.problems])
    problems = [replace(each, target=targets.get(each.name, each.target)) for each in plan.problems]
    other = replace(plan, problems=tuple(problems))
    if wanted.seeds is not None:
        other = replace(other, seeds=tuple(range(count_of(wanted.seeds))))
    if wanted.reference is not None:
        from .entrants import reference_of

        names = [each.name for each in plan.entrants]
        other = replace(other, reference=reference_of(wanted.reference, names), against=True)
    return _continued(folder, plan, other)


def _continued(folder: Path, found: Plan, wanted: Plan) -> Plan:
    """Raises UsageError where it is another comparison."""
    goes_on = continued(found, wanted)
    if goes_on is None:
        what = f"{folder} is another comparison: {_difference(found, wanted)}"
        raise UsageError(what, f"another --name, or speciate compare {folder} to go on with that")
    return goes_on


def placed(plan: Plan, within: Path, name: str | None) -> tuple[Path, Plan]:
    """Where the same comparison lies already, and its plan as it goes on; else a new folder. With a name what lies
    there may grow: more problems, recipes or seeds. Raises UsageError where it is another."""
    if name is not None:
        folder = within / name
        refuse_name(name)
        return folder, _continued(folder, read(folder), plan) if (folder / FILE).is_file() else plan
    for path in sorted(within.glob(f"*/{FILE}"), key=lambda each: _numbered(each.parent.name)):
        try:
            found = read(path.parent)
        except StoreError:
            continue  # another version's, or damaged: it is not this one
        if found.digest == plan.digest:
            return path.parent, _continued(path.parent, found, plan)
    first, more = plan.problems[0].name, len(plan.problems) - 1
    stem = f"{first}+{more}" if more else first
    numbered = re.compile(rf"{re.escape(stem)}-(\d+)")
    taken = [int(match[1]) for each in within.glob(f"{stem}-*") if (match := numbered.fullmatch(each.name))]
    return within / f"{stem}-{max(taken, default=0) + 1}", plan


def _numbered(name: str) -> tuple[str, int]:
    stem, _, number = name.rpartition("-")
    return (stem, int(number)) if number.isdecimal() else (name, 0)


def _difference(one: Plan, two: Plan) -> str:
    for what, first, second in (
        ("problems", [each.digest for each in one.problems], [each.digest for each in two.problems]),
        ("recipes", [each.name for each in one.entrants], [each.name for each in two.entrants]),
        ("seeds", list(one.seeds), list(two.seeds)),
        ("limits", dict(one.budget), dict(two.budget)),
        ("models", list(one.asking.models), list(two.asking.models)),
    ):
        if first != second:
            return f"it has other {what}"
    return "it has other settings"


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
