"""Says the same with less: constants folded, neutral operands and double negation dropped, conditions tidied.

Meaning is kept for finite numbers (and no NaN), up to rounding (constants are joined across `+` and `*`, and keep 6
significant digits). What is
only true of numbers (`x * 1` is `x`) is applied where the tree or the known kinds show that it is one: a bool times 1
is a number, a bool is not.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping

from .kinds import ELEMENTWISE, Kind
from .sums import collected, folded
from .trees import constant, dotted, same, signed, with_fields

Known = Mapping[str, Kind]  # the kinds of names, where they are sure

_FOLD: Mapping[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARE: Mapping[type, Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_FLIPPED: Mapping[type, type[ast.cmpop]] = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}
_BINARY = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.FloorDiv, ast.Mod)


def simplify(node: ast.expr, known: Known) -> ast.expr:
    """The simplified expression; the same object where there is nothing to do."""
    kind = node.__class__
    if kind is ast.Constant or kind is ast.Name or kind is ast.Lambda:
        return node
    node = _inside(node, known)
    match node:
        case ast.BinOp():
            return _binary(_plain_operands(node, known), known)
        case ast.UnaryOp():
            return _unary(node, known)
        case ast.Compare(ops=[_]):
            return _compare(node, known)
        case ast.Compare(ops=[ast.Lt() | ast.LtE(), ast.Lt() | ast.LtE()]):
            low, high = _real(node.left), _real(node.comparators[1])
            never = low is not None and high is not None and low > high
            return ast.Constant(value=False) if never else node
        case ast.BoolOp():
            return _boolean(node)
        case ast.IfExp():
            return _conditional(node)
        case ast.Call():
            return _call(node, known)
        case _:
            return node


def _inside(node: ast.expr, known: Known) -> ast.expr:
    """The node with its parts simplified."""
    changed: dict[str, object] = {}
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, ast.expr):
            new: object = simplify(value, known)
        elif isinstance(value, list) and value and isinstance(value[0], ast.expr):
            items = [simplify(each, known) for each in value]
            new = items if any(one is not other for one, other in zip(items, value, strict=True)) else value
        else:
            continue
        if new is not value:
            changed[field] = new
    return with_fields(node, **changed) if changed else node


def is_number(node: ast.expr, known: Known) -> bool:
    """Whether it surely is a number or an array of numbers, and no truth value."""
    match node:
        case ast.Constant():
            return signed(node) is not None
        case ast.Name():
            return node.id in known and known[node.id].number
        case ast.UnaryOp(op=ast.USub()):
            return True
        case ast.BinOp():
            return isinstance(node.op, _BINARY) and is_number(node.left, known) and is_number(node.right, known)
        case ast.Call():
            return dotted(node.func) in ELEMENTWISE or (
                dotted(node.func).endswith(".where") and all(is_number(each, known) for each in node.args[1:])
            )
        case _:
            return False


def is_array(node: ast.expr, known: Known) -> bool:
    """Whether it surely is an array. Arrays of one program are taken to broadcast to one shape."""
    match node:
        case ast.Name():
            return node.id in known and known[node.id].array
        case ast.UnaryOp():
            return is_array(node.operand, known)
        case ast.BinOp():
            return is_array(node.left, known) or is_array(node.right, known)
        case ast.Compare():
            return is_array(node.left, known) or any(is_array(each, known) for each in node.comparators)
        case ast.Call():
            name = dotted(node.func)
            return (name in ELEMENTWISE or name == "np.where") and any(is_array(each, known) for each in node.args)
        case _:
            return False


def _only(node: ast.expr) -> ast.expr:
    """What a choice between equals gives, where its shape does not matter; else the node."""
    if isinstance(node, ast.Call) and len(node.args) == 3 and dotted(node.func) == "np.where":
        return _only(node.args[1]) if same(node.args[1], node.args[2]) else node
    return node


def _plain_operands(node: ast.BinOp, known: Known) -> ast.BinOp:
    left, right = _only(node.left), _only(node.right)
    if left is not node.left and is_array(node.right, known):
        node = with_fields(node, left=left)
    if right is not node.right and is_array(node.left, known):
        node = with_fields(node, right=right)
    return node


def _real(node: ast.expr) -> float | None:
    value = signed(node)
    return None if isinstance(value, complex) else value


def _binary(node: ast.BinOp, known: Known) -> ast.expr:
    left, right = _real(node.left), _real(node.right)
    if left is not None and right is not None:
        fold = _FOLD.get(node.op.__class__)
        if fold is not None and not (right == 0 and isinstance(node.op, ast.Div)):
            return folded(fold(left, right)) or node
        return node
    match node.op:
        case ast.Add() | ast.Sub():
            return _sum(node, left, right, known)
        case ast.Mult():
            return _product(node, left, right, known)
        case ast.Div() | ast.Pow() if right == 1 and is_number(node.left, known):
            return node.left
        case ast.BitAnd() | ast.BitOr():
            return _bits(node, known)
    return node


def _bits(node: ast.BinOp, known: Known) -> ast.expr:
    """Of two conditions on arrays, the one that decides, where the other is the same or is always true or false."""
    if same(node.left, node.right):
        return node.left
    conjunction = isinstance(node.op, ast.BitAnd)
    for side, other in ((node.left, node.right), (node.right, node.left)):
        decided = _trivial(side)
        if decided is not None and is_array(other, known):
            return other if decided is conjunction else side
    return node


def _trivial(node: ast.expr) -> bool | None:
    """What a comparison of a thing with itself says."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and same(node.left, node.comparators[0]):
        return isinstance(node.ops[0], ast.LtE | ast.GtE | ast.Eq)
    return None


