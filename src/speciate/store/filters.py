"""The words that choose candidates: `status:ok,invalid island:2 score<2.5 -move:llm id:400..500 text:"two words"`.

All words must hold; a minus before one says that it must not. Scores are the user's, islands count from 1 as people
count. What is unknown is neither less nor more than anything.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TypeAlias

from speciate.core.errors import UsageError

from .views import Metric

STATUSES = ("ok", "invalid", "crashed", "timeout", "filtered", "rejected", "waiting")
NAMED = ("status", "move", "model", "island", "id", "parent", "cell", "text")
CHILDREN = "(SELECT count(*) FROM children WHERE parent = candidates.id)"
NUMBERS = {"score": "score", "evals": "evals", "seconds": "seconds", "usd": "usd", "at": "at", "children": CHILDREN}
MODEL = "(SELECT model FROM authors WHERE authors.id = candidates.id)"
SIGNS = {":": "=", "=": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}

_TYPED = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
_SHAPE = re.compile(r"(-)?([^\W\d][\w.]*)(<=|>=|!=|<|>|=|:)(.+)", re.DOTALL)
_RANGE = re.compile(r"(\d{1,18})\.\.(\d{1,18})")

Values: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a query, as `typed`."""

    typed: str
    negated: bool
    name: str
    sign: str
    value: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """`clause` is SQL over `candidates`, with its `values`. `texts` must each be in a candidate's program, in any case,
    those of `without` must not."""

    clause: str = "1"
    values: Values = ()
    texts: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    @property
    def everything(self) -> bool:
        return self.clause == "1" and not self.reads

    @property
    def reads(self) -> bool:
        """Whether programs have to be read for it."""
        return bool(self.texts or self.without)

    def holds(self, program: Callable[[], str]) -> bool:
        """Whether a program has what it must."""
        if not self.reads:
            return True
        text = program().casefold()
        return all(each in text for each in self.texts) and not any(each in text for each in self.without)


def words(query: str) -> list[Word]:
    """Raises UsageError for a word that is no filter."""
    found = []
    for typed in _TYPED.findall(query):
        matched = _SHAPE.fullmatch(typed)
        if matched is None:
            raise UsageError(f"{typed[:80]} is no filter", "e.g. status:ok, island:2, score<2.5 or text:sorted")
        minus, name, sign, value = matched.groups()
        found.append(Word(typed, minus is not None, name.lower(), sign, value.replace('"', "")))
    return found


def chosen(query: str, metric: Metric, measures: Iterable[str] = ()) -> Chosen:
    """What a query chooses. `measures` are the names that a problem has. Raises UsageError for a word that means
    nothing, with what there is."""
    tests: list[str] = []
    values: list[object] = []
    texts: dict[bool, list[str]] = {False: [], True: []}
    known = tuple(measures)
    for word in words(query):
        if word.name == "text":
            texts[word.negated].append(word.value.casefold())
            continue
        test, more = _test(word, metric, known)
        tests.append(f"NOT coalesce({test}, 0)" if word.negated else f"coalesce({test}, 0)")
        values += more
    return Chosen(" AND ".join(tests) or "1", tuple(values), tuple(texts[False]), tuple(texts[True]))


def _test(word: Word, metric: Metric, measures: Sequence[str]) -> tuple[str, Values]:
    match word.name:
        case "status":
            return _status(word)
        case "move" | "operator":
            return _part("operator", word)
        case "model":
            return _part(MODEL, word)
        case "island":
            return _within("island + 1", word)
        case "id":
            return _within("id", word)
        case "parent":
            test = "EXISTS (SELECT 1 FROM children WHERE parent = ? AND child = candidates.id)"
            return test, (_whole(word, word.value),)
        case "cell":
            cell = re.sub(r"[()\[\]\s]", "", word.value)
            test = "place IS NOT NULL AND json_valid(place) AND json_extract(place, '$.cell') = ?"
            return test, (f"[{cell}]",)
        case _:
            return _compared(number_of(word.name, measures, word.typed), word, metric)


def number_of(name: str, measures: Sequence[str], typed: str = "") -> tuple[str, Values]:
    """A column of numbers by its name, as SQL. Raises UsageError where there is none."""
    if name in NUMBERS:
        return NUMBERS[name], ()
    for each in measures:
        if each.lower() == name.lower():
            return "(SELECT value FROM json_each(measures) WHERE key = ?)", (each,)
    there = (*NAMED, *NUMBERS, *measures)
    near = difflib.get_close_matches(name, there, 1, 0.5)
    what = f"{typed or name}: there is no column {name[:40]}" + (f"; nearest: {near[0]}" if near else "")
    raise UsageError(what, f"one of {', '.join(there)}")


def _status(word: Word) -> tuple[str, Values]:
    wanted = _list(word)
    for each in wanted:
        if each not in STATUSES:
            raise UsageError(f"{word.typed}: there is no status {each[:40]}", f"one of {', '.join(STATUSES)}")
    return f"status IN ({', '.join('?' * len(wanted))})", wanted


def _part(column: str, word: Word) -> tuple[str, Values]:
    """Any part of a name."""
    wanted = _list(word)
    return f"({' OR '.join([f'instr(lower({column}), ?) > 0'] * len(wanted))})", wanted


def _list(word: Word) -> tuple[str, ...]:
    return tuple(each.strip().lower() for each in word.value.split(",")[:20])


def _within(column: str, word: Word) -> tuple[str, Values]:
    if matched := _RANGE.fullmatch(word.value):
        return f"{column} BETWEEN ? AND ?", (int(matched[1]), int(matched[2]))
    if word.sign != ":":
        return f"{column} {SIGNS[word.sign]} ?", (_whole(word, word.value),)
    wanted = [_whole(word, each) for each in word.value.split(",")[:100]]
    return f"{column} IN ({', '.join('?' * len(wanted))})", tuple(wanted)


def _compared(column: tuple[str, Values], word: Word, metric: Metric) -> tuple[str, Values]:
    try:
        number = float(word.value.replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        raise UsageError(f"{word.typed}: expected a number after {word.sign}", f"e.g. {word.name}<2.5")
    sign = SIGNS[word.sign]
    if word.name == "score" and metric.direction.sign < 0:
        number, sign = metric.engine(number) + 0.0, _FLIPPED[sign]
    return f"{column[0]} {sign} ?", (*column[1], number)


def _whole(word: Word, said: str) -> int:
    said = said.strip()
    if not (said.isascii() and said.isdecimal() and len(said) < 19):
        raise UsageError(f"{word.typed}: expected a whole number", f"{word.name}:2")
    return int(said)
