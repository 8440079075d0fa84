from __future__ import annotations

import ast

import pytest

from speciate.proposers.syntax.infer import infer
from speciate.proposers.syntax.kinds import Kind, Shape, annotated, fits

HEADER = "def f(x: float, n: int, ok: bool, a: np.ndarray, w: list[float], s: str):\n"


def kind_of(expression: str) -> Kind:
    """What inference finds for the value of the last line's assignment."""
    tree = ast.parse(f"{HEADER}    result = {expression}\n    return result\n")
    found = infer(tree.body, {"np": Kind.UNKNOWN, "math": Kind.UNKNOWN}, inside=False)
    return next(place.scope["result"] for place in found.places if "result" in place.scope)


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("1", Kind.INT),
        ("-1.5", Kind.FLOAT),
        ("True", Kind.BOOL),
        ("'a'", Kind.STR),
        ("x + n", Kind.FLOAT),
        ("n * 2", Kind.INT),
        ("n / 2", Kind.FLOAT),
        ("n // 2", Kind.INT),
        ("a - x", Kind.FLOATS),
        ("a <= x", Kind.BOOLS),
        ("(a > 1) & (a < 3)", Kind.BOOLS),
        ("~(a > 1)", Kind.BOOLS),
        ("(a > 1) * 2", Kind.INTS),
        ("x < n and ok", Kind.BOOL),
        ("not x", Kind.BOOL),
        ("np.where(a > 1, 0.5, x)", Kind.FLOATS),
        ("np.where(a > 1, a, 0)", Kind.FLOATS),
        ("np.sqrt(a)", Kind.FLOATS),
        ("np.sqrt(x)", Kind.FLOAT),
        ("np.maximum(x, a)", Kind.FLOATS),
        ("math.exp(n)", Kind.FLOAT),
        ("math.floor(x)", Kind.INT),
        ("a.sum()", Kind.FLOAT),
        ("np.argmax(a)", Kind.INT),
        ("np.zeros_like(a)", Kind.FLOATS),
        ("np.arange(n)", Kind.INTS),
        ("a[0]", Kind.FLOAT),
        ("a[1:]", Kind.FLOATS),
        ("a[a > 1]", Kind.FLOATS),
        ("a.shape[0]", Kind.INT),
        ("len(w)", Kind.INT),
        ("[x, n]", Kind.LIST),
        ("[v for v in w]", Kind.LIST),
        ("x if ok else n", Kind.FLOAT),
        ("a if ok else x", Kind.FLOATS),
        ("s + s", Kind.STR),
        ("mystery(x)", Kind.UNKNOWN),
        ("w[0]", Kind.UNKNOWN),
    ],
)
def test_the_kind_of(expression: str, kind: Kind) -> None:
    assert kind_of(expression) is kind


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        ("np.ndarray", Kind.FLOATS),
        ("'np.ndarray'", Kind.FLOATS),
        ("npt.NDArray[np.int64]", Kind.INTS),
        ("npt.NDArray[np.float64]", Kind.FLOATS),
        ("NDArray[np.bool_]", Kind.BOOLS),
        ("list[int]", Kind.LIST),
        ("dict[str, int]", Kind.UNKNOWN),
    ],
)
def test_what_an_annotation_says(annotation: str, kind: Kind) -> None:
    assert annotated(ast.parse(annotation, mode="eval").body) is kind


def test_parameters_without_annotation_are_known_by_their_use() -> None:
    tree = ast.parse("def f(x, y, z, k=2):\n    return np.exp(y) * x + z.mean() + k\n")
    scope = infer(tree.body, {}, inside=False).places[0].scope
    assert [scope[name] for name in "xyz"] == [Kind.FLOAT, Kind.FLOATS, Kind.FLOATS]


def test_names_bound_in_one_branch_alone_are_not_in_scope_afterwards() -> None:
    tree = ast.parse(
        "def f(x: float):\n    if x > 1:\n        a = 1\n        b = 2\n    else:\n        b = 2.5\n    return b\n"
    )
    last = infer(tree.body, {}, inside=False).places[-1]
    assert "a" not in last.scope
    assert last.scope["b"] is Kind.FLOAT


def test_a_place_beside_an_array_accepts_either_shape() -> None:
    tree = ast.parse("def f(x: float, a: np.ndarray):\n    return a - x\n")
    slots = {ast.unparse(slot.node): slot.shape for slot in infer(tree.body, {}, inside=False).slots}
    assert slots == {"a": Shape.ARRAY, "x": Shape.EITHER, "a - x": Shape.ARRAY}
    assert fits(Kind.FLOATS, Kind.FLOAT, Shape.EITHER)
    assert not fits(Kind.FLOATS, Kind.FLOAT, Shape.SCALAR)
    assert not fits(Kind.BOOL, Kind.FLOAT, Shape.SCALAR)
    assert not fits(Kind.UNKNOWN, Kind.UNKNOWN, Shape.SCALAR)
