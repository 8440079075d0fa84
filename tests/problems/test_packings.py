"""What holds of every shipped problem whose answer is an array of points: its verifier refuses what is none, what was
found here is certified and no worse than what is published, and its polish takes anything to a construction."""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from speciate import Invalid
from speciate.core.problem import Direction

from .cheats.points import CHEATS, REPORTED, Array
from .constructions import Built, anything, polished, problem

FOUND = {  # the digits of published/found_here.json that are certified, and what polish makes of the seed at worst
    "circle_packing_26": ("2.635983084917", 2.4),
    "circle_packing_32": ("2.939572771206", 2.8),
    "circle_packing_rectangle_21": ("2.365832375910", 2.3),
    "hexagon_packing_11": ("3.924500897", 4.2),
    "hexagon_packing_12": ("3.941642062", 4.3),
    "min_max_distance_14": ("4.165783474580", 4.2),
    "min_max_distance_16": ("12.88922990769", 18.0),
}
# whose polish is dear, or that of another with another number: fewer arrays
FEW = {"circle_packing_32", "hexagon_packing_11", "hexagon_packing_12", "min_max_distance_14"}
FAMILIES = [  # seeds that have functions in common
    ("maximize", list(FOUND)),
    ("packing_program", ["circle_packing_26", "circle_packing_32"]),
    ("hexagon_program", ["hexagon_packing_11", "hexagon_packing_12"]),
]


@pytest.fixture(scope="module", params=FOUND)
def points(request: pytest.FixtureRequest) -> Iterator[SimpleNamespace]:
    with problem(request.param) as found:
        found.best = np.array(json.loads(Path(found.problem.source, "published", "found_here.json").read_text()))
        found.sign = 1 if found.problem.objective.direction is Direction.MAXIMIZE else -1
        found.digits, found.rough = FOUND[request.param]
        found.given = list(anything(found.best.shape))[1 :: 2 if request.param in FEW else 1]
        yield found


def test_what_was_found_is_certified_and_no_worse_than_what_is_published(points: SimpleNamespace) -> None:
    found = points.evaluator.certify(points.best)
    assert found.decimals.startswith(points.digits)
    assert found.exact is None or found.score == float(found.exact)
    assert points.sign * Fraction(found.decimals) <= points.sign * (found.exact or Fraction(found.decimals))
    assert points.evaluator.evaluate(Built(points.best))[points.problem.objective.name] == found.score
    for published in points.problem.published.values():
        assert points.sign * found.score > points.sign * published["value"] - 1e-6


def test_what_is_no_array_of_points(points: SimpleNamespace) -> None:
    for name, make, reason in [*CHEATS, REPORTED]:
        for judge in (points.evaluator.certify, lambda value: points.evaluator.evaluate(Built(value))):
            with pytest.raises(Invalid, match=reason):
                pytest.fail(f"{name} scores {judge(make(points.best))}")


def test_files(points: SimpleNamespace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert points.evaluator.main(str(Path(points.problem.source, "published", "found_here.json"))) == 0
    assert capsys.readouterr().out.startswith(points.digits)
    file = tmp_path / "points.json"
    for text, reason in (
        ("[[1, 2]]", "a list of 1: the answer is"),
        ("[NaN", "not JSON"),
        ("3", "type int: the answer is"),
    ):
        file.write_text(text)
        assert points.evaluator.main(str(file)) == 1
        assert reason in capsys.readouterr().out
    assert points.evaluator.main(str(tmp_path / "none.json")) == 1


def test_polish(points: SimpleNamespace) -> None:
    """Anything becomes a construction, each time the same; the seed is improved, what was found loses nothing."""
    given, seed = points.given, points.seed.construct()
    *found, first, second, improved, again = polished(points, [*given, given[-1], seed, points.best.round(6)])
    scores = [points.sign * points.evaluator.certify(each).score for each in [*found, first, improved, again]]
    assert np.array_equal(first, second)
    assert all(each.shape == points.best.shape for each in found)
    assert scores[-2] > points.sign * points.evaluator.certify(seed).score
    assert scores[-2] > points.sign * points.rough
    assert scores[-1] > points.sign * points.evaluator.certify(points.best).score - 1e-7


@pytest.mark.parametrize("other", [np.empty(0), np.zeros((3, 3)), np.zeros(26), math.nan])
def test_polish_gives_back_what_is_no_array_of_points(points: SimpleNamespace, other: Array | float) -> None:
    given = points.best * other if isinstance(other, float) else other
    assert np.array_equal(points.seed.polish(given), given, equal_nan=True)


@pytest.mark.parametrize(("function", "names"), FAMILIES, ids=lambda value: value if isinstance(value, str) else "")
def test_seeds_do_not_drift_apart(function: str, names: list[str]) -> None:
    """A seed stands alone, since it is copied, shown and changed; what several have in common is the same text."""
    texts = set()
    for name in names:
        with problem(name) as found:
            tree = ast.parse(found.problem.seeds[0].text)
        texts |= {
            ast.unparse(each) for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == function
        }
    assert len(texts) == 1
