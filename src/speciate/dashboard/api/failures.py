"""Why candidates came to nothing, and what became of commands."""

from __future__ import annotations

from speciate.core.errors import UsageError
from speciate.store.commands import command as command_of
from speciate.store.failing import failures as failures_of
from speciate.store.queries import Run

from .routing import Asked, Document


def failures(run: Run, asked: Asked) -> Document:
    """?group=N: that group's members, too. As `speciate failures RUN N --json`."""
    number = asked.number("group", 1, 1) if asked.query.get("group") else None
    found = failures_of(run, number)
    if number is not None and number > len(found.causes):
        raise UsageError(
            f"{run.name} has no group {number}: there are {len(found.causes)}", f"speciate failures {run.name}"
        )
    return Document("failures", found.as_json())


def command(run: Run, asked: Asked) -> Document:
    """As the verb that sent it prints with --json."""
    number = asked.path["id"]
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise UsageError(f"{number[:40]} is no number of a command", f"speciate log {run.name} --type steered")
    return Document("command", {"run": run.name, **command_of(run, int(number)).as_json()})
