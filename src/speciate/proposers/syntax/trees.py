"""Trees that are never changed: an edit copies the nodes on the way to it and shares the rest.

A path is steps from a root: a field's name and, in a list, the position (-1 where the field is no list).
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import numpy as np

from speciate.genomes.normal import docstring, signed, statements, walk
from speciate.genomes.text import size_of

Path: TypeAlias = tuple[tuple[str, int], ...]
N = TypeVar("N", bound=ast.AST)
T = TypeVar("T")

LOAD = ast.Load()
STORE = ast.Store()

__all__ = [
    "LOAD",
    "STORE",
    "Path",
    "assign",
    "body_at",
    "call",
    "constant",
    "docstring",
    "dotted",
    "get_at",
    "load",
    "names_in",
    "op",
    "pick",
    "replace_at",
    "replace_body",
    "same",
    "signed",
    "significant",
    "size_of",
    "statements",
    "substituted",
    "walk",
    "weighted",
    "with_fields",
]


def with_fields(node: N, **fields: Any) -> N:
    """A shallow copy with other fields."""
    new = node.__class__.__new__(node.__class__)
    new.__dict__.update(node.__dict__)
    new.__dict__.update(fields)
    return new


def get_at(root: Any, path: Path) -> Any:
    for field, index in path:
        root = getattr(root, field)
        if index >= 0:
            root = root[index]
    return root


def replace_at(root: N, path: Path, new: ast.AST) -> N:
    """The tree with `new` in the place of what stands at `path`."""
    if not path:
        return new  # type: ignore[return-value]
    (field, index), rest = path[0], path[1:]
    old = getattr(root, field)
    if index < 0:
        return with_fields(root, **{field: replace_at(old, rest, new)})
    items = list(old)
    items[index] = replace_at(items[index], rest, new)
    return with_fields(root, **{field: items})


def body_at(root: ast.AST, owner: Path, field: str) -> list[ast.stmt]:
    found: list[ast.stmt] = getattr(get_at(root, owner), field)
    return found


def replace_body(root: N, owner: Path, field: str, body: Sequence[ast.stmt]) -> N:
    """The tree with other statements in the body `field` of what stands at `owner`."""
    return replace_at(root, owner, with_fields(get_at(root, owner), **{field: list(body)}))


def same(one: Any, other: Any) -> bool:
    """Whether two trees are equal, node by node."""
    if one is other:
        return True
    if one.__class__ is not other.__class__:
        return False
    if isinstance(one, ast.AST):
        return all(same(getattr(one, field, None), getattr(other, field, None)) for field in one._fields)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def substituted(node: N, values: Mapping[str, ast.expr]) -> N:
    """The tree with reads of these names replaced by expressions, sharing what has none."""
    if isinstance(node, ast.Name):
        found = values.get(node.id) if isinstance(node.ctx, ast.Load) else None
        return node if found is None else found  # type: ignore[return-value]
    changed: dict[str, Any] = {}
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, ast.AST):
            new: Any = substituted(value, values)
            if new is not value:
                changed[field] = new
        elif isinstance(value, list) and value and isinstance(value[0], ast.AST):
            items = [substituted(each, values) for each in value]
            if any(one is not other for one, other in zip(items, value, strict=True)):
                changed[field] = items
    return with_fields(node, **changed) if changed else node


def names_in(node: ast.AST) -> Iterator[str]:
    """The names that are read in it, with repetition."""
    for each in walk(node):
        if each.__class__ is ast.Name and each.ctx.__class__ is ast.Load:
            yield each.id


def dotted(node: ast.expr) -> str:
    """`np.where` of the expression that says so, "" of any other."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        head = dotted(node.value)
        return f"{head}.{node.attr}" if head else ""
    return ""


def load(name: str) -> ast.expr:
    """The expression of a name, dotted or not."""
    head, *rest = name.split(".")
    node: ast.expr = ast.Name(id=head, ctx=LOAD)
    for each in rest:
        node = ast.Attribute(value=node, attr=each, ctx=LOAD)
    return node


def constant(value: float) -> ast.expr:
    """The literal of a number, as the parser would have it: a negative one is a minus sign and a constant."""
    if value < 0 or (value == 0 and math.copysign(1.0, value) < 0):
        return ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=-value))
    return ast.Constant(value=value)


def significant(value: float, digits: int = 3) -> float:
    """Rounded to so many significant digits."""
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))


def op(left: ast.expr, operator: ast.operator, right: ast.expr) -> ast.BinOp:
    return ast.BinOp(left=left, op=operator, right=right)


def call(name: str, *args: ast.expr) -> ast.Call:
    return ast.Call(func=load(name), args=list(args), keywords=[])


def assign(name: str, value: ast.expr) -> ast.Assign:
    return ast.Assign(targets=[ast.Name(id=name, ctx=STORE)], value=value, lineno=1)


def pick(rng: np.random.Generator, items: Sequence[T]) -> T:
    """One of the items, uniformly. (`Generator.choice` costs twenty times as much.)"""
    return items[int(rng.random() * len(items))]


def weighted(rng: np.random.Generator, items: Sequence[T], weights: Sequence[float]) -> T:
    """One of the items, with chances in proportion to the weights."""
    at = rng.random() * sum(weights)
    for item, weight in zip(items, weights, strict=True):
        at -= weight
        if at < 0:
            return item
    return items[-1]
