"""The shipped Heilbronn problem: what its verifier takes and refuses, and what its polish reaches."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from speciate import Invalid

from .cheats.points import CHEATS, REPORTED, Array, put
from .constructions import Built, anything, polished, problem

REACHED = "found_here.json"


@pytest.fixture(scope="module")
def triangle() -> Iterator[SimpleNamespace]:
    with problem("heilbronn_11") as found:
        yield found


def best(triangle: SimpleNamespace) -> Array:
    return np.array(json.loads(Path(triangle.problem.source, "published", REACHED).read_text()))


def test_the_seed_scores_what_the_readme_says(triangle: SimpleNamespace) -> None:
    found = triangle.evaluator.evaluate(Built(triangle.seed.construct()))
    assert found["area"] == pytest.approx(0.002, abs=1e-12)
    assert found["edge"] == 2
    assert "the smallest triangle is that of points" in found["feedback"]


def test_what_was_found_is_certified_to_the_last_digit(triangle: SimpleNamespace) -> None:
    array = best(triangle)
    exact = [[Fraction(each) for each in row] for row in array.tolist()]
    least = min(
        abs((q[0] - p[0]) * (r[1] - p[1]) - (r[0] - p[0]) * (q[1] - p[1])) for p, q, r in combinations(exact, 3)
    )
    found = triangle.evaluator.certify(array)
    assert found.exact == least
    assert found.score == float(least) > 0.033
    assert 0 <= least - Fraction(found.decimals) < Fraction(1, 10**40)  # cut off below the claim


@pytest.mark.parametrize(("make", "reason"), [each[1:] for each in [*CHEATS, REPORTED]])
def test_what_is_no_array_of_points(triangle: SimpleNamespace, make: Callable[[Array], Any], reason: str) -> None:
    for judge in (triangle.evaluator.certify, lambda value: triangle.evaluator.evaluate(Built(value))):
        with pytest.raises(Invalid, match=reason):
            judge(make(best(triangle)))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda array: put(array, -1e-6), "point 3 .* lies outside by 1e-06"),
        (lambda array: put(array, -1e-12), "point 3 .* lies outside by 1e-12"),
        (lambda array: put(array, -5e-324), "point 3 .* lies outside"),
        (lambda array: put(array, 1 - array[3, 0] + 1e-9), "point 3 .* lies outside by 1e-09"),
        (lambda array: put(array, 1.5), "point 3 .* lies outside"),
        (lambda array: array * 1000, "lies outside"),
        (lambda array: -array, "lies outside"),
        (lambda array: array[np.r_[0, :10]], "lie in a line"),
        (lambda array: array * 0, "points 0, 1 and 2 lie in a line"),
        (lambda array: array * [1, 0], "lie in a line"),
        (lambda array: array * 0 + 5e-324, "lie in a line"),
        (lambda array: np.array(array, dtype=int), "lie in a line"),
        (lambda array: {"cartesian": array.tolist(), "score": 0.05}, "a dict with the keys|the answer is"),
    ],
)
def test_what_is_outside_or_has_no_area(triangle: SimpleNamespace, make: Callable[[Array], Any], reason: str) -> None:
    for judge in (triangle.evaluator.certify, lambda value: triangle.evaluator.evaluate(Built(value))):
        with pytest.raises(Invalid, match=reason):
            judge(make(best(triangle)))


def test_a_sum_that_floats_round_to_one_is_above_it(triangle: SimpleNamespace) -> None:
    array = triangle.seed.construct() / 2
    array[0] = [1.0, 5e-324]
    assert array[0].sum() == 1.0
    with pytest.raises(Invalid, match=r"point 0 .* outside by 2\^-1074|point 0 .* outside by 4.94e-324"):
        triangle.evaluator.certify(array)
    near = best(triangle)
    near[near[:, 0].argmin(), 0] = 5e-324  # over a denominator beyond what a float holds
    assert triangle.evaluator.evaluate(Built(near))["area"] > 0.01


def cartesian(array: Array) -> list[list[float]]:
    """Into the triangle (0, 0), (1, 0), (1/2, sqrt(3)/2), in floats."""
    u, v = array.T
    return np.stack([u + v / 2, v * math.sqrt(3) / 2], axis=1).tolist()  # type: ignore[no-any-return]


def test_cartesian_coordinates_score_the_same(triangle: SimpleNamespace) -> None:
    array = best(triangle) * (1 - 1e-14) + 2e-15  # away from the sides by more than rounding
    found = triangle.evaluator.certify({"cartesian": cartesian(array)})
    assert found.score == pytest.approx(triangle.evaluator.certify(array).score, rel=1e-13)
    assert found.exact is None


@pytest.mark.parametrize(
    ("point", "reason"),
    [
        ([0.5, -1e-9], "outside by 1e-09, below"),
        ([0.1, 0.4], "outside by .*, left"),
        ([0.9, 0.4], "outside by .*, right"),
        ([-0.1, 0.0], "outside by .*, left"),
        ([1.1, 0.0], "outside by .*, right"),
        ([0.5, 0.8660254037844387], "outside by 3.04e-17, left"),  # sqrt(3)/2 rounded up
    ],
)
def test_cartesian_points_outside(triangle: SimpleNamespace, point: list[float], reason: str) -> None:
    rows = cartesian(best(triangle) * (1 - 1e-14) + 2e-15)
    with pytest.raises(Invalid, match=f"point 4 lies {reason}"):
        triangle.evaluator.certify({"cartesian": [*rows[:4], point, *rows[5:]]})


def test_the_corner_in_more_digits_lies_inside(triangle: SimpleNamespace) -> None:
    rows: list[list[Any]] = list(cartesian(best(triangle) * 0.9 + 0.01))
    rows[0] = ["0.5", "0.866025403784438646763723170752936183"]
    assert triangle.evaluator.certify({"cartesian": rows}).score > 0
    rows[0][1] = "0.866025403784438646763723170752936184"
    with pytest.raises(Invalid, match="point 0 lies outside"):
        triangle.evaluator.certify({"cartesian": rows})


def test_files(triangle: SimpleNamespace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "points.json"
    file.write_text(json.dumps([[f"{k}/10", str(Fraction(10 - k, 10) ** 2)] for k in range(11)]))
    assert triangle.evaluator.verify(file).exact == Fraction(1, 500)
    file.write_text(json.dumps({"cartesian": cartesian(best(triangle) * 2)}))
    assert triangle.evaluator.main(str(file)) == 1
    assert "refused: point" in capsys.readouterr().out
    file.write_text("[[1]]")
    with pytest.raises(Invalid, match="a list of 1: the answer is 11 rows"):
        triangle.evaluator.verify(file)


def test_polish_takes_anything_into_the_triangle(triangle: SimpleNamespace) -> None:
    given = list(anything((11, 2)))
    found = polished(triangle, [*given, given[-1]])
    assert np.array_equal(found[-1], found[-2])
    for one in found:
        assert one.shape == (11, 2)
        assert triangle.evaluator.certify(one).score > 0


def test_polish_improves_the_seed_and_loses_nothing_of_what_was_found(triangle: SimpleNamespace) -> None:
    found = polished(triangle, [triangle.seed.construct(), best(triangle).round(6)])
    seed, again = [triangle.evaluator.certify(each).score for each in found]
    assert seed > 0.015
    assert again > triangle.evaluator.certify(best(triangle)).score - 1e-8


@pytest.mark.parametrize("other", [np.empty(0), np.zeros((3, 2)), np.zeros(11), np.full((11, 2), np.nan)])
def test_polish_gives_back_what_is_no_set_of_points(triangle: SimpleNamespace, other: Array) -> None:
    assert triangle.seed.polish(other).shape == other.shape
