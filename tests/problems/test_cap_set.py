"""The shipped cap set problem: lines against brute force, the published rule, and rules and sets that are none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from speciate import Invalid
from speciate.problems import load

from .local import Local, of_text, opened

PROBLEM = load("cap_set_8")


@pytest.fixture(scope="module")
def evaluator() -> Iterator[Any]:
    with opened(PROBLEM, "caps") as each:
        yield each


def test_the_third_point_and_lines_are_those_of_the_definition(evaluator: Any) -> None:
    import caps  # type: ignore[import-not-found]  # beside evaluate.py, while that is open

    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 3**8, (2, 500))
    assert ((caps.VECTORS[one] + caps.VECTORS[other] + caps.VECTORS[caps.third(one, other)]) % 3 == 0).all()
    for _ in range(20):
        some = rng.choice(81, 10, replace=False) * 81  # near one another, so that some are on a line
        lines = [each for each in combinations(range(10), 3) if not (caps.VECTORS[some[[*each]]].sum(axis=0) % 3).any()]
        found = caps.line(some)
        assert (found is None) == (lines == [])
        assert found is None or tuple(sorted(found)) in lines


def test_the_readme_s_rules(evaluator: Any) -> None:
    seed = evaluator.evaluate(of_text(PROBLEM.seeds[0].text))
    assert (seed["cap"], seed["weight"]) == (256, 4.0)
    text = Path(PROBLEM.source, "published", "funsearch.py").read_text()
    found = evaluator.evaluate(of_text(text))
    assert found["cap"] == PROBLEM.published["funsearch"]["value"] == 512
    assert "256 with 4, 128 with 5, 128 with 8" in found["feedback"]  # as the paper has it


def test_a_greedy_cap_takes_the_first_of_equals_and_is_complete(evaluator: Any) -> None:
    def rule(*columns: Any) -> Any:
        return np.where(sum(columns) == 16, np.inf, np.sin(columns[0] * 3 + columns[5]))

    import caps

    found = evaluator.evaluate(Local(rule))["cap"]
    scores = rule(*caps.VECTORS.T.astype(float))
    taken: list[int] = []
    for each in sorted(range(3**8), key=lambda number: (-scores[number], number)):
        if not np.isin(caps.third(each, np.array(taken, dtype=int)), taken).any():
            taken.append(each)
    assert found == len(taken)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (lambda *x: x[0] * np.nan, "NaN for the vector 00000000"),
        (lambda *x: np.where(x[7] > 1, np.nan, 0), "NaN for the vector 00000002"),
        (lambda *x: x[0][:-1], r"shape \(6560,\) for 6,561 vectors"),
        (lambda *x: 512, r"shape \(\)"),
        (lambda *x: x[0][:, None], r"shape \(6561, 1\)"),
        (lambda *x: x[0] + 1j, "not an array of numbers"),
        (lambda *x: [str(each) for each in x[0]], "not an array of numbers"),
        (lambda *x: None, "not an array of numbers"),
        (lambda *x: {"cap": 2000}, "not an array of numbers"),
        (lambda *x: [[1], [1, 2]], "not an array of numbers"),
        (lambda *x: np.arange(len(x[0])), "may depend on that vector's coordinates alone"),
        (lambda *x: x[0] - x[0].mean(), "may depend on that vector's coordinates alone"),
        (lambda *x: x[0] + (len(x[0]) > 6000), "may depend on that vector's coordinates alone"),
    ],
)
def test_what_is_no_rule(evaluator: Any, rule: Callable[..., Any], reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        evaluator.evaluate(Local(rule))


@pytest.mark.parametrize("scale", [1e-300, 1e308, 5e-324])
def test_scores_of_any_size_are_an_order(evaluator: Any, scale: float) -> None:
    assert evaluator.evaluate(Local(lambda *x: (x[0] - 1) * scale))["cap"] >= 256


@pytest.mark.parametrize(
    ("vectors", "reason"),
    [
        ([], "a list of vectors"),
        (512, "a list of vectors"),
        ({"cap": 512}, "a list of vectors"),
        (np.zeros((2, 8)), "a list of vectors"),
        (["0000000"], "vector 0 is '0000000'"),
        (["00000003"], "vector 0 is '00000003'"),
        ([[0] * 7 + [True]], "vector 0 is"),
        ([[0] * 7 + [1.0]], "vector 0 is"),
        ([[0] * 7 + [-1]], "vector 0 is"),
        ([[0] * 9], "vector 0 is"),
        (["00000000", None], "vector 1 is None"),
        (["٠" * 8], "vector 0 is"),
        (["00000000", [0] * 8], "vectors 0 and 1 are the same, 00000000"),
        (["00000000", "11000000", "00000001", "22000000"], "lie on a line: 00000000, 11000000, 22000000 add up to 0"),
    ],
)
def test_what_is_no_cap(evaluator: Any, vectors: Any, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        evaluator.certify(vectors)


def test_a_file(evaluator: Any, tmp_path: Path) -> None:
    file = tmp_path / "cap.json"
    file.write_text(json.dumps({"source": "the seed's", "vectors": [f"{number:08b}" for number in range(256)]}))
    assert evaluator.report(str(file)).startswith("256  vectors in F_3^8, no three on a line")
