"""Names for parts: fresh ones, and locals introduced where an expression grows too long to read."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from .trees import Path, assign, load, replace_at, size_of, statements, walk, with_fields

SMALLEST = 5  # nodes of a part that deserves a name


def fresh(stem: str, taken: Iterable[str]) -> str:
    """`stem`, or with the first number that makes it new."""
    names = set(taken)
    if stem not in names:
        return stem
    number = 2
    while f"{stem}{number}" in names:
        number += 1
    return f"{stem}{number}"


def stem_of(node: ast.expr) -> str:
    """What a part is called: a condition is a `case`, anything else a `term`."""
    truth = isinstance(node, ast.Compare | ast.BoolOp) or (
        isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr)
    )
    return "case" if truth else "term"


def all_names(nodes: Iterable[ast.AST]) -> set[str]:
    """Every identifier in the trees, parameters included."""
    found: set[str] = set()
    for node in nodes:
        for each in walk(node):
            if isinstance(each, ast.Name):
                found.add(each.id)
            elif isinstance(each, ast.arg):
                found.add(each.arg)
    return found


def shortened(body: Sequence[ast.stmt], most: int) -> list[ast.stmt]:
    """The statements with parts of expressions above `most` nodes named on lines of their own, inside functions."""
    out: list[ast.stmt] = []
    for statement in body:
        function = isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
        if function and any(_long(each, most) for each in statements(statement.body)):  # type: ignore[attr-defined]
            lines = _body(statement.body, most, all_names([statement]))  # type: ignore[attr-defined]
            statement = with_fields(statement, body=lines)
        out.append(statement)
    return out


def _long(node: ast.stmt, most: int) -> bool:
    value = getattr(node, "value", None)
    return isinstance(node, ast.Assign | ast.Return | ast.AugAssign) and value is not None and size_of(value) > most


def _body(body: Sequence[ast.stmt], most: int, names: set[str]) -> list[ast.stmt]:
    out: list[ast.stmt] = []
    for statement in body:
        if isinstance(statement, ast.If | ast.For | ast.While):
            parts = {"body": _body(statement.body, most, names), "orelse": _body(statement.orelse, most, names)}
            statement = with_fields(statement, **parts)
        while _long(statement, most):
            named = _name_part(statement, most, names)
            if named is None:
                break
            line, statement = named
            out.append(line)
        out.append(statement)
    return out


def _name_part(statement: ast.stmt, most: int, names: set[str]) -> tuple[ast.stmt, ast.stmt] | None:
    """A part given a name, and the statement that reads the name; None where no part may be moved."""
    parts: list[tuple[int, Path, ast.expr]] = []
    _eager(statement.value, (("value", -1),), parts)  # type: ignore[attr-defined]
    fitting = [part for part in parts if SMALLEST <= part[0] <= most * 2 // 3]
    if not fitting:
        return None
    _, path, node = max(fitting, key=lambda part: part[0])
    name = fresh(stem_of(node), names)
    names.add(name)
    return assign(name, node), replace_at(statement, path, load(name))


def _eager(node: ast.expr, path: Path, parts: list[tuple[int, Path, ast.expr]]) -> int:
    """Records the parts that are evaluated in any case, which alone may be evaluated earlier; gives the size."""
    match node:
        case ast.BinOp():
            fields: list[tuple[str, int, ast.expr]] = [("left", -1, node.left), ("right", -1, node.right)]
        case ast.UnaryOp():
            fields = [("operand", -1, node.operand)]
        case ast.Compare(ops=[_]):
            fields = [("left", -1, node.left), ("comparators", 0, node.comparators[0])]
        case ast.Call() if not any(isinstance(each, ast.Starred) for each in node.args):
            fields = [("args", index, each) for index, each in enumerate(node.args)]
        case ast.IfExp():
            fields = [("test", -1, node.test)]
            total = size_of(node) - size_of(node.test)
            return total + _part(fields[0], path, parts)
        case _:
            return size_of(node)
    total = size_of(node.func) + 1 if isinstance(node, ast.Call) else 1
    return total + sum(_part(each, path, parts) for each in fields)


def _part(of: tuple[str, int, ast.expr], path: Path, parts: list[tuple[int, Path, ast.expr]]) -> int:
    field, index, node = of
    at = (*path, (field, index))
    size = _eager(node, at, parts)
    parts.append((size, at, node))
    return size


def longest(body: Iterable[ast.stmt]) -> int:
    """The nodes of the longest expression that a statement of functions has."""
    return max((size_of(value) for each in statements(body) for value in _values(each)), default=0)


def _values(node: ast.stmt) -> list[ast.expr]:
    found = [getattr(node, field, None) for field in ("value", "test", "iter")]
    return [each for each in found if isinstance(each, ast.expr)]
