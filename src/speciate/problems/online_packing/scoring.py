"""Scores a priority rule on lists: how many bins it uses beyond the lower bound, in percent."""

from __future__ import annotations

from typing import Any

from speciate.core.errors import Invalid, ProblemError
from speciate.genomes.text import size

from .instances import Lists


def score(candidate: Any, lists: Lists) -> dict[str, Any]:
    """The excess over the L1 lower bound, per list and over all; what the rule's text and its choices are like.

    The rule, the candidate's `priority(item, bins)`, is asked once for its whole table. Raises Invalid if it is none.
    """
    used = [0] * len(lists.instances)
    slack = 0.0
    for group in lists.groups:
        counts, mean_slack = group.packed(candidate.map("priority", group.query.rows))
        slack += mean_slack * len(counts) / len(used)
        for number, count in zip(group.numbers, counts, strict=True):
            used[number] = count
    bounds = lists.bounds
    cases = [100 * (count - bound) / bound for count, bound in zip(used, bounds, strict=True)]
    over, bound, worst = sum(used) - sum(bounds), sum(bounds), cases.index(max(cases))
    return {
        "excess": 100 * over / bound,
        "size": _size(candidate.text),
        "slack": slack,
        "bins": sum(used),
        "cases": cases,
        "feedback": f"{over} bins more than the bound of {bound}; worst is list {worst}, {cases[worst]:.1f} % over; "
        f"on average {slack:.0f} of the chosen bin stays empty",
    }


def _size(text: str) -> int:
    try:
        return size(text)
    except ProblemError as error:  # of the candidate's markers
        raise Invalid(str(error)) from None