def _sum(node: ast.BinOp, left: float | None, right: float | None, known: Known) -> ast.expr:
    minus = isinstance(node.op, ast.Sub)
    if _adds(node.left) or _adds(node.right) or same(node.left, node.right):
        shorter = collected(node, lambda each: is_number(each, known), lambda each: is_array(each, known))
        if shorter is not None:
            return shorter
    if right == 0 and is_number(node.left, known):
        return node.left
    if left == 0 and is_number(node.right, known):
        return negated(node.right, known) if minus else node.right
    inner = node.right
    if right is not None:
        if right < 0:  # x + -c
            return _sum(_op(node.left, ast.Add() if minus else ast.Sub(), constant(-right)), None, -right, known)
    elif isinstance(inner, ast.UnaryOp) and isinstance(inner.op, ast.USub):  # x + -y, x - -y
        return _op(node.left, ast.Add() if minus else ast.Sub(), inner.operand)
    if left is None and isinstance(node.left, ast.UnaryOp) and isinstance(node.left.op, ast.USub) and not minus:
        return _op(node.right, ast.Sub(), node.left.operand)  # -x + y
    if left is not None and not minus:  # the constant stands last in a sum
        return _sum(_op(node.right, ast.Add(), node.left), None, left, known)
    return node


def _adds(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult)


def _product(node: ast.BinOp, left: float | None, right: float | None, known: Known) -> ast.expr:
    if left is None and right is None:
        return node
    value, other = (left, node.right) if left is not None else (right, node.left)
    assert value is not None
    if value == 1 and is_number(other, known):
        return other
    if value == -1 and is_number(other, known):
        return negated(other, known)
    if isinstance(other, ast.BinOp) and isinstance(other.op, ast.Mult):
        second = _real(other.left)
        total = folded(value * second) if second is not None else None
        if total is not None:
            return _product(_op(total, ast.Mult(), other.right), _real(total), None, known)
    if isinstance(other, ast.UnaryOp) and isinstance(other.op, ast.USub):
        return _op(constant(-value), ast.Mult(), other.operand)
    if left is None:  # the constant stands first in a product
        return _op(constant(value), ast.Mult(), other)
    return node


def negated(node: ast.expr, known: Known) -> ast.expr:
    """Minus the expression."""
    value = _real(node)
    if value is not None:
        return constant(-value)
    match node:
        case ast.UnaryOp(op=ast.USub()) if is_number(node.operand, known):
            return node.operand
        case ast.BinOp(op=ast.Sub()):
            return _op(node.right, ast.Sub(), node.left)
        case ast.BinOp(op=ast.Mult()) if (first := _real(node.left)) is not None:
            return _product(_op(constant(-first), ast.Mult(), node.right), -first, None, known)
    return ast.UnaryOp(op=ast.USub(), operand=node)


def _unary(node: ast.UnaryOp, known: Known) -> ast.expr:
    match node.op:
        case ast.USub() if signed(node) is None:
            simple = negated(node.operand, known)
            return node if isinstance(simple, ast.UnaryOp) and simple.operand is node.operand else simple
        case ast.UAdd() if is_number(node.operand, known):
            return node.operand
        case ast.Not():
            inner = node.operand
            if isinstance(inner, ast.UnaryOp) and isinstance(inner.op, ast.Not) and _is_truth(inner.operand):
                return inner.operand
        case ast.Invert():
            inner = node.operand
            if isinstance(inner, ast.UnaryOp) and isinstance(inner.op, ast.Invert):
                return inner.operand
    return node


