"""The types that the operators tell apart, and what is known of calls: enough to cut and paste what fits.

Strongly typed genetic programming (Montana 1995): a subtree is only replaced by one of a type that its place accepts.
A kind is a base and whether it is an array; broadcasting makes a scalar fit beside an array of its base.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Base(StrEnum):
    FLOAT = "float"
    INT = "int"
    BOOL = "bool"
    STR = "str"
    LIST = "list"
    UNKNOWN = "unknown"


class Kind(StrEnum):
    FLOAT = "float"
    INT = "int"
    BOOL = "bool"
    FLOATS = "float array"
    INTS = "int array"
    BOOLS = "bool array"
    STR = "str"
    LIST = "list"
    UNKNOWN = "unknown"

    @property
    def array(self) -> bool:
        return self in _ARRAYS

    @property
    def number(self) -> bool:
        """Something to calculate with: floats and ints, scalar or array."""
        return self in _NUMBERS

    @property
    def truth(self) -> bool:
        return self is Kind.BOOL or self is Kind.BOOLS


_ARRAYS = frozenset({Kind.FLOATS, Kind.INTS, Kind.BOOLS})
_NUMBERS = frozenset({Kind.FLOAT, Kind.INT, Kind.FLOATS, Kind.INTS})
_INTEGRAL = frozenset({Kind.INT, Kind.INTS, Kind.BOOL, Kind.BOOLS})


class Shape(StrEnum):
    """What a place accepts."""

    SCALAR = "scalar"
    ARRAY = "array"
    EITHER = "either"


def fits(kind: Kind, place: Kind, shape: Shape) -> bool:
    """Whether a value of `kind` may stand where one of kind `place` stands, in a place that accepts `shape`."""
    if place.number:
        alike = kind.number
    elif place.truth:
        alike = kind.truth
    else:
        return kind is place and kind is not Kind.UNKNOWN
    return alike and (shape is Shape.EITHER or kind.array is (shape is Shape.ARRAY))


def integral(kind: Kind) -> bool:
    return kind in _INTEGRAL


def numeric(array: bool, whole: bool) -> Kind:
    if array:
        return Kind.INTS if whole else Kind.FLOATS
    return Kind.INT if whole else Kind.FLOAT


def arithmetic(left: Kind, right: Kind, op: ast.operator) -> Kind:
    """The kind of `left op right`."""
    if isinstance(op, ast.BitAnd | ast.BitOr | ast.BitXor) and (left.truth or right.truth):
        return Kind.BOOLS if left.array or right.array else Kind.BOOL
    known = (left.number or left.truth) and (right.number or right.truth)
    if not known:
        if left.array or right.array:
            return Kind.FLOATS
        return left if left is right and left in (Kind.STR, Kind.LIST) else Kind.UNKNOWN
    whole = integral(left) and integral(right) and not isinstance(op, ast.Div | ast.Pow)
    return numeric(left.array or right.array, whole)


def join(left: Kind, right: Kind) -> Kind:
    """The kind of a value that is one or the other."""
    if left is right:
        return left
    if left.truth and right.truth:
        return Kind.BOOLS
    if (left.number or left.truth) and (right.number or right.truth):
        return numeric(left.array or right.array, integral(left) and integral(right))
    return Kind.UNKNOWN


_ANNOTATIONS: Mapping[str, Kind] = {
    "float": Kind.FLOAT,
    "int": Kind.INT,
    "bool": Kind.BOOL,
    "str": Kind.STR,
    "list": Kind.LIST,
    "List": Kind.LIST,
    "Sequence": Kind.LIST,
    "tuple": Kind.LIST,
    "ndarray": Kind.FLOATS,
    "NDArray": Kind.FLOATS,
    "ArrayLike": Kind.FLOATS,
}
_ELEMENTS: Mapping[str, Kind] = {"float": Kind.FLOATS, "int": Kind.INTS, "bool": Kind.BOOLS}


def annotated(node: ast.expr | None) -> Kind:
    """What an annotation says: `float`, `np.ndarray`, `list[float]`, `NDArray[np.float64]`, or the same as text."""
    if node is None:
        return Kind.UNKNOWN
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            node = ast.parse(node.value, mode="eval").body
        except SyntaxError:
            return Kind.UNKNOWN
    if isinstance(node, ast.Subscript):
        kind = annotated(node.value)
        if kind is Kind.FLOATS:
            written = ast.unparse(node.slice)
            return next((array for word, array in _ELEMENTS.items() if word in written), kind)
        return kind
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return _ANNOTATIONS.get(name, Kind.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Signature:
    """How a call maps kinds. `arity` numbers go in; `array` False: scalars only. `result` None: floats of the
    arguments' shape."""

    arity: int = 1
    array: bool = True
    result: Kind | None = None
    whole: bool = False  # integers give integers
    weight: float = 1.0  # how often the grammar writes it


