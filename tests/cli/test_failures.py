"""failures: whole outputs on a made-up run."""

from __future__ import annotations

from .told import Tell, made_up, tell, told

__all__ = ["made_up", "tell", "told"]


def test_the_groups(told: Tell) -> None:
    ran = told("failures")
    assert ran.code == 0
    assert ran.out == (
        "made_up-1   3 of 26 candidates failed, 3 rejected   wasted 7 ms\n"
        "#  count  status    first  last  wasted  example  cause\n"
        "1      3  crashed    0:00  0:00    7 ms       23  ZeroDivisionError: division by zero · line 9\n"
        "2      3  rejected   0:00  0:00               25  duplicate of N\n"
        "no proposal came of 2 tickets: no edit 2\n"
        "next     speciate failures made_up-1 1 · speciate show 23\n"
    )


def test_a_group_opened(told: Tell) -> None:
    ran = told("failures", "1")
    assert ran.out == (
        "made_up-1   group 1 of 2   crashed: ZeroDivisionError: division by zero\n"
        "where    line 9 of 23: slack = bins - item\n"
        "count    3, made by syntax 1, numeric 1, crossover 1\n"
        "when     candidate 3 at 0:00 to 23 at 0:00\n"
        "wasted   7 ms, $0.00\n"
        "members  23 13 3\n"
        "next     speciate show 23 · speciate diff 23\n"
    )
    assert told("failures", "made_up-1", "1").out == told("failures", "--cause", "zerodiv").out == ran.out
    assert told("failures", "--cause", "2").out == told("failures", "2").out
    assert " 5  crossover  0:00  duplicate of 2\n" in told("failures", "2").out


def test_a_group_that_is_not_there(told: Tell) -> None:
    assert told("failures", "7").err == (
        "error: made_up-1 has no group 7: there are 2\ndo:    speciate failures made_up-1\n"
    )
    assert told("failures", "--cause", "NameError").err == (
        "error: made_up-1 has no cause with `NameError`: there are 2\ndo:    speciate failures made_up-1\n"
    )
    assert told("failures", "made_up-1", "first").code == 2


def test_as_json(told: Tell) -> None:
    document = told("failures", "--json").document
    assert (document["kind"], document["failed"], document["rejected"], document["empty"]) == ("failures", 3, 3, 2)
    assert [each["members"] for each in document["causes"]] == [[], []]
    opened = told("failures", "1", "--json").document["causes"][0]
    assert [each["id"] for each in opened["members"]] == [23, 13, 3]
    assert told("failures", "7", "--json").document["kind"] == "error"
