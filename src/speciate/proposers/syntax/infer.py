"""Type inference over a block: every expression that may be exchanged, with its kind, and every place for a statement.

One pass in order of the text. Annotations, literals, calls of numpy and math and assignments give kinds; a parameter
without annotation gets one from how it is used. What stays unknown is never cut or pasted, only carried along.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .kinds import ELEMENTWISE, LIKE, REDUCTIONS, Kind, Shape, annotated, arithmetic, join, numeric
from .trees import Path, docstring, dotted, signed
from .usage import parameters

Scope = Mapping[str, Kind]


@dataclass(slots=True)
class Slot:
    """An expression that may be exchanged: of `kind`, in a place that accepts `shape`, with `scope` in reach."""

    path: Path
    node: ast.expr
    kind: Kind
    shape: Shape
    scope: Scope
    size: int
    root: bool = False  # a statement's whole expression


@dataclass(slots=True)
class Place:
    """Between the statements of a body: before `index` of the list `field` of what stands at `owner`."""

    owner: Path
    field: str
    index: int
    scope: Scope
    depth: int = 0  # of loops around it


@dataclass(slots=True)
class Inferred:
    slots: list[Slot] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    literals: list[Slot] = field(default_factory=list)  # numbers, the minus sign included
    assigned: set[str] = field(default_factory=set)


def infer(body: Sequence[ast.stmt], scope: Scope, inside: bool) -> Inferred:
    """Of a block's statements. `scope` is what stands before the block; `inside` says that the block is itself part
    of a function's body, so that its statements may change too."""
    walk = _Walk()
    walk.body(body, (), "body", dict(scope), 0, open_=inside)
    return walk.found


