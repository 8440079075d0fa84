"""What a prompt asks and which programs it shows, as a model has to find out: from the text alone.

The asked format is the line `Answer format: NAME` of the system message. Where there is no such line, words that
prompts of program evolution have in common decide, so that other engines' prompts are answered too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from speciate.genomes.text import END, START
from speciate.llm.chat import Message, Speaker


class Format(StrEnum):
    DIFF = "diff"  # SEARCH/REPLACE blocks
    UNIFIED = "unified"  # a unified diff
    REWRITE = "rewrite"  # the whole program in a fence
    IDEAS = "ideas"  # a numbered list of ideas, thoughts, and the whole program in a fence
    COMPLETION = "completion"  # the body of the function that the prompt ends with
    VECTOR = "vector"  # a JSON list of numbers
    VERDICT = "verdict"  # yes or no
    ITEMS = "items"  # a numbered list: about each program that is shown by itself, of ideas, else of advice
    TEXT = "text"
    JSON = "json"  # one object


@dataclass(frozen=True, slots=True)
class Source:
    """A program as it stands in a prompt. `language` is the fence's word in lower case, "" without one; `name` the
    file, where its heading names one."""

    text: str
    language: str = ""
    name: str = ""

    @property
    def python(self) -> bool:
        return self.language in ("python", "py", "python3") or (not self.language and "def " in self.text)


@dataclass(frozen=True, slots=True)
class Asked:
    """`files` are those of the program that shall be improved which may change, `others` are further programs in the
    order of the prompt. `system` and `user` are the texts of these speakers. `named`: the program has several files,
    so an edit says which; `tagged`: the answer shall stand in tags (<NAME>, <CODE>)."""

    format: Format
    files: tuple[Source, ...]
    others: tuple[Source, ...]
    system: str
    user: str
    named: bool = False
    tagged: bool = False


@dataclass(frozen=True, slots=True)
class _Fence:
    source: Source
    heading: str  # the last lines above it, in lower case
    next: bool  # only the name of its file stands between it and the fence before


_LINE = re.compile(r"^[\s*#>-]*answer format:\**\s*`?(\w+)", re.IGNORECASE | re.MULTILINE)
_FENCE = re.compile(r"^(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^\n]*\n(.*?)^\1[ \t]*$", re.DOTALL | re.MULTILINE)
_NAME = re.compile(r"[A-Za-z_][\w./-]*\.[A-Za-z]\w{0,7}\b")
_NEXT = re.compile(r"\s*(file\s+)?\S+\.\w+:?\s*", re.IGNORECASE)
_VERSION = re.compile(r"^[ \t]*def \w+_v\d+\(", re.MULTILINE)
_NO_PROGRAM = frozenset({"diff", "patch", "text", "txt", "json", "console", "output", "xml", "yaml", "toml", "md"})
_SEARCH = "<<<<<<< SEARCH"
_EXAMPLE = ("# Original code to find", "# Your rewritten program", "# Rewritten program", "# ...")
_CURRENT = ("current program", "program to improve", "program to change", "program to fix", "parent 1", "current code")
_ABOVE = 400  # characters above a fence that may be its heading


def read(messages: Sequence[Message]) -> Asked:
    """What a conversation asks. The model's own earlier answers show no program."""
    system = "\n".join(each.text for each in messages if each.speaker is Speaker.SYSTEM)
    turns = [each.text for each in messages if each.speaker is Speaker.USER]
    user = "\n".join(turns)
    asked = _asked(system, user)
    if asked in (Format.VECTOR, Format.VERDICT, Format.ITEMS, Format.TEXT, Format.JSON):
        return Asked(asked, (), (), system, user)
    fences = _fences(user)
    if asked is Format.COMPLETION:
        return _completion(asked, fences, system, user)
    tagged = "<NAME>" in system or "<NAME>" in user
    first = _current(fences)
    if first is None:
        return Asked(asked, _unfenced(user), (), system, user, tagged=tagged)
    last = first + 1
    while last < len(fences) and fences[last].next:
        last += 1
    program = [each.source for each in fences[first:last]]
    marked = [each for each in program if START in each.text]
    others = tuple(each.source for each in (*fences[:first], *fences[last:]))
    return Asked(asked, tuple(marked or program), others, system, user, len(program) > 1, tagged)


def _asked(system: str, user: str) -> Format:
    for text in (system, user):
        said = _LINE.search(text)
        if said is not None and said[1].lower() in list(Format):
            return Format(said[1].lower())
    both = f"{system}\n{user}"
    if _SEARCH in both:
        return Format.DIFF
    words = both.lower()
    if "unified diff" in words:
        return Format.UNIFIED
    if _VERSION.search(user):
        return Format.COMPLETION
    if "json object" in words or "json format" in words:
        return Format.JSON
    if "not novel" in words or "yes or no" in words:
        return Format.VERDICT
    if "<CODE>" in both or "rewrit" in words or "complete program" in words or START in user:
        return Format.REWRITE
    return Format.REWRITE if _FENCE.search(user) and "program" in words else Format.TEXT


def _fences(text: str) -> list[_Fence]:
    """The fenced programs: not diffs, listings or the examples that show a format."""
    found: list[_Fence] = []
    end = 0
    for match in _FENCE.finditer(text):
        between, end = text[end : match.start()], match.end()
        language, code = match[2].lower(), match[3]
        if language in _NO_PROGRAM or _SEARCH in code or not code.strip() or code.lstrip().startswith(_EXAMPLE):
            continue
        heading = "\n".join(between[-_ABOVE:].rstrip().split("\n")[-4:])
        names = _NAME.findall(heading.rpartition("\n")[2])
        source = Source(code, language, names[-1] if names else "")
        found.append(_Fence(source, heading.lower(), bool(found) and _NEXT.fullmatch(between) is not None))
    return found


def _current(fences: Sequence[_Fence]) -> int | None:
    """The last one whose heading says so; else the last with markers; else the last of all."""
    said = [place for place, each in enumerate(fences) if any(words in each.heading for words in _CURRENT)]
    marked = [place for place, each in enumerate(fences) if START in each.source.text and END in each.source.text]
    places = said or marked or range(len(fences))
    return places[-1] if places else None


def _unfenced(text: str) -> tuple[Source, ...]:
    """The lines from the last START to its END, markers included."""
    start, end = text.rfind(START), text.rfind(END)
    if start < 0 or end < start:
        return ()
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    return (Source(text[first : last + 1 if last >= 0 else len(text)]),)


def _completion(asked: Format, fences: Sequence[_Fence], system: str, user: str) -> Asked:
    """The text with the versions of a function, which need not be fenced nor, being open at its end, be Python."""
    for each in reversed(fences):
        if _VERSION.search(each.source.text):
            return Asked(asked, (each.source,), (), system, user)
    shown = Source(user, "python") if _VERSION.search(user) else None
    return Asked(asked, (shown,) if shown is not None else (), (), system, user)
