"""The islands of a run: how each fares, and who moved between them."""

from __future__ import annotations

from statistics import median

from speciate.core.values import EVERYWHERE, JSON

from .queries import Reading, Run

SAMPLE = 200  # of the latest candidates an island's figures are taken from, where it is no grid

_HELD = """SELECT candidates.score FROM grid JOIN candidates ON candidates.id = grid.id
WHERE grid.island IN (?, ?) AND candidates.score IS NOT NULL"""
_BORN = """SELECT island, score FROM (SELECT island, score, status FROM candidates ORDER BY id DESC LIMIT ?)
WHERE status = 'ok' AND score IS NOT NULL"""


def islands(run: Run) -> dict[str, JSON]:
    """The body of a document of the kind "run.islands". `median` and `diversity` (how many different scores there are
    per member, 0 to 1) are of the members of its grid, or of the latest born on it where it has none; `age` in active
    seconds since it was settled; `source` who settled it anew, None: the seeds. Costs the same in a long run."""
    summary = run.summary()
    with run.reading() as reading:
        settled = {island: rest for island, *rest in reading.db.execute("SELECT island, since, founder FROM isles")}
        born = _born(reading, len(summary.islands))
        moves = reading.db.execute("SELECT origin, target, count, last FROM migrations ORDER BY origin, target")
        migrations = [{"from": each[0], "to": each[1], "count": each[2], "last_seq": each[3]} for each in moves]
        rows = []
        for each in summary.islands:
            scores = [score for (score,) in reading.db.execute(_HELD, (each.index, EVERYWHERE))] or born.get(
                each.index, []
            )
            since, founder = settled.get(each.index, (0.0, None))
            rows.append(
                {
                    "index": each.index,
                    "size": each.size,
                    "best": each.best,
                    "best_id": each.best_id,
                    "median": reading.metric.user(median(scores)) if scores else None,
                    "diversity": len(set(scores)) / len(scores) if scores else None,
                    "age": summary.seconds - since,
                    "source": founder,
                }
            )
    return {"run": run.name, "islands": rows, "migrations": migrations}


def _born(reading: Reading, islands: int) -> dict[int, list[float]]:
    found: dict[int, list[float]] = {}
    for island, score in reading.db.execute(_BORN, (SAMPLE * max(islands, 1),)):
        found.setdefault(island, []).append(score)
    return found