class _Walk:
    def __init__(self) -> None:
        self.found = Inferred()
        self._seen = 0  # expressions so far

    def body(
        self, body: Sequence[ast.stmt], owner: Path, field_: str, scope: dict[str, Kind], depth: int, open_: bool
    ) -> None:
        """`open_`: statements may be put in here. At module level they may not, only constants change."""
        start = 1 if docstring(list(body)) is not None else 0
        for index, statement in enumerate(body):
            if index < start:
                continue
            if open_:
                self.found.places.append(Place(owner, field_, index, dict(scope), depth))
            self.statement(statement, (*owner, (field_, index)), scope, depth, open_)
        last = body[-1] if body else None
        if open_ and not isinstance(last, ast.Return | ast.Break | ast.Continue | ast.Raise):
            self.found.places.append(Place(owner, field_, len(body), dict(scope), depth))

    def statement(self, node: ast.stmt, path: Path, scope: dict[str, Kind], depth: int, open_: bool) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                inner = {**scope, **parameters(node)}
                self.body(node.body, path, "body", inner, 0, open_=True)
                scope[node.name] = Kind.UNKNOWN
            case ast.Assign():
                kind = self.value(node.value, (*path, ("value", -1)), scope)
                for target in node.targets:
                    self.bind(target, kind, scope)
            case ast.AnnAssign(value=ast.expr() as value):
                kind = self.value(value, (*path, ("value", -1)), scope)
                self.bind(node.target, annotated(node.annotation) if kind is Kind.UNKNOWN else kind, scope)
            case ast.AugAssign():
                kind = self.value(node.value, (*path, ("value", -1)), scope)
                if isinstance(node.target, ast.Name):
                    self.bind(node.target, arithmetic(scope.get(node.target.id, Kind.UNKNOWN), kind, node.op), scope)
            case ast.Return(value=ast.expr() as value):
                self.value(value, (*path, ("value", -1)), scope)
            case ast.Expr():
                self.value(node.value, (*path, ("value", -1)), scope)
            case ast.If() | ast.While():
                self.value(node.test, (*path, ("test", -1)), scope)
                self.branches(node, path, scope, depth + isinstance(node, ast.While), open_)
            case ast.For():
                kind = self.value(node.iter, (*path, ("iter", -1)), scope)
                self.bind(node.target, element(node.iter, kind), scope)
                self.branches(node, path, scope, depth + 1, open_)
            case ast.With() | ast.Try():
                self.body(node.body, path, "body", scope, depth, open_)
            case ast.ClassDef():
                self.body(node.body, path, "body", dict(scope), depth, open_=False)
            case ast.Import() | ast.ImportFrom():
                for each in node.names:
                    scope[(each.asname or each.name).partition(".")[0]] = Kind.UNKNOWN
            case _:
                pass

    def branches(
        self, node: ast.If | ast.While | ast.For, path: Path, scope: dict[str, Kind], depth: int, open_: bool
    ) -> None:
        """Names that both ways bind are in scope afterwards; those that one of them binds stay out."""
        one, other = dict(scope), dict(scope)
        self.body(node.body, path, "body", one, depth, open_)
        if node.orelse:
            self.body(node.orelse, path, "orelse", other, depth, open_)
        for name in one:
            if name in other:
                scope[name] = join(one[name], other[name])

    def bind(self, target: ast.expr, kind: Kind, scope: dict[str, Kind]) -> None:
        if isinstance(target, ast.Name):
            scope[target.id] = kind
            self.found.assigned.add(target.id)
        elif isinstance(target, ast.Tuple | ast.List):
            for each in target.elts:
                self.bind(each, Kind.UNKNOWN, scope)

    def value(self, node: ast.expr, path: Path, scope: dict[str, Kind]) -> Kind:
        frozen = dict(scope)
        slot = self.expression(node, path, frozen)
        slot.root = True
        return slot.kind

    def expression(self, node: ast.expr, path: Path, scope: Scope) -> Slot:
        """The slot of this expression, those of its parts recorded before it."""
        before = self._seen
        kind = self.kind(node, path, scope)
        self._seen += 1
        shape = Shape.ARRAY if kind.array else Shape.SCALAR
        slot = Slot(path, node, kind, shape, scope, self._seen - before)
        if (value := signed(node)) is not None and abs(value) != math.inf:  # what 1e999 is read as, nothing can move
            self.found.literals.append(slot)
        if kind is not Kind.UNKNOWN:
            self.found.slots.append(slot)
        return slot

    def kind(self, node: ast.expr, path: Path, scope: Scope) -> Kind:
        match node:
            case ast.Constant():
                return of_constant(node.value)
            case ast.Name():
                return scope.get(node.id, Kind.UNKNOWN)
            case ast.UnaryOp():
                if signed(node) is not None:
                    return Kind.INT if isinstance(signed(node), int) else Kind.FLOAT
                inner = self.expression(node.operand, (*path, ("operand", -1)), scope).kind
                return Kind.BOOL if isinstance(node.op, ast.Not) else inner
            case ast.BinOp():
                left = self.expression(node.left, (*path, ("left", -1)), scope)
                right = self.expression(node.right, (*path, ("right", -1)), scope)
                _free((left, right))
                return arithmetic(left.kind, right.kind, node.op)
            case ast.Compare():
                parts = [self.expression(node.left, (*path, ("left", -1)), scope)]
                for index, each in enumerate(node.comparators):
                    parts.append(self.expression(each, (*path, ("comparators", index)), scope))
                _free(parts)
                return Kind.BOOLS if any(part.kind.array for part in parts) else Kind.BOOL
            case ast.BoolOp():
                parts = [self.expression(each, (*path, ("values", i)), scope) for i, each in enumerate(node.values)]
                return join(parts[0].kind, parts[-1].kind)
            case ast.IfExp():
                self.expression(node.test, (*path, ("test", -1)), scope)
                one = self.expression(node.body, (*path, ("body", -1)), scope)
                other = self.expression(node.orelse, (*path, ("orelse", -1)), scope)
                return join(one.kind, other.kind)
            case ast.Call():
                return self.call(node, path, scope)
            case ast.Subscript():
                return self.subscript(node, path, scope)
            case ast.Attribute(attr="size" | "ndim"):
                return Kind.INT
            case ast.List() | ast.Tuple():
                for index, each in enumerate(node.elts):
                    self.expression(each, (*path, ("elts", index)), scope)
                return Kind.LIST
            case ast.Dict():
                for index, each in enumerate(node.values):
                    self.expression(each, (*path, ("values", index)), scope)
                return Kind.UNKNOWN
            case ast.JoinedStr():
                return Kind.STR
            case ast.ListComp() | ast.GeneratorExp():
                return self.comprehension(node, path, scope)
            case _:
                return Kind.UNKNOWN

    def comprehension(self, node: ast.ListComp | ast.GeneratorExp, path: Path, scope: Scope) -> Kind:
        inner = dict(scope)
        for index, each in enumerate(node.generators):
            at = (*path, ("generators", index))
            source = self.expression(each.iter, (*at, ("iter", -1)), dict(inner))
            for name in _targets(each.target):
                inner[name] = element(each.iter, source.kind) if isinstance(each.target, ast.Name) else Kind.UNKNOWN
            for number, test in enumerate(each.ifs):
                self.expression(test, (*at, ("ifs", number)), inner)
        self.expression(node.elt, (*path, ("elt", -1)), inner)
        return Kind.LIST if isinstance(node, ast.ListComp) else Kind.UNKNOWN

    def subscript(self, node: ast.Subscript, path: Path, scope: Scope) -> Kind:
        whole = self.expression(node.value, (*path, ("value", -1)), scope).kind
        index = node.slice
        if isinstance(index, ast.Slice):
            return whole
        inner = self.expression(index, (*path, ("slice", -1)), scope).kind
        if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            return Kind.INT
        if not whole.array:
            return Kind.STR if whole is Kind.STR else Kind.UNKNOWN
        if inner.array or isinstance(index, ast.Tuple):
            return whole
        return {Kind.FLOATS: Kind.FLOAT, Kind.INTS: Kind.INT, Kind.BOOLS: Kind.BOOL}[whole]

    def call(self, node: ast.Call, path: Path, scope: Scope) -> Kind:
        name = dotted(node.func)
        parts = [
            self.expression(each, (*path, ("args", index)), scope)
            for index, each in enumerate(node.args)
            if not isinstance(each, ast.Starred)
        ]
        for index, keyword in enumerate(node.keywords):
            self.expression(keyword.value, (*path, ("keywords", index), ("value", -1)), scope)
        kinds = [part.kind for part in parts]
        short = name.rpartition(".")[2]
        array = any(kind.array for kind in kinds)
        signature = ELEMENTWISE.get(name)
        if signature is not None and kinds:
            _free(parts)
            if signature.result is not None:
                return signature.result
            return numeric(array, signature.whole and all(kind in (Kind.INT, Kind.INTS) for kind in kinds))
        if short == "where" and len(parts) == 3:
            _free(parts)
            kind = join(kinds[1], kinds[2])
            return numeric(True, kind is Kind.INT) if array and kind.number and not kind.array else kind
        if short == "clip" and parts:
            _free(parts)
            return numeric(array, whole=False)
        return self.other(node, name, short, kinds, path, scope)

    def other(self, node: ast.Call, name: str, short: str, kinds: Sequence[Kind], path: Path, scope: Scope) -> Kind:
        if name in {"len", "sum", "int"}:
            return Kind.INT if name != "sum" else Kind.FLOAT
        if name in {"sorted", "list", "zip", "range", "enumerate", "reversed"}:
            return Kind.LIST
        if isinstance(node.func, ast.Attribute) and not name.startswith(("np.", "numpy.", "math.")):
            owner = self.expression(node.func.value, (*path, ("func", -1), ("value", -1)), scope).kind
            if short == "copy":
                return owner
            if short == "astype":
                return Kind.FLOATS
            return REDUCTIONS.get(short, Kind.UNKNOWN) if owner.array else Kind.UNKNOWN
        if any(word.arg == "axis" for word in node.keywords):
            return Kind.FLOATS
        return LIKE.get(short) or REDUCTIONS.get(short, Kind.UNKNOWN)


def of_constant(value: object) -> Kind:
    if isinstance(value, bool):
        return Kind.BOOL
    if isinstance(value, int):
        return Kind.INT
    if isinstance(value, float):
        return Kind.FLOAT
    return Kind.STR if isinstance(value, str) else Kind.UNKNOWN


def element(source: ast.expr, kind: Kind) -> Kind:
    """The kind of what iterating gives."""
    if isinstance(source, ast.Call) and dotted(source.func) == "range":
        return Kind.INT
    return {Kind.FLOATS: Kind.FLOAT, Kind.INTS: Kind.INT, Kind.BOOLS: Kind.BOOL, Kind.STR: Kind.STR}.get(
        kind, Kind.UNKNOWN
    )


def _free(parts: Iterable[Slot]) -> None:
    """Parts that broadcast: where a sibling is an array, the other may be of either shape."""
    several = list(parts)
    arrays = sum(part.kind.array for part in several)
    for part in several:
        if arrays - part.kind.array > 0:
            part.shape = Shape.EITHER


def _targets(target: ast.expr) -> list[str]:
    return [each.id for each in ast.walk(target) if isinstance(each, ast.Name)]
