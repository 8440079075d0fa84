"""What a file of a user's own scores: a construction, or a program."""

from __future__ import annotations

import json
from pathlib import Path

from speciate.problems import load

from .conftest import SEED, Speciate, write

CONSTANT = "def construct():\n    return [0.5] * 30\n"


def test_a_construction_is_certified(speciate: Speciate, here: Path) -> None:
    (here / "f.json").write_text('{"source": "an example", "steps": [1, 1]}')
    ran = speciate("problems", "autocorrelation_1", "f.json")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == ("2.00000000000000000000  2n max(f * f) / (sum f)^2, 2 steps, exact arithmetic, tolerance 0\n")


def test_what_is_refused_is_named(speciate: Speciate, here: Path) -> None:
    file = Path(load("circle_packing_26").source, "published", "thetaevolve_overlapping.json")
    ran = speciate("problems", "circle_packing_26", str(file))
    assert (ran.code, ran.err) == (3, "")
    assert ran.out == "refused: circles 4 and 9 overlap by 3.09e-07; the tolerance is 0 (and 59 more violations)\n"
    document = json.loads(speciate("problems", "circle_packing_26", str(file), "--json").out)
    assert (document["kind"], document["ok"]) == ("certificate", False)
    assert document["said"].startswith("circles 4 and 9")


def test_a_program_is_scored_in_the_sandbox_with_all_digits(speciate: Speciate, here: Path) -> None:
    (here / "mine.py").write_text(CONSTANT)
    ran = speciate("problems", "erdos_overlap", "mine.py")
    assert ran.code == 0
    assert ran.out.startswith("0.5 overlap; the overlap is greatest at ")
    (here / "mine.py").write_text(CONSTANT.replace("0.5", "-0.5"))
    ran = speciate("problems", "erdos_overlap", "mine.py")
    assert (ran.code, ran.out[:24]) == (3, "refused: step 0 is -0.5;")


def test_problems_without_constructions(speciate: Speciate, here: Path) -> None:
    write(here / "guess")
    (here / "guess.json").write_text("[]")
    ran = speciate("problems", "guess", "guess.json")
    assert ran.code == 2
    assert "guess has no constructions to certify" in ran.err
    (here / "mine.py").write_text(SEED)
    assert speciate("problems", "guess", "mine.py").code == 0
    assert "there is no file none.json" in speciate("problems", "guess", "none.json").err
