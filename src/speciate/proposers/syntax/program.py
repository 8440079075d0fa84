"""A parent as the operators see it, and the way from an edited tree to a proposal. Both are pure; parents are cached.

read        text -> blocks -> tree -> kinds, slots, places     kept for the last parents, by text
finish      edited tree -> tidied -> key -> text -> compiled   an edit that changes nothing, or too much, is None
"""

from __future__ import annotations

import ast
import sys
import warnings
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from speciate.core.errors import ProposalFailed
from speciate.core.values import Candidate, Digest, Genome
from speciate.genomes.normal import normal_form, signed
from speciate.genomes.text import Block, changeable, key_of, key_of_form, lines_of, parse, replace_block, rewritten

from .grammar import Grammar, Material
from .infer import Inferred, Scope, infer
from .kinds import Kind
from .naming import longest, shortened
from .tidy import tidy_block
from .trees import size_of, walk
from .usage import parameters

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Limits:
    """`nodes` is the most statements and expressions that the evolving block may have (a larger parent's children may
    have as many as it); `expression` the nodes beyond which a part of an expression gets a name of its own;
    where none may be moved, half as many again are the most. `arithmetic`: no child has a call, a condition, a loop."""

    nodes: int = 150
    expression: int = 28
    arithmetic: bool = False


DEFAULT = Limits()
NOT_ARITHMETIC = (
    ast.Call,
    ast.Compare,
    ast.BoolOp,
    ast.IfExp,
    ast.If,
    ast.For,
    ast.While,
    ast.Pow,
    ast.Mod,
    ast.FloorDiv,
)


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a block, the same for all versions of a program."""

    outer: Scope  # the names in scope before the block
    inside: bool  # the block is part of a function's body
    grammar: Grammar
    whole: bool  # no statement reaches over an end of the block, which else has no normal form of its own
    before: str  # normal forms of what stands before and after the block, where that is whole statements
    after: str


@dataclass(frozen=True, slots=True)
class Program:
    """A parsed parent: one of its blocks, with what inference found in it. `key` is that of the block's file."""

    genome: Genome
    file: str
    block: Block
    frame: Frame
    tree: ast.Module  # of the block
    inferred: Inferred
    material: Material
    known: Mapping[str, Kind]  # the kinds of names that are sure
    key: Digest
    size: int

    @property
    def text(self) -> str:
        """Of the block's file."""
        return self.genome.files[self.file]

    def edited(self, tree: ast.Module) -> Program:
        """The same with the block changed, to be edited on."""
        inferred = infer(tree.body, self.frame.outer, self.frame.inside)
        return replace(self, tree=tree, inferred=inferred, material=Material.of([inferred]))


@dataclass(frozen=True, slots=True)
class Child:
    genome: Genome
    size: int


class Reader:
    """Parses parents, and remembers the last `remember` of them: a pure cache."""

    def __init__(self, calls: Iterable[str], remember: int = 256) -> None:
        self.calls = tuple(calls)
        self._remember = remember
        self._seen: OrderedDict[tuple[str, ...], tuple[Program, ...]] = OrderedDict()
        self._frames: OrderedDict[tuple[str, str], Frame] = OrderedDict()

    def read(self, candidate: Candidate | Genome) -> tuple[Program, ...]:
        """The candidate's blocks but those with a whole number that no float holds: no operator could move it. Raises
        ProposalFailed where none is left, as for a text that is no Python."""
        genome = candidate.genome if isinstance(candidate, Candidate) else candidate
        texts = tuple(genome.files.values())
        found = self._seen.get(texts)
        if found is None:
            programs = [self._program(genome, name, block) for name, block in changeable(genome)]
            found = tuple(program for program in programs if program is not None)
            remembered(self._seen, texts, found, self._remember)
        else:
            self._seen.move_to_end(texts)
        if not found:
            raise ProposalFailed("the parent does not parse as Python, or has a number that no float holds")
        return found

    def _program(self, genome: Genome, name: str, block: Block) -> Program | None:
        tree = parse(block.code)
        text = genome.files[name]
        frame = self._frame(text, block)
        if tree is None or frame is None:  # no Python, or the markers cut a statement in two
            return None
        inferred = infer(tree.body, frame.outer, frame.inside)
        if any(_beyond(slot.node) for slot in inferred.literals):
            return None
        return Program(
            genome=genome,
            file=name,
            block=block,
            frame=frame,
            tree=tree,
            inferred=inferred,
            material=Material.of([inferred]),
            known=_sure(inferred),
            key=(genome.key if len(genome.files) == 1 else "") or key_of(text) or "",
            size=size_of(tree.body),
        )

    def _frame(self, text: str, block: Block) -> Frame | None:
        lines = lines_of(text)
        around = ("".join(lines[: block.first]), "".join(lines[block.last :]))
        frame = self._frames.get(around)
        if frame is None:
            whole = parse(text)
            if whole is None:
                return None
            frame = _framed(whole, block, self.calls)
            remembered(self._frames, around, frame, self._remember)
        return frame


