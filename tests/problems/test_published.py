"""Constructions that others have published, as they published them: each scores what its authors say, to the last digit
of a float, or is refused with the violation named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any

import anyio
import pytest

from speciate import Invalid
from speciate.core.values import Candidate, Evaluation
from speciate.problems import load
from speciate.runners.local import LocalRunner

from .constructions import Built
from .local import opened

OURS = {"found_here.json", "polished.json"}  # lists of what was found with Speciate, with tests of their own
BESIDE = {"erdos_overlap": ("overlap",)}

# problem, file, the certified digits: as many as the authors claim, and the rest that exact arithmetic adds
CERTIFIED = [
    ("circle_packing_26", "alphaevolve", "2.6358627564136981463738251818540447857230"),
    ("circle_packing_26", "shinkaevolve", "2.6359828266458063955601787142768444027751"),
    ("circle_packing_26", "thetaevolve", "2.6359830773881193222152319322049152106046"),
    ("circle_packing_32", "alphaevolve", "2.9379445262055181448124230314533633645623"),
    ("circle_packing_rectangle_21", "alphaevolve", "2.3658321334167631416756094608899729792028"),
    ("min_max_distance_14", "alphaevolve", "4.1658497672256522406982531090391928700465"),
    ("min_max_distance_16", "alphaevolve", "12.8892661120346305438307514805350663428480"),
    ("hexagon_packing_11", "alphaevolve", "3.9300751291552467205314170211247522667897"),
    ("hexagon_packing_12", "alphaevolve", "3.9418961323324796202707286211270668280749"),
    ("erdos_overlap", "haugland", "0.38092685343308697942"),
    ("heilbronn_convex_13", "alphaevolve", "0.0309368890348956186914028189338920076530"),
    ("heilbronn_convex_14", "alphaevolve", "0.0278355714584821226393646611366544934855"),
    ("autocorrelation_1", "matolcsi_vinuesa", "1.50972015074587866869"),
    ("autocorrelation_1", "alphaevolve", "1.50529396844016080772"),
    ("autocorrelation_2", "alphaevolve", "0.89627994415540776328"),
    ("autocorrelation_3", "matolcsi_vinuesa", "1.45810568576806243641"),
    ("autocorrelation_3", "alphaevolve", "1.45564279537454046014"),
]
# How far a claim may be off: by an author's own rounding, or that of a sum in floats, or an outer hexagon too large.
ROUNDED = {
    "hexagon_packing_11": 5e-6,
    "hexagon_packing_12": 5e-6,
    "autocorrelation_1": 2e-7,
    "autocorrelation_2": 2e-15,
    "autocorrelation_3": 5e-6,
    "heilbronn_convex_13": 2e-6,
    "heilbronn_convex_14": 2e-6,
}
REFUSED = [
    (
        "circle_packing_26",
        "alphaevolve_2",  # disjoint in floats, as its authors checked it
        r"circles 19 and 22 overlap by 6\.22e-18; the tolerance is 0 .* they sum to 2\.6359830849176\d+$",
    ),
    ("circle_packing_26", "thetaevolve_overlapping", r"circles 4 and 9 overlap by 3\.09e-07; the tolerance is 0"),
    (
        "heilbronn_11",
        "alphaevolve",
        r"point 8 lies outside by 9\.24e-18, left; the tolerance is 0 .* they score 0\.03652988988003012807$",
    ),
]


@pytest.fixture(scope="module")
def evaluators() -> Iterator[dict[str, Any]]:
    """One by one: two modules of the same name would be one."""
    with ExitStack() as stack:
        names = sorted({each[0] for each in [*CERTIFIED, *REFUSED]})
        yield {name: stack.enter_context(opened(load(name), *BESIDE.get(name, ()))) for name in names}


def published(name: str, file: str) -> Path:
    return Path(load(name).source, "published", f"{file}.json")


def built(path: Path) -> Any:
    """What a program with this construction returns."""
    data = json.loads(path.read_text())
    if "hexagons" in data:
        return {each: data[each] for each in ("hexagons", "outer")}
    return (data["centers"], data["radii"], 2.64) if "centers" in data else data.get("points") or data["steps"]


def test_every_file_is_held_here() -> None:
    held = {(name, f"{file}.json") for name, file, _ in [*CERTIFIED, *REFUSED]}
    names = {name for name, _ in held}
    found = {(each.parts[-3], each.name) for name in names for each in published(name, "").parent.glob("*.json")}
    assert {each for each in found if each[1] not in OURS} == held


@pytest.mark.parametrize(("name", "file", "digits"), CERTIFIED)
def test_what_is_certified(evaluators: dict[str, Any], name: str, file: str, digits: str) -> None:
    evaluator, path = evaluators[name], published(name, file)
    assert evaluator.report(str(path)).startswith(f"{digits}  ")
    claimed = json.loads(path.read_text())["claimed"]
    assert Fraction(digits) == pytest.approx(Fraction(claimed), rel=ROUNDED.get(name, 3e-16))
    objective = load(name).objective
    assert evaluator.evaluate(Built(built(path)))[objective.name] == float(digits)


@pytest.mark.parametrize(("name", "file", "reason"), REFUSED)
def test_what_is_refused(evaluators: dict[str, Any], name: str, file: str, reason: str) -> None:
    evaluator, path = evaluators[name], published(name, file)
    with pytest.raises(Invalid, match=reason):
        evaluator.verify(path)
    with pytest.raises(Invalid, match=reason):
        evaluator.evaluate(Built(built(path)))


@pytest.mark.parametrize(
    ("heights", "overlap"),
    [
        (["0.5"], Fraction(1, 2)),
        ([Fraction(1, 3), Fraction(2, 3)], Fraction(4, 9)),
        (["0.3418861169915810334", "0.8162277660168379332", "0.3418861169915810334"], Fraction(2, 5)),
    ],
)
def test_haugland_s_records_for_few_steps(evaluators: dict[str, Any], heights: list[Any], overlap: Fraction) -> None:
    """On his page, neutreeko.net/mop.htm: 1/2; 4/9; and 2/5 by 1/2 - 1/sqrt(40), 1/2 + 1/sqrt(10), 1/2 - 1/sqrt(40)."""
    found = evaluators["erdos_overlap"].overlap([Fraction(each) for each in heights]).value
    assert abs(found - overlap) <= (Fraction(1, 10**18) if len(heights) == 3 else 0)


def programs(name: str, bodies: list[str]) -> list[Evaluation]:
    """Through a worker and the sandbox: programs whose construct() has these bodies."""
    problem = load(name)
    head = problem.seeds[0].text.split("# EVOLVE-BLOCK-START")[0]

    async def scored(runner: LocalRunner) -> list[Evaluation]:
        found = []
        for number, body in enumerate(bodies, 1):
            text = f"{head}# EVOLVE-BLOCK-START\ndef construct():\n    {body}\n# EVOLVE-BLOCK-END\n"
            genome = problem.seeds[0].with_text(text)
            found.append(await runner.evaluate(Candidate(number, genome.digest, genome)))
        return found

    with LocalRunner(problem, 1) as runner:
        return anyio.run(scored, runner)


def test_programs_that_return_them() -> None:
    centers, radii, total = built(published("circle_packing_26", "thetaevolve"))
    rows = built(published("circle_packing_26", "alphaevolve"))
    apart, together = programs(
        "circle_packing_26",
        [f"return np.array({centers}), np.array({radii}), {total}", f"return np.array({rows})"],
    )
    assert (apart.scores["radii"], together.scores["radii"]) == (2.6359830773881193, 2.6358627564136981)
    (turned,) = programs("hexagon_packing_12", [f"return {built(published('hexagon_packing_12', 'alphaevolve'))}"])
    assert turned.scores["side"] == -3.9418961323324796
    rows = built(published("heilbronn_11", "alphaevolve"))
    (refused, inside) = programs("heilbronn_11", [f"return np.array({rows})", f"return np.array({rows}) * (1 - 1e-15)"])
    assert "point 8 lies outside by 9.24e-18, left" in refused.feedback
    assert not refused.scores
    assert "outside" in inside.feedback  # the corner (0, 0) stays where it is


def test_a_step_function_of_thirty_thousand_steps(evaluators: dict[str, Any]) -> None:
    """As many as TTT-Discover's has: heights of very different sizes, through the sandbox; and of one size, at once."""
    (found,) = programs("autocorrelation_1", ["return np.random.default_rng(0).uniform(size=30_000) ** 9"])
    assert 1 < -found.scores["bound"] < 10
    assert evaluators["erdos_overlap"].evaluate(Built([0.5] * 30_000))["overlap"] == 0.5
