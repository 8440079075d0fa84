"""Runs with the scores that a test gives them, written through the real store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from speciate.core.events import (
    Called,
    CandidatePlaced,
    Evaluated,
    Event,
    Proposed,
    Stopped,
    TicketClosed,
    TicketStarted,
    Turn,
)
from speciate.core.values import (
    EMPTY,
    JSON,
    Candidate,
    Change,
    Cost,
    Evaluation,
    Genome,
    Placement,
    Plan,
    Request,
    Status,
)
from speciate.store.sqlite import SqliteStore
from speciate.testing.history import OPENED
from speciate.testing.store import append_all


@dataclass(frozen=True)
class Made:
    """A run: `scores` in the user's numbers (lower is better), one evaluation each, a second apart; None is a crash.
    The first is the seed program's. `usd` is paid to a model before each but the first."""

    scores: Sequence[float | None]
    recipe: str = "ours"
    seed: int = 0
    settings: Mapping[str, JSON] = field(default_factory=lambda: EMPTY)
    problem: Mapping[str, JSON] = field(default_factory=lambda: EMPTY)
    target: float | None = None
    usd: float = 0.0
    stop: bool = True

    def write(self, path: Path) -> Path:
        with SqliteStore.create(path) as store:
            append_all(store, self.turns())
        return path

    def turns(self) -> Iterator[Turn]:
        opened = replace(
            OPENED,
            seed=self.seed,
            recipe={"name": self.recipe, "settings": dict(self.settings)},
            problem={**OPENED.problem, **self.problem},
            budget={"evals": 100} | ({} if self.target is None else {"target": -self.target}),
        )
        last, at = 0, 0.0
        best: tuple[int | None, float | None] = (None, None)
        for id, score in enumerate(self.scores):
            fitness = None if score is None else -score
            gain = fitness is not None and (best[1] is None or fitness > best[1])
            best = (id, fitness) if gain else best
            events = (*((opened,) if not id else ()), *self._events(id, fitness, best[0], gain))
            at += 1.0
            yield Turn(last + 1, at, events)
            last += len(events)
        if self.stop:
            yield Turn(last + 1, at, (Stopped("evaluations"),))

    def _events(self, id: int, fitness: float | None, best: int | None, gain: bool) -> Iterator[Event]:
        kind = "propose" if id else "seed"
        genome = Genome("text", {"seed.py": f"x = {id}\n"})
        candidate = Candidate(id, genome.digest, genome, (0,) if id else (), "llm" if id else "seed", 0)
        yield TicketStarted(id, Plan(kind, candidate.parents, operator=candidate.operator, island=0))
        if id and self.usd:
            yield Called(id, "r", 0, "test", None, {"usage": [1, 1]}, Cost(tokens=2, usd=self.usd))
        yield Proposed(id, candidate, Request())
        ok = fitness is not None
        scores = {"excess": fitness} if fitness is not None else {}
        yield Evaluated(id, id, Request(), Evaluation(Status.OK if ok else Status.CRASHED, scores))
        change = Change.ADDED if ok else Change.KEPT_OUT
        yield CandidatePlaced(id, id, Placement(change, where={"island": 0}), "0" * 32, best, gain)
        yield TicketClosed(id)
