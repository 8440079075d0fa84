"""The shipped circle packing problem: what its verifier takes and refuses, and what its polish reaches."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
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
def circles() -> Iterator[SimpleNamespace]:
    with problem("circle_packing_26") as found:
        yield found


def best(circles: SimpleNamespace) -> Array:
    text = Path(circles.problem.source, "published", REACHED).read_text()
    return np.array(json.loads(text))


def test_the_seed_scores_what_the_readme_says(circles: SimpleNamespace) -> None:
    found = circles.evaluator.evaluate(Built(circles.seed.construct()))
    assert found["radii"] == pytest.approx(26 * 0.083, abs=1e-15)
    assert (found["spread"], found["contacts"]) == (1.0, 0)
    assert "26 touch nothing" in found["feedback"]


def test_what_was_found_is_certified_to_the_last_digit(circles: SimpleNamespace) -> None:
    array = best(circles)
    found = circles.evaluator.certify(array)
    assert found.exact == sum(map(Fraction, array[:, 2].tolist()))
    assert found.decimals.startswith("2.635983084917")
    assert found.score == float(found.exact) == circles.evaluator.evaluate(Built(array))["radii"]


@pytest.mark.parametrize(("make", "reason"), [each[1:] for each in [*CHEATS, REPORTED]])
def test_what_is_no_array_of_circles(circles: SimpleNamespace, make: Callable[[Array], Any], reason: str) -> None:
    for judge in (circles.evaluator.certify, lambda value: circles.evaluator.evaluate(Built(value))):
        with pytest.raises(Invalid, match=reason):
            judge(make(best(circles)))


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


def test_polish_takes_anything_to_a_packing(circles: SimpleNamespace) -> None:
    given = list(anything((26, 3)))
    found = polished(circles, [*given, given[-1]])
    assert np.array_equal(found[-1], found[-2])
    for one in found:
        assert one.shape == (26, 3)
        assert circles.evaluator.certify(one).score > 0


def test_polish_improves_the_seed_and_loses_nothing_of_what_was_found(circles: SimpleNamespace) -> None:
    seed, again = polished(circles, [circles.seed.construct(), best(circles).round(6)])
    assert circles.evaluator.certify(seed).score > 2.4
    assert circles.evaluator.certify(again).score > 2.63598308491


@pytest.mark.parametrize("other", [np.empty(0), np.zeros((3, 3)), np.zeros(26), np.full((26, 3), math.nan)])
def test_polish_gives_back_what_is_no_packing(circles: SimpleNamespace, other: Array) -> None:
    assert circles.seed.polish(other).shape == other.shape
