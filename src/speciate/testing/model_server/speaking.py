"""Answers that are no program: numbers, verdicts, texts, notes, and the body of a function."""

from __future__ import annotations

import ast
import json
import re
import textwrap
from collections.abc import Mapping, Sequence

import numpy as np

from speciate.core.values import JSON
from speciate.genomes.text import END, START, parse

from .changing import Changer
from .reading import Asked, Source

_LIST = re.compile(r"\[\s*(-?\d[\d.eE+\-]*(?:\s*,\s*-?\d[\d.eE+\-]*)*)\s*\]")
_ROW = re.compile(r"(-?\d[\d.eE+\-]*(?:\s*,\s*-?\d[\d.eE+\-]*)+)")
_HEADER = re.compile(r"^([ \t]*)def (\w+)_v(\d+)\(", re.MULTILINE)
_SHOWN = re.compile(r"^# Program \d+\n(Candidate \d+), ([^\n]*)$", re.MULTILINE)
_WANTED = re.compile(r"\b(\d+) ideas\b")
_IDEA = re.compile(r"^# Ideas behind [^\n]*\n- (.+)$", re.MULTILINE)  # the first of those behind a program
_NOVEL = 0.7  # the share of verdicts that say yes
_PHRASES = (
    "Scale the dominant term before the comparison; small factors decide most ties.",
    "Treat the last few percent of the capacity as a case of its own.",
    "A threshold on the remaining slack separates the two regimes that now share one formula.",
    "Replace the linear penalty by one that grows faster near the limit.",
    "Drop the term that never changes the order of the candidates.",
    "Combine the two best programs: the condition of one, the score of the other.",
    "Tune the constants together rather than one at a time.",
    "Reward progress early and precision late.",
    "Prefer the simpler form where both score the same.",
)


def vector(asked: Asked, rng: np.random.Generator) -> str:
    """A mean near the best of the members shown (the last, as Lange, Tian & Tang 2024 sort them), with a step on from
    the worst; whole numbers where the members are whole."""
    members = _members(asked.user)
    if not members:
        return "[0.0]"
    best, worst = np.array(members[-1]), np.array(members[0])
    spread = np.abs(np.array(members) - best).mean(axis=0)
    mean = best + rng.uniform(0.0, 0.3) * (best - worst) + rng.normal(0.0, 0.3, len(best)) * spread
    if all(float(each).is_integer() for each in best):
        return json.dumps([round(float(each)) for each in mean])
    return json.dumps([float(f"{each:.6g}") for each in mean])


def _members(text: str) -> list[list[float]]:
    """The rows of numbers of the most frequent length, in order; the longest of those where several are."""
    rows = [_numbers(match[1]) for match in _LIST.finditer(text)] or [_numbers(each[1]) for each in _ROW.finditer(text)]
    rows = [row for row in rows if row]
    if not rows:
        return []
    lengths = [len(row) for row in rows]
    usual = max(sorted(set(lengths)), key=lambda length: (lengths.count(length), length))
    return [row for row in rows if len(row) == usual]


def _numbers(row: str) -> list[float]:
    try:
        return [float(each) for each in row.split(",")]
    except ValueError:
        return []


def verdict(asked: Asked, rng: np.random.Generator) -> str:
    yes, no = ("NOVEL", "NOT NOVEL") if "NOT NOVEL" in asked.system + asked.user else ("yes", "no")
    chosen = yes if rng.random() < _NOVEL else no
    return f"{chosen}: {phrases(rng, 1)[0]}"


def text(rng: np.random.Generator) -> str:
    """A sentence, and a numbered list of recommendations."""
    lines = [f"{number}. {phrase}" for number, phrase in enumerate(phrases(rng, 3), 1)]
    return "The better programs differ from the others in few places.\n\n" + "\n".join(lines)


def items(asked: Asked, rng: np.random.Generator) -> str:
    """One about each program under a heading "# Program N", with its score; of ideas that are listed behind programs
    one, and another; without any, pieces of advice."""
    shown, ideas = _SHOWN.findall(asked.user), _IDEA.findall(asked.user)
    if ideas:
        said = [ideas[int(rng.integers(len(ideas)))], *phrases(rng, 1)]
    elif not shown:
        said = phrases(rng, int(rng.integers(2, 6)))
    else:
        said = [f"{name} ({score}): {_PHRASES[int(rng.integers(len(_PHRASES)))]}" for name, score in shown]
    return _numbered(said)


