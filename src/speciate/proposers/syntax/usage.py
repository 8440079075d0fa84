"""The kinds of parameters that bear no annotation: by default value, else by how they are used."""

from __future__ import annotations

import ast

from .kinds import REDUCTIONS, Kind, annotated
from .trees import dotted, walk


def parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, Kind]:
    """The parameters' kinds: by annotation, else by default value, else by use."""
    arguments = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
    kinds = {each.arg: annotated(each.annotation) for each in arguments}
    unknown = {name for name, kind in kinds.items() if kind is Kind.UNKNOWN}
    if unknown:
        kinds.update(_used(node, unknown))
    return kinds


def _used(node: ast.AST, names: set[str]) -> dict[str, Kind]:
    """What use says of names: subscripted, reduced or given to numpy is an array, calculated with a number."""
    arrays: set[str] = set()
    numbers: set[str] = set()
    for each in walk(node):
        match each:
            case ast.Call():
                given = {arg.id for arg in each.args if isinstance(arg, ast.Name)}
                called = dotted(each.func)
                if called.startswith(("np.", "numpy.")):
                    arrays |= given
                elif called.startswith("math.") or called in {"abs", "float", "int", "round", "range"}:
                    numbers |= given
                if isinstance(each.func, ast.Attribute) and each.func.attr in REDUCTIONS:
                    arrays |= {each.func.value.id} if isinstance(each.func.value, ast.Name) else set()
            case ast.Attribute(value=ast.Name(id=name), attr="shape" | "size" | "ndim" | "dtype"):
                arrays.add(name)
            case ast.BinOp():
                numbers |= {part.id for part in (each.left, each.right) if isinstance(part, ast.Name)}
            case ast.Compare():
                numbers |= {part.id for part in (each.left, *each.comparators) if isinstance(part, ast.Name)}
            case _:
                pass
    return {
        **dict.fromkeys(sorted(names & numbers), Kind.FLOAT),
        **dict.fromkeys(sorted(names & arrays), Kind.FLOATS),
    }
