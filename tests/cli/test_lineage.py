"""lineage, and show with --prompt and --log: whole outputs on a made-up run."""

from __future__ import annotations

import pytest

from .told import Tell, made_up, tell, told

__all__ = ["made_up", "tell", "told"]


def test_the_path_from_the_seed(told: Tell) -> None:
    ran = told("lineage")
    assert ran.code == 0
    assert ran.out == (
        "made_up-1   candidate 20   4.95 %   3 steps from the seed, 5 children: --children lists them\n"
        "id  made by     score   gain    at  edit\n"
        " 0  seed       5.40 %         0:00\n"
        " 8  crossover  5.37 %  +0.03  0:00  with 4\n"
        "10  numeric    5.13 %  +0.25  0:00\n"
        "20  crossover  4.95 %  +0.18  0:00\n"
    )


def test_what_came_of_it(told: Tell) -> None:
    assert told("lineage", "2", "--children").out == (
        "made_up-1   candidate 2 has 3 descendants   best 5.51 %, candidate 11, 2 steps on\n"
        "  5 crossover with 0  rejected\n"
        "    11 crossover with 10  5.51 %\n"
        "      23 crossover with 20  crashed\n"
    )
    assert told("lineage", "2", "--children", "-n", "1").out.endswith("  rejected\n… 2 more: -n 3\n")
    assert told("lineage", "3", "--children").out == "made_up-1   candidate 3 has no children\n"


@pytest.mark.parametrize("ref", ["20", "best", "best~0", "made_up-1:20", "made_up-1:best", "made_up-1", "24~1", ":20"])
def test_one_candidate_has_many_names(told: Tell, ref: str) -> None:
    assert told("lineage", ref).out == told("lineage", "20").out
    assert told("lineage", ref, "--json").document["id"] == 20


def test_as_json(told: Tell) -> None:
    path = told("lineage", "--json").document
    assert (path["kind"], [each["id"] for each in path["path"]], path["children"]) == ("lineage", [0, 8, 10, 20], 5)
    assert path["path"][1]["gain"] == pytest.approx(5.4 - path["path"][1]["score"])
    tree = told("lineage", "2", "--children", "--json").document
    assert (tree["kind"], tree["total"], tree["best"]["id"]) == ("descendants", 3, 11)


@pytest.mark.parametrize(
    ("tokens", "error"),
    [
        (
            ("lineage", "bets"),
            "error: 'bets' names no candidate; nearest: best\n"
            "do:    give a number, best, seed, or 412~1 for its first parent\n",
        ),
        (
            ("lineage", "made_up-2:3"),
            "error: no run named `made_up-2` in runs; nearest: made_up-1\n"
            "do:    speciate runs lists them, or say --runs DIR\n",
        ),
        (
            ("show", "412"),
            "error: made_up-1 has no candidate 412 (it has 0 to 25)\ndo:    speciate show -r made_up-1\n",
        ),
        (("lineage", "seed~1"), "error: seed~1: candidate 0 has no parent\ndo:    speciate show 0\n"),
    ],
)
def test_wrong_references(told: Tell, tokens: tuple[str, ...], error: str) -> None:
    ran = told(*tokens)
    assert (ran.code, ran.out, ran.err) == (2, "", error)
    as_json = told(*tokens, "--json")
    assert as_json.document["error"]["what"] == error.splitlines()[0].removeprefix("error: ")


def test_how_it_was_made_without_a_model(told: Tell) -> None:
    assert told("show", "24", "--prompt").out.splitlines()[-1] == (
        "made by syntax from 20, parameters arm 0, chance 0.25 (no model, so there is no prompt)"
    )
    document = told("show", "24", "--prompt", "--json").document
    assert (document["kind"], document["operator"], document["calls"]) == ("candidate.prompt", "syntax", [])
    assert document["parameters"] == {"arm": 0, "chance": 0.25}


def test_its_own_part_of_the_log(told: Tell) -> None:
    assert told("show", "13", "--log").out.splitlines()[-5:] == [
        "     67   0:00  ticket 14 started: numeric of 10, island 2",
        "     68   0:00  candidate 13 proposed by numeric from 10",
        "     69   0:00  candidate 13 crashed in 2 ms: ZeroDivisionError: division by zero, line 9",
        "     70   0:00  candidate 13 kept out",
        "     71   0:00  ticket 14 closed",
    ]


def test_a_diff_reaches_into_another_run(told: Tell) -> None:
    same = told("diff", "20", "10")
    assert told("diff", "20", "made_up-1:10").out == same.out
    assert told("diff", "made_up-1:20", "runs/made_up-1.db:10").out == same.out
    assert told("diff", "best", "made_up-9:1").err.startswith("error: no run named `made_up-9` in runs; nearest: ")
