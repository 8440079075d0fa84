"""The shipped circle packing problems: which packings their verifier refuses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from speciate import Invalid

from .cheats.points import Array, put
from .constructions import Built, problem

REACHED = "found_here.json"


@pytest.fixture(scope="module")
def circles() -> Iterator[SimpleNamespace]:
    with problem("circle_packing_26") as found:
        yield found


@pytest.fixture(scope="module")
def rectangle() -> Iterator[SimpleNamespace]:
    with problem("circle_packing_rectangle_21") as found:
        yield found


def best(circles: SimpleNamespace) -> Array:
    text = Path(circles.problem.source, "published", REACHED).read_text()
    return np.array(json.loads(text))


def test_the_seed_scores_what_the_readme_says(circles: SimpleNamespace) -> None:
    found = circles.evaluator.evaluate(Built(circles.seed.construct()))
    assert found["radii"] == pytest.approx(26 * 0.083, abs=1e-15)
    assert (found["spread"], found["contacts"]) == (1.0, 0)
    assert "26 touch nothing" in found["feedback"]


def grown(array: Array, by: float) -> Array:
    """A circle that touches others, with a larger radius."""
    return put(array, array[3, 2] + by, 3, 2)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda array: grown(array, 1e-6), r"circle.* by 1e-06; the tolerance is 0"),
        (lambda array: grown(array, 1e-12), r"circle.* by 9.\d+e-13|by 1e-12"),
        (lambda array: array[np.r_[0, :25]], "circles 0 and 1 overlap"),
        (lambda array: put(array, -1e-3, 5, 0), "circle 5 leaves the unit square"),
        (lambda array: put(array, 1.0, 5, 1), "circle 5 leaves the unit square"),
        (lambda array: put(array, 7.0, 5, 1), "circle 5 leaves the unit square by 6"),
        (lambda array: put(array, 0.0, 7, 2), "circle 7 has no positive radius"),
        (lambda array: put(array, -0.0, 7, 2), "circle 7 has no positive radius"),
        (lambda array: put(array, -0.1, 7, 2), r"circle 7 has no positive radius \(-0.1\)"),
        (lambda array: array * [1, 1, 0], "no positive radius"),
        (lambda array: array * [1, 1, -1], "no positive radius"),
        (lambda array: array * 2, "leaves the unit square"),
        (lambda array: np.tile([0.5, 0.5, 0.5], (26, 1)), "overlap by 1; the tolerance is 0 .and 324 more"),
        (lambda array: np.array(array * 100, dtype=int), "circle"),
    ],
)
def test_what_is_no_packing(circles: SimpleNamespace, make: Callable[[Array], Any], reason: str) -> None:
    for judge in (circles.evaluator.certify, lambda value: circles.evaluator.evaluate(Built(value))):
        with pytest.raises(Invalid, match=reason):
            judge(make(best(circles)))


def test_an_overlap_that_no_float_can_see(circles: SimpleNamespace) -> None:
    """Circles on a grid of 1/12 touch exactly; one radius larger by 1e-30 is one too large, and is named so."""
    sizes = [[str(Fraction(2 * (k % 6) + 1, 12)), str(Fraction(2 * (k // 6) + 1, 12)), "1/12"] for k in range(26)]
    assert circles.evaluator.certify(sizes).exact == Fraction(26, 12)
    sizes[7][2] = str(Fraction(1, 12) + Fraction(1, 10**30))
    with pytest.raises(Invalid, match=r"circles . and . overlap by 1e-30"):
        circles.evaluator.certify(sizes)


def test_denormal_radii_are_worth_what_they_are(circles: SimpleNamespace) -> None:
    array = circles.seed.construct()
    array[:, 2] = 5e-324
    assert circles.evaluator.certify(array).score == 26 * 5e-324


def test_files(circles: SimpleNamespace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "circles.json"
    file.write_text(json.dumps([["0.1", 0.1, "1e-1"]] + [[0, 0, 0]] * 25))
    assert circles.evaluator.main(str(file)) == 1
    assert "refused: circle" in capsys.readouterr().out
    file.write_text("[NaN")
    with pytest.raises(Invalid, match="not JSON"):
        circles.evaluator.verify(file)
    assert circles.evaluator.main(str(Path(circles.problem.source, "published", REACHED))) == 0
    assert capsys.readouterr().out.startswith("2.635983084917")


def grid(side: Fraction, rows: int = 7) -> list[list[str]]:
    """21 equal circles that touch, in a rectangle of 3 by 7 or less."""
    return [[str(side * (2 * (k // rows) + 1)), str(side * (2 * (k % rows) + 1)), str(side)] for k in range(21)]


def test_a_rectangle_lies_anywhere_and_has_any_sides(rectangle: SimpleNamespace) -> None:
    circles = grid(Fraction(1, 10))
    assert rectangle.evaluator.certify(circles).exact == Fraction(21, 10)
    moved = [[str(Fraction(x) - 99), str(Fraction(y) + Fraction(1, 3)), r] for x, y, r in circles]
    assert rectangle.evaluator.certify(moved).exact == Fraction(21, 10)
    found = rectangle.evaluator.evaluate(
        Built([[float(Fraction(each)) for each in row] for row in grid(Fraction(1, 16))])
    )
    assert found["aspect"] == pytest.approx(3 / 7)
    assert (found["walls"], found["contacts"]) == (16, 32)
    assert "the rectangle is 0.3750 by 0.8750, together 1.25 of 2" in found["feedback"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (Fraction(1, 10**30), r"together is beyond 2 by 1e-30; the tolerance is 0; with all radii less by that"),
        (Fraction(1, 10), r"need a rectangle of 0.6 by 1.5, which together is beyond 2 by 0.1"),
        (Fraction(-1, 10), r"circles . and . overlap by 0.1; the tolerance is 0 .and 2 more"),
    ],
)
def test_a_rectangle_too_large(rectangle: SimpleNamespace, change: Fraction, reason: str) -> None:
    """Of a perimeter of exactly 4; three circles are moved."""
    circles = grid(Fraction(1, 10))
    for row in circles[6::7]:
        row[1] = str(Fraction(row[1]) + change)
    with pytest.raises(Invalid, match=reason):
        rectangle.evaluator.certify(circles)
    assert rectangle.evaluator.certify([[x, y, str(Fraction(r) / 2)] for x, y, r in circles])
