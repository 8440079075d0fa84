"""Scores a priority rule for online bin packing: how many bins it uses beyond the lower bound, in percent.

A bin's score may depend on the item and on that bin's capacity alone. So the rule is asked once for its whole table
(`table.py`), and the packing is simulated here, where the rule cannot reach (`packing.py`).
"""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import Any

from lists import Group, Lists, fresh, read, train  # type: ignore[import-not-found]  # it lies beside this file
from packing import pack  # type: ignore[import-not-found]

from speciate import Invalid, Request

START, END = "EVOLVE-BLOCK-START", "EVOLVE-BLOCK-END"
_READY = train().groups  # made now, while the engine is still starting, and kept


def evaluate(candidate: Any, request: Request) -> dict[str, Any]:
    """On the 20 lists of the search, or the 200 fresh ones that only the sealed stage reads."""
    lists = fresh() if request.stage == "sealed" else train()
    return evaluate_on(candidate, lists if request.cases is None else lists.part(request.cases))


def load(path: str) -> Lists:
    """Lists in the text format of the OR-Library (Beasley 1990)."""
    return read(path)


def evaluate_on(candidate: Any, lists: Lists) -> dict[str, Any]:
    """The excess over the L1 lower bound, per list and over all."""
    used = [0] * len(lists.instances)
    slack = 0.0
    for group in lists.groups:
        ranks = group.query.ranks(candidate.map("priority", group.query.rows))
        counts, mean_slack = _packed(group, ranks)
        slack += mean_slack * len(counts) / len(used)
        for number, count in zip(group.numbers, counts, strict=True):
            used[number] = count
    bounds = lists.bounds
    cases = [100 * (count - bound) / bound for count, bound in zip(used, bounds, strict=True)]
    over, bound, worst = sum(used) - sum(bounds), sum(bounds), cases.index(max(cases))
    return {
        "excess": 100 * over / bound,
        "size": size(candidate.text),
        "slack": slack,
        "bins": sum(used),
        "cases": cases,
        "feedback": f"{over} bins more than the bound of {bound}; worst is list {worst}, {cases[worst]:.1f} % over; "
        f"on average {slack:.0f} of the chosen bin stays empty",
    }


@lru_cache(maxsize=4096)
def _packed(group: Group, ranks: tuple[bytes, ...]) -> tuple[tuple[int, ...], float]:
    """Rules that rank alike pack alike, so what is known is not packed again."""
    query = group.query
    counts, slack = pack(query.capacity, dict(zip(query.sizes, ranks, strict=True)), group.lists)
    return counts, slack


def size(text: str) -> int:
    """Expressions and statements between the markers (of the whole file, where there are none)."""
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if START in line]
    ends = [number for number, line in enumerate(lines) if END in line]
    block = "\n".join(lines[starts[0] + 1 : ends[0]]) if starts and ends else text
    try:
        return sum(isinstance(node, ast.expr | ast.stmt) for node in ast.walk(ast.parse(block)))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Invalid(f"the program cannot be parsed: {error}") from None
