"""What was typed and is no command line of ours, as a sentence with the value and the line that was likely meant."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from speciate.core.errors import UsageError

if TYPE_CHECKING:
    from cyclopts import App
    from cyclopts.exceptions import CoercionError, CycloptsError, MissingArgumentError, UnknownOptionError

# How other programs call what a verb does.
ELSEWHERE: Mapping[str, str] = {
    **dict.fromkeys(("ls", "list", "status", "ps"), "runs"),
    **dict.fromkeys(("new", "create"), "init"),
    **dict.fromkeys(("start", "evolve", "optimize"), "run"),
    **dict.fromkeys(("continue", "restart"), "resume"),
    **dict.fromkeys(("delete", "del", "remove"), "rm"),
    **dict.fromkeys(("kill", "cancel", "abort", "quit", "end"), "stop"),
    **dict.fromkeys(("attach", "tail", "monitor"), "watch"),
    **dict.fromkeys(("info", "cat", "view"), "show"),
    **dict.fromkeys(("validate", "test", "verify"), "check"),
    **dict.fromkeys(("history", "events"), "log"),
    **dict.fromkeys(("errors",), "failures"),
    **dict.fromkeys(("bench", "benchmark"), "compare"),
    **dict.fromkeys(("methods",), "recipes"),
    **dict.fromkeys(("examples",), "problems"),
    **dict.fromkeys(("dashboard", "ui", "web", "server"), "serve"),
}
SURE = 0.6  # likeness below which a verb is no guess worth making: `speciate stop` is not what `list` means
ALIKE = 0.7  # the same for flags


def no_verb(tokens: Sequence[str], verbs: Collection[str]) -> UsageError:
    """For a first word that is no verb."""
    name, rest = tokens[0], tokens[1:]
    if name.startswith("-"):
        near = _nearest(name, ("--help", "--version"), ALIKE)
        if near:
            return UsageError(f"no flag `{name}`; nearest: {near}", f"speciate {near}")
        return UsageError(f"`{name}` stands before any verb", "speciate VERB, then its flags; speciate --help")
    near = _verb(name, verbs)
    if near:
        return UsageError(f"no verb `{name}`; nearest: {near}", f"speciate {shlex.join((near, *rest))}")
    what = f"no verb `{name}`"
    if name.endswith(".db") and Path(name).is_file():
        return UsageError(f"{what}, but there is such a run", f"speciate show {shlex.quote(name)}")
    if name and Path(name).is_dir():
        return UsageError(f"{what}, but there is such a folder", f"speciate run {shlex.quote(name)}")
    if Path(name).is_file():
        return UsageError(f"{what}, but there is such a file", f"speciate run {shlex.join(tokens)}")
    return UsageError(what, _meant(name) or "speciate --help lists them")


def _verb(name: str, verbs: Collection[str]) -> str:
    """The verb that is meant, "" where none is likely."""
    small = name.lower()
    if small in verbs:
        return small
    begins = [verb for verb in verbs if small and verb.startswith(small)]
    if len(begins) == 1:
        return begins[0]
    return ELSEWHERE.get(small) or _nearest(small, verbs, SURE)


def _meant(name: str) -> str:
    """The command line of somebody who left the verb out, "" where it cannot be told."""
    from speciate.problems.folder import names

    if name in names():
        return f"speciate run {name}"
    head = name.partition("~")[0]
    return f"speciate show {name}" if head.isdecimal() or head == "seed" else ""


def _nearest(name: str, known: Collection[str], sure: float) -> str:
    import difflib

    near = difflib.get_close_matches(name, known, 1, sure)
    return near[0] if near else ""


def usage(error: CycloptsError, app: App, name: str, typed: Sequence[str]) -> UsageError:
    """What cyclopts found in the words after the verb `name`, as one of our sentences."""
    from cyclopts import exceptions

    remedy = f"speciate {name} --help"
    match error:
        case exceptions.UnknownOptionError():
            return UsageError(_no_flag(error, app, name), remedy)
        case exceptions.MissingArgumentError() if error.argument is not None:
            return UsageError(_missing(error, name, typed), remedy)
        case exceptions.UnusedCliTokensError():
            return UsageError(f"speciate {name}: too much: {' '.join(error.unused_tokens or ())}", remedy)
        case exceptions.RepeatArgumentError():
            return UsageError(f"{error.token.keyword} is there more than once", "say it once")
        case exceptions.CoercionError() if error.token is not None:
            return UsageError(_not_of_the_kind(error), remedy)
    return UsageError(" ".join(str(error).split()), remedy)


def _no_flag(error: UnknownOptionError, app: App, name: str) -> str:
    typed = (error.token.keyword or error.token.value).partition("=")[0]
    flags = sorted({flag for each in app.assemble_argument_collection() for flag in each.names if flag[0] == "-"})
    near = _nearest(typed, [flag for flag in flags if flag.startswith("--")], ALIKE) if len(typed) > 2 else ""
    return f"speciate {name} has no flag `{typed}`{f'; nearest: {near}' if near else ''}"


def _missing(error: MissingArgumentError, name: str, typed: Sequence[str]) -> str:
    assert error.argument is not None
    wanted = error.argument.name
    if not wanted.startswith("-"):
        return f"speciate {name} needs {wanted.upper()}"
    last = next((typed[at + 1] for at, each in enumerate(typed[:-1]) if each in error.argument.names), None)
    return f"{wanted} needs a value" + ("" if last is None else f", and {last} is none")


def _not_of_the_kind(error: CoercionError) -> str:
    from enum import Enum

    assert error.token is not None
    kind: Any = error.argument.hint if error.argument is not None else error.target_type
    typed = f"{error.token.keyword or ''} {error.token.value}".strip()
    kinds = [kind, *getattr(kind, "__args__", ())]
    if bool in kinds:
        return f"{error.token.keyword}={error.token.value}: {error.token.keyword} takes no value"
    if int in kinds:
        return f"{typed}: expected a whole number"
    if float in kinds:
        return f"{typed}: expected a number"
    for each in kinds:
        if isinstance(each, type) and issubclass(each, Enum):
            return f"{typed}: expected {one_of([str(value.value) for value in each])}"
    return f"{typed}: not of the kind it takes"


def one_of(words: Sequence[str]) -> str:
    """ "auto, always or never"."""
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)
