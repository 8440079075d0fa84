"""Straight-line programs: read from Python's text without running it, counted, and run in float32 by numpy.

A program is a function of one parameter whose body assigns names and returns an expression of + - * /, the parameter,
names and numbers. Anything else is refused. What is computed twice counts once, and what the result does not need or
what does not depend on the parameter counts nothing, as a compiler would have it; so a program is a graph, and its size
is that of the graph.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from speciate import Invalid

Floats: TypeAlias = npt.NDArray[np.float32]

MOST = 20  # operations
CHARACTERS = 20_000  # of text
OPERATORS: dict[type[ast.operator], tuple[str, np.ufunc]] = {
    ast.Add: ("+", np.add),
    ast.Sub: ("-", np.subtract),
    ast.Mult: ("*", np.multiply),
    ast.Div: ("/", np.divide),
}
UFUNCS = dict(OPERATORS.values())
X, ZERO = 0, np.float32(0)  # the node of the parameter; the value of nodes that are no constants


@dataclass(frozen=True, slots=True)
class Node:
    """An operation on two earlier nodes (by number), the parameter ("x"), or a constant ("c")."""

    kind: str
    left: int = 0
    right: int = 0
    value: np.float32 = ZERO


@dataclass(frozen=True, slots=True)
class Straight:
    """A program as a graph. `nodes` are what the result needs, in an order of computation; the last is the result."""

    nodes: Sequence[Node]
    operations: int  # those that depend on the parameter
    divisions: int
    depth: int  # the longest chain of operations, each waiting for the one before

    def __call__(self, x: Floats) -> Floats:
        """Its values, shape of `x`, every operation rounded to float32 as IEEE 754 says. Overflow gives infinities."""
        values: list[np.float32 | Floats] = []
        with np.errstate(all="ignore"):
            for node in self.nodes:
                if node.kind in UFUNCS:
                    values.append(UFUNCS[node.kind](values[node.left], values[node.right]))
                else:
                    values.append(x if node.kind == "x" else node.value)
        return np.broadcast_to(np.asarray(values[-1], np.float32), x.shape)


def read(text: str, name: str) -> Straight:
    """The program that the function of this name is. Raises Invalid, with the line, for any other text."""
    if len(text) > CHARACTERS:
        raise Invalid(f"{len(text):,} characters; at most {CHARACTERS:,}")
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Invalid(f"the program cannot be parsed: {error}") from None
    body = body[1:] if body and _words(body[0]) else body
    if len(body) != 1 or not isinstance(body[0], ast.FunctionDef) or body[0].name != name:
        raise Invalid(f"a program is one function, {name}(x), and nothing besides it: no imports, no other names")
    try:
        return _Reader(body[0]).program()
    except RecursionError:
        raise Invalid("an expression nested too deep") from None


class _Reader:
    """Numbers the values of a function: equal operations on equal values get one number."""

    def __init__(self, function: ast.FunctionDef) -> None:
        args = function.args
        if len(args.args) != 1 or args.posonlyargs or args.kwonlyargs or args.vararg or args.kwarg or args.defaults:
            raise Invalid(f"{function.name} takes one parameter, without a default")
        if function.decorator_list:
            raise Invalid(f"{function.name} has a decorator; there may be none")
        self.nodes: list[Node] = [Node("x")]
        self.known: dict[tuple[str, int, int, bytes], int] = {_key(self.nodes[0]): X}
        self.names = {args.args[0].arg: X}
        self.body = function.body

    def program(self) -> Straight:
        body = self.body[1:] if _words(self.body[0]) else self.body
        if not body:
            raise Invalid("the function has no statement")
        for line in body[:-1]:
            self.assign(line)
        last = body[-1]
        if not isinstance(last, ast.Return) or last.value is None:
            raise Invalid(f"line {last.lineno}: the last statement must return a value")
        return _graph(self.nodes, self.value(last.value))

    def assign(self, line: ast.stmt) -> None:
        match line:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self.names[name] = self.value(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                self.names[name] = self.value(value)
            case ast.AugAssign(target=ast.Name() as target, op=op, value=value):
                self.names[target.id] = self.operation(op, ast.Name(target.id, lineno=line.lineno), value)
            case _:
                raise Invalid(f"line {line.lineno}: {_kind(line)}; statements assign to a name, and the last returns")

    def value(self, node: ast.expr) -> int:
        """The number of an expression's value."""
        match node:
            case ast.BinOp(left=left, op=op, right=right):
                return self.operation(op, left, right)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=float() | int() as number)):
                return self.constant(number, -1, node.lineno)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.number(Node("-", self.constant(0, 1, node.lineno), self.value(operand)))
            case ast.Constant(value=float() | int() as number):
                return self.constant(number, 1, node.lineno)
            case ast.Name(id=name):
                if name not in self.names:
                    raise Invalid(f"line {node.lineno}: `{name}` has no value yet")
                return self.names[name]
        raise Invalid(f"line {node.lineno}: {_kind(node)}; expressions are made of + - * /, names and numbers")

    def operation(self, op: ast.operator, left: ast.expr, right: ast.expr) -> int:
        if type(op) not in OPERATORS:
            raise Invalid(f"line {left.lineno}: the operator {type(op).__name__}; only + - * / are counted and allowed")
        sign, (one, other) = OPERATORS[type(op)][0], (self.value(left), self.value(right))
        if sign in "+*" and one > other:  # they commute, bit for bit
            one, other = other, one
        return self.number(Node(sign, one, other))

    def constant(self, number: float, sign: int, line: int) -> int:
        """Rounded to float32; the text of a float is read as a float64 before."""
        if isinstance(number, bool):
            raise Invalid(f"line {line}: {number} is not a number")
        try:
            value = np.float32(sign * float(number)) if abs(float(number)) < 3.4e38 else np.float32(np.inf)
        except OverflowError:
            value = np.float32(np.inf)
        if not math.isfinite(value):
            raise Invalid(f"line {line}: a number beyond the range of float32")
        return self.number(Node("c", value=value))

    def number(self, node: Node) -> int:
        at = self.known.setdefault(_key(node), len(self.nodes))
        if at == len(self.nodes):
            self.nodes.append(node)
        return at


def _graph(nodes: Sequence[Node], result: int) -> Straight:
    """What the result needs, renumbered, measured. Raises Invalid for too many operations."""
    needed = {result}
    for at in range(result, -1, -1):
        if at in needed and nodes[at].kind in UFUNCS:
            needed |= {nodes[at].left, nodes[at].right}
    order = sorted(needed)
    place = {at: number for number, at in enumerate(order)}
    kept = [Node(n.kind, place.get(n.left, 0), place.get(n.right, 0), n.value) for n in (nodes[at] for at in order)]
    depths: list[int] = []  # 0 for the parameter, -1 for what does not depend on it
    for node in kept:
        below = max(depths[node.left], depths[node.right]) if node.kind in UFUNCS else -1
        depths.append(0 if node.kind == "x" else below + (below >= 0))
    counted = [node for node, depth in zip(kept, depths, strict=True) if depth > 0]
    if len(counted) > MOST:
        raise Invalid(f"{len(counted)} operations; at most {MOST}")
    return Straight(kept, len(counted), sum(node.kind == "/" for node in counted), max(depths[-1], 0))


def _key(node: Node) -> tuple[str, int, int, bytes]:
    return node.kind, node.left, node.right, node.value.tobytes()  # bytes tell 0.0 from -0.0


def _words(line: ast.stmt) -> bool:
    """A docstring."""
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str)


def _kind(node: ast.AST) -> str:
    """What a node is, in Python's own words."""
    return f"`{type(node).__name__}` is not allowed"