def thought_out(asked: Asked, reply: str, said: str, rng: np.random.Generator) -> str:
    """A reply with a program, and before it the ideas that it stands for: what was done, and what might be next."""
    wanted = _WANTED.search(asked.system)
    count = min(int(wanted[1]), len(_PHRASES)) if wanted is not None else 2
    listed = [f"{said[:1].upper()}{said[1:]}", *phrases(rng, count - 1)]
    return f"Ideas:\n{_numbered(listed)}\n\nThoughts: {reply}"


def _numbered(items: Sequence[str]) -> str:
    return "\n".join(f"{number}. {item}" for number, item in enumerate(items, 1))


def note(asked: Asked, rng: np.random.Generator) -> str:
    """An object with the keys of the last one that the prompt shows, values of the same types."""
    example = _example(asked.system) or _example(asked.user) or {"title": "", "insight": "", "advice": [""]}
    return json.dumps({name: _alike(value, rng) for name, value in example.items()}, indent=2)


def phrases(rng: np.random.Generator, count: int) -> list[str]:
    return [_PHRASES[int(place)] for place in rng.permutation(len(_PHRASES))[:count]]


def _example(words: str) -> Mapping[str, JSON] | None:
    decoder = json.JSONDecoder()
    found: Mapping[str, JSON] | None = None
    at = words.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(words, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            found = value or found
        at = words.find("{", end)
    return found


def _alike(value: JSON, rng: np.random.Generator) -> JSON:
    match value:
        case bool():
            return bool(rng.random() < _NOVEL)
        case int():
            return int(rng.integers(1, 10))
        case float():
            return round(float(rng.random()), 3)
        case list():
            return [_alike(value[0], rng) for _ in range(2)] if value else phrases(rng, 2)
        case dict():
            return {name: _alike(each, rng) for name, each in value.items()}
        case _:
            return phrases(rng, 1)[0]


def completion(asked: Asked, changer: Changer, rng: np.random.Generator) -> str:
    """The version that is open at the end, in whole: the body of the version before it, changed, with the others as
    material (Romera-Paredes et al. 2024)."""
    versions = _versions(asked)
    sources = [Source(each, "python") for each in versions]
    change = changer.change(sources[-1], sources[:-1], rng) if sources else None
    return _whole(asked, change.text if change is not None else "".join(versions[-1:]))


def kept(asked: Asked) -> str:
    """The open version, with the body of the one before it as it was."""
    return _whole(asked, "".join(_versions(asked)[-1:]))


def _whole(asked: Asked, program: str) -> str:
    """What the prompt ends with, from the last version's `def` on, and then the body of the program's function."""
    shown = asked.files[0].text if asked.files else ""
    headers = list(_HEADER.finditer(shown))
    head = textwrap.dedent(_trimmed(shown[headers[-1].start() :])).rstrip() if headers else ""
    last = head.rpartition("\n")[2]
    indent = last[: len(last) - len(last.lstrip())] if not last.endswith(":") else ""
    return f"{head}\n{textwrap.indent(_body(program), indent or '    ')}\n"


def _versions(asked: Asked) -> list[str]:
    """The programs with one version each, worst first, under one name: what the operators take for parents."""
    whole = asked.files[0].text if asked.files else ""
    headers = list(_HEADER.finditer(whole))
    if not headers:
        return []
    shown = [each for each in headers if int(each[3]) < max(int(each[3]) for each in headers)]
    preface = whole[: headers[0].start()]
    lines = preface.splitlines()
    imports = "\n".join(line for line in lines if line.startswith(("import ", "from ")))
    found = []
    for header in shown:
        until = headers[headers.index(header) + 1].start()
        code = textwrap.dedent(_trimmed(whole[header.start() : until])).rstrip()
        code = re.sub(rf"\b{header[2]}_v\d+\b", header[2], code)
        if parse(code) is not None:
            found.append(f"{imports}\n\n# {START}\n{code}\n# {END}\n")
    return found


def _trimmed(code: str) -> str:
    """The function alone: up to the first line that stands as far left as its header."""
    first, *rest = code.split("\n")
    margin = len(first) - len(first.lstrip())
    lines = [first]
    for line in rest:
        if line.strip() and len(line) - len(line.lstrip()) <= margin and not line.strip().startswith(")"):
            break
        lines.append(line)
    return "\n".join(lines)


def _body(program: str) -> str:
    """The statements of the program's last function, without its docstring, which is that of the version before."""
    tree = parse(program)
    functions = [each for each in tree.body if isinstance(each, ast.FunctionDef)] if tree is not None else []
    statements: Sequence[ast.stmt] = functions[-1].body if functions else ()
    if len(statements) > 1 and isinstance(statements[0], ast.Expr) and isinstance(statements[0].value, ast.Constant):
        statements = statements[1:]
    return "\n".join(map(ast.unparse, statements)) or "return 0"
