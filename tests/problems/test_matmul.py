"""The shipped problem of matrix multiplication <2, 4, 5>: exact equality, what is refused, and the polish."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from speciate import Invalid

from .cheats.points import CHEATS, Array, Exact, put
from .constructions import Built, polished, problem

# Cheats at an array whose number of columns is free, and that may be complex.
OTHERWISE = {"a column less", "a column more", "a complex number", "complex"}


@pytest.fixture(scope="module")
def matmul() -> Iterator[SimpleNamespace]:
    import sys

    with problem("matmul_245") as found:
        yield found
    del sys.modules["tensor"]


def published(matmul: SimpleNamespace) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(matmul.problem.source, "published", "alphaevolve.json").read_text())
    return found


def test_an_algorithm_multiplies_matrices(matmul: SimpleNamespace) -> None:
    """What the tensor's definition means: both shipped algorithms give the product of two matrices."""
    data = published(matmul)
    for u, v, w in (np.split(matmul.seed.construct(), [8, 28]), [np.array(data[name]) for name in "uvw"]):
        rng = np.random.default_rng(0)
        a, b = rng.integers(-9, 10, (2, 4)), rng.integers(-9, 10, (4, 5))
        products = (a.ravel() @ u) * (b.ravel() @ v)
        assert np.array_equal((w @ products).reshape(5, 2).T, a @ b)
        assert matmul.evaluator.certify([u, v, w]) == len(products)


def test_the_ranks_of_the_readme(matmul: SimpleNamespace) -> None:
    seed = matmul.evaluator.evaluate(Built(matmul.seed.construct()))
    assert (seed["rank"], seed["entries"], seed["shared"]) == (40, 120, 8 * 10 + 20 * 1 + 10 * 6)
    path = Path(matmul.problem.source, "published", "alphaevolve.json")
    assert matmul.evaluator.report(str(path)).startswith("32  multiplications")
    assert matmul.problem.published["alphaevolve"]["value"] == published(matmul)["claimed"] == 32


def test_forms(matmul: SimpleNamespace) -> None:
    data, judge = published(matmul), matmul.evaluator
    stacked = np.vstack([data[name] for name in "uvw"])
    complex_ = stacked * np.repeat([1j, -1j, 1], [8, 20, 10])[:, None]
    scaled = stacked * np.repeat([3e5, 2.0**-10, 2.0**10 / 3e5 * 3e5], [8, 20, 10])[:, None]
    thirds = [
        [f"{int(2 * x)}/{6 if at < 8 else 2}" if at < 28 else str(3 * x) for x in row] for at, row in enumerate(stacked)
    ]
    for value in (
        stacked,
        stacked.tolist(),
        complex_,
        np.split(complex_, [8, 28]),
        {name: data[name] for name in "vuw"},
        thirds,
    ):
        assert judge.certify(value) == 32
    assert judge.evaluate(Built(complex_))["shared"] == judge.evaluate(Built(stacked))["shared"]
    with pytest.raises(Invalid, match="is 300000 and must be 1"):
        judge.certify(scaled)


@pytest.mark.parametrize(("make", "reason"), [each[1:] for each in CHEATS if each[0] not in OTHERWISE])
def test_what_is_no_array_of_numbers(matmul: SimpleNamespace, make: Callable[[Array], Any], reason: str) -> None:
    with pytest.raises(Invalid, match=f"{reason}|the answer is 38 rows|factors with|has 8 rows|has not|are wrong"):
        matmul.evaluator.evaluate(Built(make(matmul.seed.construct())))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda f: put(f, 1e-300, 30, 0), "1 of 1,600 entries .* is 1e-300 and must be 0"),
        (lambda f: put(f, f[0, 0] + 1e-9, 0, 0), r"a\[0,0\] b\[0,0\] in c\[0,0\], is 1.000000001 and must be 1"),
        (lambda f: f[:, 1:], "1 of 1,600 entries .* is 0 and must be 1"),
        (lambda f: f[:, :1], "39 of 1,600 entries"),
        (lambda f: f * 0, "40 of 1,600 entries"),
        (lambda f: f.astype(complex) * 1j, "40 of 1,600 entries .* is 0 . -1i and must be 1"),
        (lambda f: np.where(f == 1, np.nan, f).astype(complex), "nan: coordinates are finite"),
        (lambda f: np.hstack([f, f, f]), "factors with 120 columns"),
        (lambda f: np.empty((38, 0)), "factors with 0 columns"),
        (lambda f: [f[:8], f[8:28]], "the answer is 38 rows"),
        (lambda f: [f[:8], f[8:28], f[28:, :-1]], "row 28 has not 40 numbers as row 0 has"),
        (lambda f: [f[:8], f[8:28].astype(complex), f[28:, :-1]], "different numbers of columns"),
        (lambda f: [f[:8], f[28:], f[8:28]], "V is a list of 10"),
        (lambda f: [np.empty(0), np.empty(0), np.empty(0)], "U is a list of 0"),
        (lambda f: (f[:8].tolist(), f[8:28].tolist(), f[28:].tolist(), 2, 4, 5, 32), "the answer is 38 rows"),
        (lambda f: [[[Exact(0.5)] * 40] * 8, f[8:28], f[28:]], "coordinates are real numbers"),
        (lambda f: {"rank": 1, "u": [], "v": [], "w": []}, "the answer is 38 rows"),
        (lambda f: {"U": f[:8], "V": f[8:28], "W": f[28:] / 2}, "is 0.5 and must be 1"),
        (lambda f: np.eye(38), "entries of the tensor are wrong"),
    ],
)
def test_what_is_no_algorithm(matmul: SimpleNamespace, make: Callable[[Array], Any], reason: str) -> None:
    for judge in (matmul.evaluator.certify, lambda value: matmul.evaluator.evaluate(Built(value))):
        with pytest.raises(Invalid, match=reason):
            judge(make(matmul.seed.construct()))


def test_the_polish(matmul: SimpleNamespace) -> None:
    seed = matmul.seed.construct()
    rng = np.random.default_rng(0)
    lost = seed.copy()
    lost[30] = rng.uniform(0, 1, 40)
    first, again, repaired = polished(matmul, [seed, seed, lost + rng.normal(0, 0.05, seed.shape)])
    assert np.array_equal(first, again)
    ranks = [matmul.evaluator.certify(each) for each in (first, repaired)]
    assert max(ranks) < 40
    kept = [np.zeros((38, 4)), rng.normal(size=(38, 40)), np.zeros(3), np.full((38, 40), np.nan), np.empty((38, 0))]
    for each in kept:
        assert np.array_equal(matmul.seed.polish(each), each, equal_nan=True)
