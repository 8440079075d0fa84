"""The text of a reply: what was asked, done sensibly, or spoiled as the drawn fault says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from speciate.genomes.text import END, START
from speciate.llm.chat import Message

from . import speaking
from .changing import Changer
from .faults import Draws, Fault
from .reading import Asked, Format, Source, read
from .writing import block, fenced, written

_PROSE = "I have thought about this program at length. "
_NOWHERE = "zig <- zag % 0xQUUX;  # unlike any line there is, so that no tolerance finds it"
_FUNCTION = re.compile(r"\b([A-Za-z_]\w*)\(((?:[A-Za-z_]\w*)?(?:, *[A-Za-z_]\w*)*)\)")
_WHOLLY_WRONG = "```python\ndef f(:\n```\n"
_SORRY = "I'm sorry, but I can't help with that."


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` None is a refusal, whose words are in `refusal`; `finish` is the protocol's finish_reason."""

    text: str | None
    finish: str = "stop"
    refusal: str | None = None
    format: str = ""


@dataclass(frozen=True, slots=True)
class Answerer:
    changer: Changer
    huge: int

    def answer(self, messages: Sequence[Message], draws: Draws, fault: Fault | None) -> Answer:
        """A function of its arguments. Faults of status, connection and form are not this one's business."""
        asked = read(messages)
        shape = asked.format.value
        match fault:
            case Fault.EMPTY:
                return Answer("", format=shape)
            case Fault.REFUSAL:
                return Answer(None, refusal=_SORRY, format=shape)
            case Fault.FILTERED:
                return Answer("", "content_filter", format=shape)
            case Fault.WRONG_FORMAT:
                return Answer(_PROSE + " ".join(speaking.phrases(draws.rng("text"), 2)), format=shape)
            case Fault.TRUNCATED:
                text = self._text(asked, draws, None)
                return Answer(text[: len(text) // 2], "length", format=shape)
            case Fault.HUGE:
                prose = (_PROSE * (self.huge // len(_PROSE) + 1))[: self.huge]
                return Answer(f"{prose}\n\n{self._text(asked, draws, None)}", format=shape)
            case _:
                return Answer(self._text(asked, draws, fault), format=shape)

    def _text(self, asked: Asked, draws: Draws, fault: Fault | None) -> str:
        spoiled = fault in (Fault.WRONG_EDIT, Fault.OUTSIDE, Fault.NO_OP)
        match asked.format:
            case Format.VECTOR:
                return "[1.0, two, 3.0" if spoiled else speaking.vector(asked, draws.rng("text"))
            case Format.VERDICT:
                return "It depends." if spoiled else speaking.verdict(asked, draws.rng("text"))
            case Format.ITEMS:
                return "It depends." if spoiled else speaking.items(asked, draws.rng("text"))
            case Format.TEXT:
                return speaking.text(draws.rng("text"))
            case Format.JSON:
                return '{"title": ' if spoiled else speaking.note(asked, draws.rng("text"))
            case Format.COMPLETION:
                return self._completion(asked, draws, fault)
            case _:
                return self._edit(asked, draws, fault)

    def _completion(self, asked: Asked, draws: Draws, fault: Fault | None) -> str:
        if fault is Fault.WRONG_EDIT:
            text = "    return (0\n"
        elif fault is Fault.NO_OP:
            text = speaking.kept(asked)
        else:
            text = speaking.completion(asked, self.changer, draws.rng("text"))
        if fault is Fault.OUTSIDE:
            text += "\n\nSCALE = 2\n"
        return f"```python\n{text}```\n"

    def _edit(self, asked: Asked, draws: Draws, fault: Fault | None) -> str:
        rng = draws.rng("text")
        if not asked.files:
            return _WHOLLY_WRONG if fault is Fault.WRONG_EDIT else _from_nothing(asked, rng)
        program = asked.files[int(rng.integers(len(asked.files)))] if len(asked.files) > 1 else asked.files[0]
        if fault is Fault.WRONG_EDIT:
            return _wrong(asked, program)
        if fault is Fault.NO_OP:
            return _same(asked, program)
        if fault is Fault.OUTSIDE:
            return _outside(asked, program)
        change = self.changer.change(program, asked.others, rng)
        if change is None:
            return "I see nothing in this program that can be changed.\n"
        reply = written(asked, program, change.text, change.said)
        return speaking.thought_out(asked, reply, change.said, rng) if asked.format is Format.IDEAS else reply


def _from_nothing(asked: Asked, rng: np.random.Generator) -> str:
    """A program where none was shown: of the function that the prompt names first, a weighted sum of two parameters."""
    named = _FUNCTION.search(asked.system + asked.user)
    name, listed = (named[1], named[2].split(",")) if named is not None else ("f", [])
    parameters = [each.strip() for each in listed]
    chosen = rng.permutation(len(parameters))[:2]
    terms = [f"{round(float(rng.normal()), 2)} * {parameters[int(place)]}" for place in chosen]
    code = f"def {name}({', '.join(parameters)}):\n    return {' + '.join(terms) or '0.0'}\n"
    return f"A first try.\n\n{fenced('python', code)}\n"


def _wrong(asked: Asked, program: Source) -> str:
    if asked.format is Format.DIFF:
        return block([_NOWHERE], [_NOWHERE.upper()]) + "\n"
    if asked.format is Format.UNIFIED:
        return _hunk(1, _NOWHERE, _NOWHERE.upper())
    lines = program.text.splitlines()
    end = next((row for row, line in enumerate(lines) if END in line), len(lines))
    return fenced(program.language or "python", "\n".join([*lines[:end], ")]}", *lines[end:]])) + "\n"


def _same(asked: Asked, program: Source) -> str:
    if asked.format is Format.UNIFIED:
        line = _first(program.text)
        number = program.text.splitlines().index(line) + 1
        return _hunk(number, line, line)
    if asked.format is Format.DIFF:
        line = _first(program.text)
        return block([line], [line]) + "\n"
    return written(asked, program, program.text, "nothing")


def _outside(asked: Asked, program: Source) -> str:
    """A change of the last line outside the markers; of a program without any, one more line at its end."""
    lines = program.text.splitlines()
    inside, outside = False, []
    for row, line in enumerate(lines):
        inside = (inside or START in line) and END not in line
        if line.strip() and not inside and START not in line and END not in line:
            outside.append(row)
    if START in program.text and outside:
        changed = [*lines[: outside[-1]], f"{lines[outside[-1]]}  # changed", *lines[outside[-1] + 1 :]]
    else:
        changed = [*lines, "CHANGED = True"]
    return written(asked, program, "\n".join(changed) + "\n", "a line outside the markers")


def _hunk(number: int, old: str, new: str) -> str:
    lines = ("--- a/program", "+++ b/program", f"@@ -{number},1 +{number},1 @@", f"-{old}", f"+{new}")
    return fenced("diff", "\n".join(lines)) + "\n"


def _first(text: str) -> str:
    """The first line of the block that is more than a marker."""
    lines = [line for line in text.partition(START)[2].split("\n")[1:] if line.strip()] if START in text else []
    return next((line for line in lines if END not in line), next(filter(str.strip, text.split("\n")), ""))
