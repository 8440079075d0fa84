"""A Python tree's normal form: what two texts that mean the same have in common.

Formatting, comments and docstrings are gone, locals are numbered in order of appearance (alpha renaming), a negative
number is one constant. Constants are kept exactly, with their type: 1, 1.0 and True differ. Parameters keep their
names, since callers may use them.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator, Mapping

_SCOPES = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda})
_COMPREHENSIONS = frozenset({ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp})
_SIGNS = frozenset(
    sign for kind in (ast.operator, ast.cmpop, ast.unaryop, ast.boolop) for sign in kind.__subclasses__()
)
_SIMPLE = frozenset({ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Expr, ast.Pass})
_NUMBERS = frozenset({int, float, complex})  # a bool is none
_SKIPPED = frozenset({"ctx", "type_comment", "type_ignores", "kind", "lineno", "col_offset"})
_FIELDS: dict[type, tuple[str, ...]] = {}
_PARTS: dict[type, tuple[str, ...]] = {}
_LEAVES = frozenset({"ctx", "op", "ops", "type_comment", "kind", "id", "attr", "arg", "n", "s", "is_async", "level"})


def normal_form(statements: Iterable[ast.stmt]) -> str:
    """The normal form of module-level statements; that of a concatenation is the concatenation of theirs."""
    out: list[str] = []
    for statement in statements:
        _dump(statement, {}, out)
    return "".join(out)


def parts(node: ast.AST) -> list[ast.AST]:
    """The nodes directly below, signs of operators and contexts left out (`ast.iter_child_nodes` is four times as slow,
    and this is what most of an operator's time goes to)."""
    kind = node.__class__
    fields = _PARTS.get(kind)
    if fields is None:
        fields = _PARTS[kind] = tuple(field for field in kind._fields if field not in _LEAVES)
    found: list[ast.AST] = []
    for field in fields:
        value = getattr(node, field, None)
        if value.__class__ is list:
            found += [each for each in value if isinstance(each, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all below it, in no order that matters."""
    todo = [node]
    while todo:
        each = todo.pop()
        yield each
        kind = each.__class__
        if kind is not ast.Name and kind is not ast.Constant:
            todo += parts(each)


def docstring(body: list[ast.stmt]) -> ast.Expr | None:
    """The docstring's statement of a body, if it has one."""
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        return body[0] if isinstance(body[0].value.value, str) else None
    return None


def signed(node: ast.AST) -> int | float | complex | None:
    """The number that a literal with an optional minus sign stands for, or None. A bool is no number here."""
    if isinstance(node, ast.Constant):
        value = node.value
        return value if value.__class__ in _NUMBERS else None  # type: ignore[return-value]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = node.operand
        if isinstance(inner, ast.Constant) and inner.value.__class__ in _NUMBERS:
            return -inner.value  # type: ignore[operator]
    return None


def statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements and those inside them, in order of the text; no expression is looked into."""
    for node in body:
        yield node
        if node.__class__ in _SIMPLE:
            continue
        for field in ("body", "orelse", "finalbody"):
            yield from statements(getattr(node, field, ()))
        for handler in getattr(node, "handlers", ()):
            yield from statements(handler.body)
        for case in getattr(node, "cases", ()):
            yield from statements(case.body)


def _dump(node: object, names: Mapping[str, str], out: list[str]) -> None:
    """Of a node, or of what stands in its fields besides nodes: None, a word, a number."""
    kind = node.__class__
    if kind is ast.Name:
        name = node.id  # type: ignore[attr-defined]
        out.append(f"{names.get(name, name)};")
        return
    if kind is ast.Constant or kind is ast.UnaryOp:
        number = signed(node)  # type: ignore[arg-type]
        if number is not None:
            out.append(f"#{number!r};")
            return
    fields = _FIELDS.get(kind)
    if fields is None:
        if kind in _SIGNS:
            out.append(kind.__name__)
            return
        if not isinstance(node, ast.AST):
            out.append("-" if node is None else f"{node!r};")
            return
        fields = _FIELDS[kind] = tuple(field for field in node._fields if field not in _SKIPPED)
    if kind in _SCOPES:
        names = _renamed(node, names)  # type: ignore[arg-type]
    elif kind in _COMPREHENSIONS:
        names = _numbered(_targets(each.target for each in node.generators), names, ())  # type: ignore[attr-defined]
    out.append(f"{kind.__name__}(")
    for field in fields:
        value = getattr(node, field, None)
        if value.__class__ is list:
            out.append("[")
            if field == "body" and docstring(value) is not None:
                value = value[1:]
            for item in value:
                _dump(item, names, out)
            out.append("]")
        elif field == "name" and kind is not ast.alias:  # of a function, a class, an `except ... as`
            out.append(f"{names.get(value, value) if isinstance(value, str) else None};")
        else:
            _dump(value, names, out)
    out.append(")")


def _renamed(function: ast.AST, outer: Mapping[str, str]) -> Mapping[str, str]:
    """`outer` with the function's own locals numbered on; its parameters and globals keep their names."""
    arguments: ast.arguments = function.args  # type: ignore[attr-defined]
    kept = {each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    kept |= {each.arg for each in (arguments.vararg, arguments.kwarg) if each is not None}
    body = function.body  # type: ignore[attr-defined]
    stored: list[str] = []
    for each in statements(body) if isinstance(body, list) else ():
        match each:
            case ast.Assign():
                stored += _targets(each.targets)
            case ast.AugAssign() | ast.AnnAssign() | ast.For() | ast.AsyncFor():
                stored += _targets([each.target])
            case ast.With() | ast.AsyncWith():
                stored += _targets(item.optional_vars for item in each.items if item.optional_vars)
            case ast.Global() | ast.Nonlocal():
                kept.update(each.names)
            case _:  # what else binds (imports, functions, patterns, :=) keeps its name, here and where it is read
                pass
    return _numbered(stored, outer, kept)


def _numbered(stored: Iterable[str], outer: Mapping[str, str], kept: Container[str]) -> Mapping[str, str]:
    names = {name: renamed for name, renamed in outer.items() if name not in kept}
    number = len(outer)
    for name in dict.fromkeys(stored):
        if name not in kept:
            names[name] = f"${number}"
            number += 1
    return names


def _targets(nodes: Iterable[ast.AST]) -> list[str]:
    """The names that these targets bind, in order."""
    found: list[str] = []
    for node in nodes:
        if isinstance(node, ast.Name):
            found.append(node.id)
        elif isinstance(node, ast.Tuple | ast.List):
            found += _targets(node.elts)
        elif isinstance(node, ast.Starred):
            found += _targets([node.value])
    return found
