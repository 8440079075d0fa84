"""`speciate failures`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from speciate.core.errors import UsageError
from speciate.store.words import clock, count, counted, safe, took, usd

from .options import OUTPUT, PLAIN, Output, RunName, RunsFolder, runs_folder
from .terminal import Terminal, emit

if TYPE_CHECKING:
    from speciate.store.failing import Cause, Failures
    from speciate.store.views import Detail

MEMBERS = 10  # lines of an opened group


def failures(
    name: Annotated[str | None, Parameter(name="run", help="which run; default the newest")] = None,
    number: Annotated[str | None, Parameter(name="number", help="open the group of this number")] = None,
    /,
    *,
    cause: Annotated[str | None, Parameter(group=OUTPUT, help="open the group whose cause has these words")] = None,
    run: RunName = None,
    runs: RunsFolder = None,
    output: Output = PLAIN,
) -> int:
    """speciate failures
      speciate failures bin_packing-1 2

    Why candidates came to nothing: the failed and the rejected ones by cause, with how many, when, the time they took
    and one to look at. A number, or --cause with some of the words, opens a group."""
    from speciate.store.failing import failures as failures_of
    from speciate.store.failing import find
    from speciate.store.queries import Run

    from .finding import run_path

    terminal = Terminal.of(output.color)
    if name is not None and number is None and name.isdecimal():
        name, number = None, name
    wanted = _wanted(number, cause)
    with Run(run_path(name or run, runs_folder(runs))) as opened:
        found = failures_of(opened, wanted)
        chosen = find(found.causes, wanted)
        if wanted is not None and chosen is None:
            raise _no_group(found, wanted)
        example = None if chosen is None else opened.candidate(chosen.example)
    if output.json:
        emit("failures", found.as_json())
    elif chosen is None or example is None:
        terminal.answer(*_groups(found))
    else:
        terminal.answer(*_group(found, chosen, example), fold=True)
    return 0


def _wanted(number: str | None, cause: str | None) -> int | str | None:
    if number is None:
        return int(cause) if cause is not None and cause.isdecimal() else cause
    if not number.isdecimal():
        raise UsageError(f"{number} is no number of a group", "speciate failures lists them")
    return int(number)


def _no_group(found: Failures, wanted: int | str) -> UsageError:
    there = f"there are {len(found.causes)}" if found.causes else "there is none"
    what = f"no group {wanted}" if isinstance(wanted, int) else f"no cause with `{wanted}`"
    return UsageError(f"{found.run} has {what}: {there}", f"speciate failures {found.run}")


def _groups(found: Failures) -> list[str]:
    from .table import table

    if not found.causes and not found.empty:
        return [f"{found.run}   no failures in {counted(found.of, 'candidate')}"]
    lines = [
        f"{found.run}   {found.failed:,} of {counted(found.of, 'candidate')} failed, {found.rejected:,} rejected   "
        f"wasted {took(found.seconds)}"
    ]
    if found.causes:
        rows = [_row(each) for each in found.causes]
        head = ("#", "count", "status", "first", "last", "wasted", "example", "cause")
        lines += [_cut(line) for line in table(head, rows, (0, 1, 3, 4, 5, 6))]
    if found.empty:
        by = ", ".join(f"{safe(name)} {n:,}" for name, n in found.empties.items())
        lines.append(_cut(f"no proposal came of {counted(found.empty, 'ticket')}: {by}"))
    if found.causes:
        return [*lines, f"next     speciate failures {found.run} 1 · speciate show {found.causes[0].example}"]
    return [*lines, f"next     speciate log {found.run} --type failed"]


def _row(each: Cause) -> tuple[str, ...]:
    where = f" · {safe(each.line)}" if each.line else ""
    spent = took(each.seconds) if each.seconds else ""
    when = clock(each.first_at), clock(each.last_at)
    return str(each.number), count(each.count), each.status, *when, spent, str(each.example), safe(each.cause) + where


def _cut(line: str) -> str:
    """As wide as a terminal; whole where it goes elsewhere."""
    if not sys.stdout.isatty():
        return line
    width = max(Terminal.of().columns, 40)
    return line if len(line) <= width else line[: width - 1] + "…"


def _group(found: Failures, cause: Cause, example: Detail) -> Iterable[str]:
    from .table import table

    by = ", ".join(f"{name} {n:,}" for name, n in cause.operators.items())
    yield f"{found.run}   group {cause.number} of {len(found.causes)}   {cause.status}: {safe(cause.cause)}"
    if cause.line:
        yield f"where    {safe(cause.line)}{_source(cause, example)}"
    yield f"count    {cause.count:,}, made by {by}"
    yield f"when     candidate {cause.first} at {clock(cause.first_at)} to {cause.last} at {clock(cause.last_at)}"
    if cause.seconds or cause.usd:
        yield f"wasted   {took(cause.seconds)}, {usd(cause.usd)}"
    members = cause.members[:MEMBERS]
    if len({each.said for each in members}) == 1:
        yield f"members  {' '.join(str(each.id) for each in members)}"
    else:
        rows = [(str(each.id), each.operator, clock(each.at), safe(each.said)) for each in members]
        yield from (_cut(line) for line in table(("id", "made by", "at", "said"), rows, (0, 2)))
    if cause.count > len(members):
        yield f"         … {cause.count - len(members):,} earlier"
    yield f"next     speciate show {cause.example} · speciate diff {cause.example}"


def _source(cause: Cause, example: Detail) -> str:
    """The line of the example's program."""
    file, _, number = cause.line.rpartition("line ")
    text = example.files.get(file.strip(), example.text if not file else "")
    lines = text.splitlines()
    at = int(number) - 1
    return f" of {example.row.id}: {safe(lines[at].strip())}" if 0 <= at < len(lines) else ""
