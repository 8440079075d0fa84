"""Sums with like terms collected: `item + 2 - item + x - 5` is `x - 3`, and `x + x` is `2 * x`."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable

from .trees import constant, op, same, signed, significant

FACTOR_DIGITS = 6


def folded(value: float) -> ast.expr | None:
    """The literal of a computed number, its rounding errors taken off; None where it is not finite."""
    if isinstance(value, int):
        return constant(value) if abs(value) < 2**53 else None
    return constant(significant(value, FACTOR_DIGITS)) if math.isfinite(value) else None


def collected(
    node: ast.BinOp, is_number: Callable[[ast.expr], bool], is_array: Callable[[ast.expr], bool]
) -> ast.expr | None:
    """The sum with fewer terms, or None where there are no like terms, or something in it may be no number."""
    terms: list[tuple[float, ast.expr]] = []
    numbers: list[float] = []
    _flatten(node, 1, terms, numbers)
    if not all(is_number(term) for _, term in terms):
        return None
    merged: list[tuple[float, ast.expr]] = []
    for factor, term in terms:
        at = next((index for index, (_, other) in enumerate(merged) if same(other, term)), None)
        if at is None:
            merged.append((factor, term))
        else:
            merged[at] = (merged[at][0] + factor, term)
    kept = [(factor, term) for factor, term in merged if factor != 0]
    if len(kept) == len(terms) and len(numbers) < 2:
        return None
    gone = [term for factor, term in merged if factor == 0]
    if any(map(is_array, gone)) and not any(is_array(term) for _, term in kept):
        return None  # what is left would lose its shape
    return _written(kept, sum(numbers))


def _flatten(node: ast.expr, sign: float, terms: list[tuple[float, ast.expr]], numbers: list[float]) -> None:
    number = signed(node)
    if isinstance(number, int | float):
        numbers.append(sign * number)
        return
    match node:
        case ast.BinOp(op=ast.Add()):
            _flatten(node.left, sign, terms, numbers)
            _flatten(node.right, sign, terms, numbers)
        case ast.BinOp(op=ast.Sub()):
            _flatten(node.left, sign, terms, numbers)
            _flatten(node.right, -sign, terms, numbers)
        case ast.UnaryOp(op=ast.USub()):
            _flatten(node.operand, -sign, terms, numbers)
        case ast.BinOp(op=ast.Mult()) if isinstance(factor := signed(node.left), int | float):
            terms.append((sign * factor, node.right))
        case _:
            terms.append((sign, node))


def _written(terms: list[tuple[float, ast.expr]], number: float) -> ast.expr | None:
    """The sum of the terms, what is added before what is taken off, and the number last."""
    ordered = sorted(terms, key=lambda each: each[0] < 0)  # stable
    result: ast.expr | None = None
    for factor, term in ordered:
        size = folded(abs(factor))
        if size is None:
            return None
        part = term if abs(factor) == 1 else op(size, ast.Mult(), term)
        if result is not None:
            result = op(result, ast.Sub() if factor < 0 else ast.Add(), part)
        elif factor < 0:
            first = folded(factor)
            assert first is not None
            result = ast.UnaryOp(op=ast.USub(), operand=term) if factor == -1 else op(first, ast.Mult(), term)
        else:
            result = part
    if result is None:
        return folded(number)
    size = folded(abs(number))
    if size is None:
        return None
    return result if number == 0 else op(result, ast.Sub() if number < 0 else ast.Add(), size)
