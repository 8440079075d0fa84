"""The text of a reply: what was asked, done sensibly, or spoiled as the drawn fault says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from speciate.genomes.text import END, START
from speciate.llm.chat import Message

from . import speaking
from .changing import Changer
from .faults import Draws, Fault
from .reading import Asked, Format, Source, read
from .writing import block, fenced, written

_PROSE = "I have thought about this program at length. "
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
        rng = draws.rng("text")
        spoiled = fault in (Fault.WRONG_EDIT, Fault.OUTSIDE, Fault.NO_OP)
        match asked.format:
            case Format.VECTOR:
                return "[1.0, two, 3.0" if spoiled else speaking.vector(asked, rng)
            case Format.VERDICT:
                return "It depends." if spoiled else speaking.verdict(asked, rng)
            case Format.TEXT:
                return speaking.text(asked, rng)
            case Format.JSON:
                return '{"title": ' if spoiled else speaking.note(asked, rng)
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
        program = asked.program
        if program is None:
            return _from_nothing(asked)
        if fault is Fault.WRONG_EDIT:
            return _wrong(asked, program)
        if fault is Fault.NO_OP:
            return _same(asked, program)
        if fault is Fault.OUTSIDE:
            return _outside(asked, program)
        change = self.changer.change(program, asked.others, draws.rng("text"))
        if change is None:
            return "I see nothing in this program that can be changed.\n"
        return written(asked, program, change.text, change.said)


def _from_nothing(asked: Asked) -> str:
    """A program where none was shown: the function that the prompt names first, with a constant for an answer."""
    words = (asked.user + asked.system).replace("`", " ").split()
    calls = (each.partition("(")[0] for each in words if "(" in each)
    name = next((each for each in calls if each.isidentifier()), "f")
    code = f"# {START}\ndef {name}(*args):\n    return 0.0\n# {END}\n"
    return f"A first try.\n\n{fenced('python', code)}\n"


def _wrong(asked: Asked, program: Source) -> str:
    line = _first(program.text)
    if asked.format is Format.DIFF:
        return block([f"{line}  # as it never was"], [f"{line}  # changed"]) + "\n"
    if asked.format is Format.UNIFIED:
        return _hunk(1, f"{line}  # as it never was", line)
    return fenced(program.language or "python", f"{program.text}\n)]}}\n") + "\n"


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
