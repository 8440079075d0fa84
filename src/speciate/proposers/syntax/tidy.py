"""Tidies statements: expressions simplified, code that nothing reads or reaches dropped, long expressions named.

Liveness is followed backwards through assignments and branches; a loop counts as reading all it mentions. Calls are
taken to be pure only where their names are known (numpy, math, builtins): anything else stays.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from .kinds import ELEMENTWISE, LIKE, REDUCTIONS
from .simplify import Known, simplify
from .trees import docstring, dotted, names_in, same, signed, statements, walk, with_fields

_LEAVES = (ast.Return, ast.Raise, ast.Break, ast.Continue)
_PURE_NAMES = frozenset({*ELEMENTWISE, "len", "range", "sum", "sorted", "zip", "enumerate", "np.where", "np.clip"})


def tidy_block(body: Sequence[ast.stmt], known: Known, inside: bool) -> list[ast.stmt]:
    """A block's statements. `inside`: they are part of a function's body, and what follows the block may read any
    name, so nothing that is assigned is dropped."""
    out: list[ast.stmt] = []
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            out.append(tidy_function(statement, known))
        else:
            out += _statement(statement, known) if inside else [statement]
    return out or [ast.Pass()]


def tidy_function(node: ast.FunctionDef | ast.AsyncFunctionDef, known: Known) -> ast.FunctionDef | ast.AsyncFunctionDef:
    """A function with a tidy body. What it shares with other scopes (nonlocal, nested functions) is left alone."""
    body = _body(node.body, known)
    shared = any(isinstance(each, ast.Global | ast.Nonlocal | ast.FunctionDef) for each in statements(node.body))
    if not shared:
        live: set[str] = set()
        body = _live(body, live)
    return with_fields(node, body=body or [ast.Pass()])


def _body(body: Sequence[ast.stmt], known: Known) -> list[ast.stmt]:
    out: list[ast.stmt] = []
    for statement in body:
        for new in _statement(statement, known):
            fused = _fused(out[-1], new, known) if out else None
            if fused is None:
                out.append(new)
            else:
                out[-1] = fused
        if isinstance(statement, _LEAVES):  # what follows is never reached
            break
    return out


def _fused(first: ast.stmt, second: ast.stmt, known: Known) -> ast.stmt | None:
    """`x = a` and `x = x + 1` in one line: the second does no more than to put a number on the first."""
    match first, second:
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value),
            ast.Assign(targets=[ast.Name(id=again)], value=ast.BinOp(left=ast.Name(id=read), op=sign, right=number)),
        ) if name == again == read and signed(number) is not None:
            combined = ast.BinOp(left=value, op=sign, right=number)
            return with_fields(second, value=simplify(combined, known))
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value),
            ast.Assign(targets=[ast.Name(id=again)], value=ast.BinOp(left=number, op=sign, right=ast.Name(id=read))),
        ) if name == again == read and signed(number) is not None:
            combined = ast.BinOp(left=number, op=sign, right=value)
            return with_fields(second, value=simplify(combined, known))
    return None


def _statement(node: ast.stmt, known: Known) -> list[ast.stmt]:
    match node:
        case ast.Assign() | ast.AugAssign() | ast.Return() | ast.AnnAssign() if node.value is not None:
            value = simplify(node.value, known)
            return [node if value is node.value else with_fields(node, value=value)]
        case ast.If():
            return _if(node, known)
        case ast.While():
            return [with_fields(node, test=simplify(node.test, known), body=_filled(_body(node.body, known)))]
        case ast.For():
            return [with_fields(node, iter=simplify(node.iter, known), body=_filled(_body(node.body, known)))]
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return [tidy_function(node, known)]
        case ast.Pass():
            return []
        case _:
            return [node]


def _if(node: ast.If, known: Known) -> list[ast.stmt]:
    test = simplify(node.test, known)
    body, orelse = _body(node.body, known), _body(node.orelse, known)
    if isinstance(test, ast.Constant):
        return body if test.value else orelse
    if len(body) == len(orelse) and all(map(same, body, orelse)) and pure(test):
        return body
    if body:
        return [with_fields(node, test=test, body=body, orelse=orelse)]
    if orelse:
        return [ast.If(test=ast.UnaryOp(op=ast.Not(), operand=test), body=orelse, orelse=[])]
    return [] if pure(test) else [ast.Expr(value=test)]


def _filled(body: list[ast.stmt]) -> list[ast.stmt]:
    return body or [ast.Pass()]


def pure(node: ast.expr) -> bool:
    """Whether evaluating it changes nothing: no call but known ones, no assignment inside."""
    for each in walk(node):
        if isinstance(each, ast.Call):
            name = dotted(each.func)
            short = name.rpartition(".")[2]
            if name not in _PURE_NAMES and not (name and (short in LIKE or short in REDUCTIONS)):
                return False
        elif isinstance(each, ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom):
            return False
    return True


def _live(body: Sequence[ast.stmt], live: set[str]) -> list[ast.stmt]:
    """The statements that matter; `live`, the names read afterwards, becomes the names read from here on."""
    kept: list[ast.stmt] = []
    head = docstring(list(body))
    for statement in reversed(body):
        if statement is head:
            kept.append(statement)
            continue
        new = _live_statement(statement, live)
        if new is not None:
            kept.append(new)
    kept.reverse()
    return kept


def _live_statement(node: ast.stmt, live: set[str]) -> ast.stmt | None:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
            value = node.value
            assert value is not None
            if isinstance(value, ast.Name) and value.id == name:
                return None
            if name not in live and pure(value):
                return None
            live.discard(name)
            live.update(names_in(value))
        case ast.AugAssign(target=ast.Name(id=name)):
            # On an array this writes into what the name shares with others, so it always stays.
            live.add(name)
            live.update(names_in(node.value))
        case ast.If():
            after = set(live)
            other = set(live)
            body = _live(node.body, after)
            orelse = _live(node.orelse, other)
            live.clear()
            live.update(after, other, names_in(node.test))
            if not body and not orelse and pure(node.test):
                live.difference_update(set(names_in(node.test)) - after - other)
                return None
            if not body:
                return ast.If(test=ast.UnaryOp(op=ast.Not(), operand=node.test), body=orelse, orelse=[])
            return with_fields(node, body=body, orelse=orelse)
        case ast.Expr(value=ast.Constant()):
            return None
        case ast.Return() | ast.Raise():
            live.clear()
            live.update(names_in(node))
        case _:  # a loop, a nested function and all else: whatever it mentions is read
            live.update(each.id for each in walk(node) if isinstance(each, ast.Name))
    return node
