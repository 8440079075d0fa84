"""Prompt templates: text files with {placeholders}, of which a problem's folder `prompts/` may override any by name.

A template has two parts, headed by the lines `=== system ===` and `=== user ===` (a file without them is one part). A
line that is one placeholder alone vanishes, with the blank line after it, where that part is empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from speciate.core.errors import ProblemError

SHIPPED = Path(__file__).parent / "prompts"
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
ALONE = re.compile(r"^\{([a-z_]+)\}$")
HEAD = re.compile(r"^=== (\w+) ===$", re.MULTILINE)
# What each placeholder stands for; a template may use any, and those that a prompt has nothing for are empty.
ANSWER = "{answer}"
PLACEHOLDERS: Mapping[str, str] = {
    "statement": "the problem in words, its score and direction, its limits",
    "answer": "the answer format's own text (answer_FORMAT.txt)",
    "where": "which lines may change, and how several files are told apart",
    "language": "the language's word after a code fence",
    "parent": "the program to change, with its score",
    "parents": "all parents of a crossover, with their scores",
    "results": "the parent's per-case results, feedback and artifacts",
    "inspirations": "other programs, the best and different ones, with their scores",
    "notes": "what memory recalled, and hints of a person",
    "failures": "the last failures",
    "instruction": "how to go about it, where instructions evolve",
    "versions": "versions of a function, the worse first, and the head of the next (complete)",
    "error": "how the parent failed (fix)",
    "fault": "why an answer could not be used (retry)",
    "shown": "the lines of the program that it nearly named (retry)",
    "members": "generations of vectors with their fitness, the worse first (evollm)",
    "target": "the fitness that the next mean shall have (evollm)",
    "count": "how many numbers a vector has (evollm)",
    "role": "the character to play, a template `role_...` (guided)",
    "task": "what to do with the program, a template `task_...` (guided)",
    "ideas": "the ideas behind the programs that are shown (idea_...)",
    "ideas_wanted": "how many ideas are asked for (idea_...)",
    "programs": "programs that notes are made of, with their scores (summarise, insights, recommend, instruct)",
    "learned": "the notes so far (insights, recommend), or the instructions (instruct)",
    "one": "the new program (judge)",
    "other": "the known program that it resembles (judge)",
}


class Templates:
    """Those that are shipped, under those of the same name in `folder` (None: no override). They are read at once, so
    that one that is broken costs no call. Other files of the folder may be anything, until one is asked for by name.

    Raises:
        ProblemError: for a template with a placeholder that does not exist, or without {answer} where the one that
            comes along has it; that is empty, or that cannot be read.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        shipped = {file.stem: file for file in SHIPPED.glob("*.txt")}
        self._texts = {name: _read(shipped[name]) for name in sorted(shipped)}
        for name, text in self._texts.items():
            if (own := self._own(name)) is not None:
                self._texts[name] = _answered(_read(own), own, text)

    def parts(self, name: str, values: Mapping[str, str]) -> dict[str, str]:
        """The filled template by part, in order; a file without heads is the part "user"."""
        return {head: filled(body, values) for head, body in _split(self.text(name))}

    def text(self, name: str) -> str:
        """Raises ProblemError for a template that does not exist."""
        if name in self._texts:
            return self._texts[name]
        own = self._own(name)
        if own is None:
            raise ProblemError(f"there is no prompt template `{name}`", f"the templates are {', '.join(self._texts)}")
        return _read(own)

    def _own(self, name: str) -> Path | None:
        file = self.folder / f"{name}.txt" if self.folder is not None else None
        return file if file is not None and file.is_file() else None


def _read(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProblemError(f"{file} cannot be read: {error}", "make it a readable file of UTF-8 text") from None
    if not text.strip():
        raise ProblemError(f"{file} is empty", "write the template, or remove the file for the one that comes along")
    for head in HEAD.findall(text):
        if head not in ("system", "user"):
            raise ProblemError(f"{file} has the head `=== {head} ===`", "a template's parts are system and user")
    for found in PLACEHOLDER.findall(text):
        if found not in PLACEHOLDERS:
            near = next(iter(get_close_matches(found, PLACEHOLDERS, 1)), "")
            nearest = f"; nearest: {{{near}}}" if near else ""
            known = ", ".join(PLACEHOLDERS)
            raise ProblemError(f"{file} has the unknown placeholder {{{found}}}{nearest}", f"there are {known}")
    return text


def _answered(text: str, file: Path, shipped: str) -> str:
    """Without being told the format no model can keep to it, and each reply would be paid for nothing."""
    if ANSWER in shipped and ANSWER not in text:
        raise ProblemError(f"{file} lacks {ANSWER}, which tells a model how to answer", f"add a line {ANSWER}")
    return text


@dataclass(frozen=True, slots=True)
class _Piece:
    """A line that is one placeholder, `alone`; or one with `parts`, text and placeholders in turns, text first; or the
    lines in a row without any, `text`, of which those at the beginning that are `blank` are a piece by themselves."""

    text: str = ""
    blank: bool = False
    alone: str = ""
    parts: tuple[str, ...] = ()


# The same few templates are filled for every ticket, so they are read once.
@lru_cache(maxsize=64)
def _split(text: str) -> tuple[tuple[str, str], ...]:
    """By part."""
    found = HEAD.split(text)
    return (("user", text),) if len(found) == 1 else tuple(zip(found[1::2], found[2::2], strict=True))


@lru_cache(maxsize=64)
def _pieces(text: str) -> tuple[_Piece, ...]:
    found: list[_Piece] = []
    plain: list[str] = []

    def flush() -> None:
        if plain:
            found.append(_Piece("\n".join(plain), blank=not "".join(plain).strip()))
            plain.clear()

    for line in text.strip("\n").split("\n"):
        if alone := ALONE.match(line):
            flush()
            found.append(_Piece(alone=alone[1]))
        elif PLACEHOLDER.search(line):
            flush()
            found.append(_Piece(parts=tuple(PLACEHOLDER.split(line))))
        else:
            if line.strip() and not "".join(plain).strip():
                flush()
            plain.append(line)
    flush()
    return tuple(found)


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with the values in place of placeholders; what stands in a value is left as it is."""
    kept: list[str] = []
    after_empty = False
    for each in _pieces(text):
        if each.alone:
            piece = values.get(each.alone, "")
            if not piece:
                after_empty = True
                continue
        elif after_empty and each.blank:
            continue
        elif each.parts:
            piece = "".join([values.get(part, "") if at % 2 else part for at, part in enumerate(each.parts)])
        else:
            piece = each.text
        kept.append(piece)
        after_empty = False
    return "\n".join(kept).strip("\n")
