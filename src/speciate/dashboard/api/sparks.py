"""A run's course in a few numbers, for a line beside its name."""

from __future__ import annotations

from speciate.store.queries import Run

MOST = 40


def spark(run: Run) -> list[float | None]:
    """The best so far at `MOST` evenly spaced evaluations at most; fewer in a run of fewer. Costs as much as there are
    gains."""
    gains = [each for each in run.gains() if each.after is not None]
    if not gains:
        return []
    last = run.evals()
    count = min(MOST, max(last, 1))
    found: list[float | None] = []
    at = 0
    for step in range(1, count + 1):
        while at < len(gains) and gains[at].evals <= last * step / count:
            at += 1
        found.append(gains[at - 1].after if at else None)
    return found