def _is_truth(node: ast.expr) -> bool:
    return isinstance(node, ast.Compare) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))


def _compare(node: ast.Compare, known: Known) -> ast.expr:
    """The constant to the right, and none left to add: `3 < x + 1` is `x > 2`."""
    kind = node.ops[0].__class__
    if kind not in _COMPARE:
        return node
    left, right = _real(node.left), _real(node.comparators[0])
    if left is not None and right is not None:
        return ast.Constant(value=_COMPARE[kind](left, right))
    if same(node.left, node.comparators[0]) and is_number(node.left, known) and not is_array(node.left, known):
        return ast.Constant(value=kind is ast.LtE or kind is ast.GtE)
    if left is not None:
        flipped = ast.Compare(left=node.comparators[0], ops=[_FLIPPED[kind]()], comparators=[node.left])
        return _compare(flipped, known)
    if right is None:
        return node
    match node.left:
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            return _moved(node, node.left, right, known)
        case ast.UnaryOp(op=ast.USub()) if is_number(node.left.operand, known):
            return ast.Compare(left=node.left.operand, ops=[_FLIPPED[kind]()], comparators=[constant(-right)])
    return node


def _moved(node: ast.Compare, sum_: ast.BinOp, right: float, known: Known) -> ast.expr:
    """A comparison with a constant whose left side adds one: that one moved to the right."""
    minus = isinstance(sum_.op, ast.Sub)
    second = _real(sum_.right)
    if second is not None and is_number(sum_.left, known):
        total = folded(right + second if minus else right - second)
        if total is not None:
            return _compare(ast.Compare(left=sum_.left, ops=node.ops, comparators=[total]), known)
    first = _real(sum_.left)
    if first is not None and minus and is_number(sum_.right, known):  # a - x < b
        total = folded(first - right)
        if total is not None:
            flipped: list[ast.cmpop] = [_FLIPPED[node.ops[0].__class__]()]
            return _compare(ast.Compare(left=sum_.right, ops=flipped, comparators=[total]), known)
    return node


def _boolean(node: ast.BoolOp) -> ast.expr:
    values: list[ast.expr] = []
    for each in node.values:
        inner = each.values if isinstance(each, ast.BoolOp) and each.op.__class__ is node.op.__class__ else [each]
        values += [value for value in inner if not any(same(value, other) for other in values)]
    if len(values) == 1:
        return values[0]
    return node if len(values) == len(node.values) else ast.BoolOp(op=node.op, values=values)


def _conditional(node: ast.IfExp) -> ast.expr:
    if isinstance(node.test, ast.Constant):
        return node.body if node.test.value else node.orelse
    return node.body if same(node.body, node.orelse) else node


def _call(node: ast.Call, known: Known) -> ast.expr:
    name = dotted(node.func)
    if node.keywords or not node.args:
        return node
    first = node.args[0]
    if name in {"np.abs", "abs", "np.square"} and isinstance(first, ast.UnaryOp) and isinstance(first.op, ast.USub):
        return with_fields(node, args=[first.operand])
    if name in {"np.abs", "abs"} and isinstance(first, ast.Call) and dotted(first.func) in {"np.abs", "np.square"}:
        return first
    if name in {"np.maximum", "np.minimum", "max", "min"} and len(node.args) == 2:
        # Of a scalar, numpy's gives a numpy number, which divides by zero where Python's own raises.
        alike = is_array(first, known) or (is_number(first, known) and not name.startswith("np."))
        return first if alike and same(first, node.args[1]) else node
    if name == "np.where" and len(node.args) == 3:
        return _where(node, known)
    return node


def _where(node: ast.Call, known: Known) -> ast.expr:
    test, one, other = node.args
    decided = bool(test.value) if isinstance(test, ast.Constant) else _trivial(test)
    if decided is not None and is_array(one if decided else other, known):
        return one if decided else other
    if same(one, other) and is_array(one, known):
        return one
    if is_array(test, known) and (_only(one) is not one or _only(other) is not other):
        return _where(with_fields(node, args=[test, _only(one), _only(other)]), known)
    if isinstance(one, ast.Call) and dotted(one.func) == "np.where" and same(one.args[0], test):
        return _where(with_fields(node, args=[test, one.args[1], other]), known)
    if isinstance(other, ast.Call) and dotted(other.func) == "np.where" and same(other.args[0], test):
        return _where(with_fields(node, args=[test, one, other.args[2]]), known)
    return node


def _op(left: ast.expr, operator_: ast.operator, right: ast.expr) -> ast.BinOp:
    return ast.BinOp(left=left, op=operator_, right=right)