def remembered(cache: OrderedDict[K, V], key: K, value: V, most: int) -> None:
    cache[key] = value
    if len(cache) > most:
        cache.popitem(last=False)


def _framed(whole: ast.Module, block: Block, calls: Sequence[str]) -> Frame:
    scope, inside = _around(whole, block)
    return Frame(
        outer=scope,
        inside=inside,
        grammar=Grammar.of(calls, _imported(whole)),
        whole=not any(_across(each, block) for each in whole.body),
        before=normal_form([each for each in whole.body if each.lineno <= block.first]),
        after=normal_form([each for each in whole.body if each.lineno > block.last]),
    )


def _across(statement: ast.stmt, block: Block) -> bool:
    """Whether a statement lies on both sides of an end of the block."""
    first = min([statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", ()))])
    last = statement.end_lineno or statement.lineno
    return any(first <= end < last for end in (block.first, block.last))


def _around(whole: ast.Module, block: Block) -> tuple[Scope, bool]:
    """What is in scope before the block, and whether it stands in a function's body."""
    scope: dict[str, Kind] = {}
    body: Sequence[ast.stmt] = whole.body
    inside = False
    while True:
        head = [each for each in body if (each.end_lineno or 0) <= block.first]
        scope = _bindings(head, scope)
        around = [each for each in body if each.lineno <= block.first < (each.end_lineno or 0)]
        if not around or not isinstance(around[0], ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return scope, inside
        if isinstance(around[0], ast.ClassDef):
            inside = False
        else:
            inside = True
            scope = {**scope, **parameters(around[0])}
        body = around[0].body


def _bindings(head: Sequence[ast.stmt], scope: dict[str, Kind]) -> dict[str, Kind]:
    """The scope after these statements: inferred with a probe put behind them."""
    found = infer([*head, ast.Pass()], scope, inside=True)
    return dict(found.places[-1].scope) if found.places else scope


def _sure(inferred: Inferred) -> Mapping[str, Kind]:
    """Names that are of one kind wherever they are seen."""
    kinds: dict[str, Kind] = {}
    for slot in inferred.slots:
        if isinstance(slot.node, ast.Name):
            name = slot.node.id
            kinds[name] = slot.kind if kinds.get(name, slot.kind) is slot.kind else Kind.UNKNOWN
    return {name: kind for name, kind in kinds.items() if kind is not Kind.UNKNOWN}


def _imported(whole: ast.Module) -> list[str]:
    names: list[str] = []
    for each in walk(whole):
        if isinstance(each, ast.Import):
            names += [alias.asname or alias.name.partition(".")[0] for alias in each.names]
    return names


def _beyond(node: ast.AST) -> bool:
    value = signed(node)
    return isinstance(value, int) and abs(value) > sys.float_info.max


def finish(program: Program, tree: ast.Module, limits: Limits, taken: frozenset[Digest]) -> Child | None:
    """The child whose block is `tree`, or None: it is too large, or means the same as a parent (`taken` are keys), or
    does not compile."""
    frame = program.frame
    body = tidy_block(tree.body, program.known, frame.inside)
    size = size_of(body)
    if size > max(limits.nodes, program.size) or (limits.arithmetic and not arithmetic(body)):
        return None
    if longest(body) > limits.expression:
        body = shortened(body, limits.expression)
        length = longest(body)
        if length > limits.expression * 3 // 2 and length > longest(program.tree.body):
            return None
    if frame.whole:
        key = key_of_form(frame.before + normal_form(body) + frame.after)
        if key in taken:
            return None
    text = _written(program, body)
    if text is None:
        return None
    if not frame.whole:
        key = key_of(text) or ""
        if key in taken:
            return None
    return Child(rewritten(program.genome, program.file, text, key), size)


def arithmetic(body: Sequence[ast.stmt]) -> bool:
    """Whether the statements calculate straight on: nothing in them calls, compares, chooses or repeats."""
    return not any(isinstance(node, NOT_ARITHMETIC) for each in body for node in walk(each))


def _written(program: Program, body: Sequence[ast.stmt]) -> str | None:
    module = ast.Module(body=list(body), type_ignores=[])
    text = replace_block(program.text, program.block, ast.unparse(module))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # `1 is 1` and the like: the child's own business
            compile(text, "<candidate>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return text