_UNARY = Signature()
_RARE = Signature(weight=0.3)
_MATH = Signature(array=False)
_MATH_RARE = Signature(array=False, weight=0.3)

ELEMENTWISE: Mapping[str, Signature] = {
    "abs": Signature(whole=True),
    "min": Signature(2, array=False, whole=True),
    "max": Signature(2, array=False, whole=True),
    "round": Signature(array=False, result=Kind.INT, weight=0.2),
    "int": Signature(array=False, result=Kind.INT, weight=0.1),
    "float": Signature(array=False, weight=0.1),
    **{f"np.{name}": Signature(whole=True) for name in ("abs", "absolute", "square", "sign")},
    **{f"np.{name}": Signature(2, whole=True, weight=1.5) for name in ("minimum", "maximum")},
    **{f"np.{name}": _UNARY for name in ("sqrt", "exp", "log", "tanh")},
    **{f"np.{name}": _RARE for name in ("log1p", "expm1", "log2", "sin", "cos", "arctan", "cbrt", "reciprocal")},
    **{f"np.{name}": _RARE for name in ("floor", "ceil", "round", "rint", "trunc")},
    **{f"np.{name}": Signature(2, weight=0.3) for name in ("power", "mod", "fmod", "hypot", "arctan2")},
    **{f"np.{name}": Signature(2, weight=0.2) for name in ("add", "subtract", "multiply", "divide")},
    **{f"math.{name}": _MATH for name in ("sqrt", "exp", "log", "tanh")},
    **{f"math.{name}": _MATH_RARE for name in ("log1p", "sin", "cos", "atan", "fabs", "cbrt")},
    **{f"math.{name}": Signature(array=False, result=Kind.INT, weight=0.3) for name in ("floor", "ceil")},
    **{f"math.{name}": Signature(2, array=False, weight=0.2) for name in ("pow", "hypot", "atan2", "fmod")},
}
REDUCTIONS: Mapping[str, Kind] = {
    **dict.fromkeys(("sum", "mean", "std", "var", "median", "max", "min", "prod", "dot", "ptp"), Kind.FLOAT),
    **dict.fromkeys(("argmax", "argmin", "count_nonzero", "size", "ndim", "searchsorted"), Kind.INT),
    **dict.fromkeys(("any", "all"), Kind.BOOL),
}
LIKE: Mapping[str, Kind] = {
    **dict.fromkeys(("zeros", "ones", "empty", "full", "linspace", "array", "asarray", "concatenate"), Kind.FLOATS),
    **dict.fromkeys(("zeros_like", "ones_like", "full_like", "cumsum", "diff", "select", "random"), Kind.FLOATS),
    **dict.fromkeys(("arange", "argsort", "nonzero", "flatnonzero"), Kind.INTS),
    **dict.fromkeys(("isnan", "isfinite", "isclose", "logical_and", "logical_or", "logical_not"), Kind.BOOLS),
}
