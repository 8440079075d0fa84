"""A made-up run: the turns that an engine would append, for tests and measurements of what keeps or reads a log."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from speciate.core.events import (
    CandidatePlaced,
    Evaluated,
    Event,
    Opened,
    Proposed,
    Stopped,
    TicketClosed,
    TicketFailed,
    TicketStarted,
    Turn,
)
from speciate.core.rng import SCHEME, draw_seed
from speciate.core.values import (
    EVERYWHERE,
    SEALED,
    Candidate,
    Change,
    Cost,
    Evaluation,
    Genome,
    Id,
    Placement,
    Plan,
    Request,
    Status,
)

OPENED = Opened(
    seed=7,
    recipe={"name": "made_up", "arguments": {}},
    problem={
        "name": "made_up",
        "digest": "d" * 32,
        "source": "",
        "objectives": [{"name": "excess", "direction": "minimize", "unit": "%", "digits": 2}],
        "measures": [
            {"name": "size", "low": 0, "high": 1, "cells": 20},
            {"name": "slack", "low": 0, "high": 1, "cells": 20},
        ],
    },
    budget={"evals": 100, "target": -0.5},
    ordered=False,
    in_flight=2,
    scheme=SCHEME,
    versions={"speciate": "0"},
    machine={"cores": 2},
)

_FRAME = '''"""A priority for online bin packing."""

import numpy as np

# EVOLVE-BLOCK-START


def priority(item, bins):
    slack = bins - item
    score = np.where(slack < {a:.6f}, {b:.6f} * slack, -slack / bins)
    return score + {c:.6f} * (slack == 0)
# EVOLVE-BLOCK-END
'''
OPERATORS = ("syntax", "numeric", "crossover")


def history(candidates: int, *, cases: int = 20, stop: bool = True) -> Iterator[Turn]:
    """One seed (candidate 0), then candidates that creep from 5.4 % of excess downwards. Of every ten one crashes, one
    is a duplicate; every tenth ticket fails. Two islands of a grid of 20 x 20 cells. At the end the seed and the best
    are scored on the sealed stage, and the run stops."""
    return _History(candidates, cases).turns(stop)


class _History:
    def __init__(self, candidates: int, cases: int) -> None:
        self.candidates = candidates
        self.cases = cases
        self.seq = 0
        self.ticket = -1
        self.best: Id = 0
        self.best_score = -math.inf
        self.program: dict[Id, Candidate] = {}

    def turn(self, *events: Event) -> Turn:
        turn = Turn(self.seq + 1, self.seq / 512, events)
        self.seq = turn.last
        return turn

    def turns(self, stop: bool) -> Iterator[Turn]:
        seed = Candidate(0, "", Genome("text", {"seed.py": self.text(0)}), (), "seed", EVERYWHERE)
        seed = replace(seed, digest=seed.genome.digest)
        plan = Plan("seed", operator="seed", island=EVERYWHERE, data={"seed": 0})
        self.ticket = 0
        yield self.turn(OPENED, TicketStarted(0, plan), Proposed(0, seed, Request()))
        yield self.evaluated(seed)
        for id in range(1, self.candidates):
            yield from self.child(id)
        if stop:
            for id in dict.fromkeys((0, self.best)):
                yield from self.sealed(id)
            yield self.turn(Stopped("evaluations"))

    def child(self, id: Id) -> Iterator[Turn]:
        self.ticket += 1
        if id % 10 == 9:
            plan = Plan(parents=(self.best,), operator="syntax", island=id % 2)
            yield self.turn(TicketStarted(self.ticket, plan), TicketFailed(self.ticket, "no edit: nothing fits"))
            self.ticket += 1
        operator = OPERATORS[id % 3]
        parents = (self.best, id // 2) if operator == "crossover" else (self.best,)
        plan = Plan(parents=parents, operator=operator, island=id % 2, data={"arm": id % 3, "chance": 0.25})
        genome = Genome("text", {"seed.py": self.text(id)})
        candidate = Candidate(id, genome.digest, genome, parents, operator, id % 2)
        if id % 10 == 5:
            proposed = Proposed(self.ticket, candidate, Request(), rejected=f"duplicate of {id // 2}")
            yield self.turn(TicketStarted(self.ticket, plan), proposed, TicketClosed(self.ticket))
            return
        yield self.turn(TicketStarted(self.ticket, plan))
        yield self.turn(Proposed(self.ticket, candidate, Request(seed=draw_seed(7, id))))
        yield self.evaluated(candidate)

    def evaluated(self, candidate: Candidate) -> Turn:
        id = candidate.id
        cost = Cost(seconds=0.0023, cpu=0.0021)
        request = Request(seed=draw_seed(7, id) if id else 0)
        if id % 10 == 3:
            evaluation = Evaluation(Status.CRASHED, feedback="ZeroDivisionError: division by zero, line 9", cost=cost)
            placement, gain = Placement(Change.KEPT_OUT), False
        else:
            score = self.score(id)
            cases = tuple(score + math.sin(id + k) / 7 for k in range(self.cases))
            measures = {"size": (id % 20) / 20, "slack": (id // 20 % 20) / 20}
            evaluation = Evaluation(Status.OK, {"excess": score}, cases, measures, cost=cost)
            where = {"island": candidate.island, "cell": [id % 20, id // 20 % 20]}
            placement, gain = Placement(Change.ADDED, where=where), score > self.best_score
            if gain:
                self.best, self.best_score = id, score
        return self.turn(
            Evaluated(self.ticket, id, request, evaluation),
            CandidatePlaced(self.ticket, id, placement, "0" * 32, self.best, gain),
            TicketClosed(self.ticket),
        )

    def sealed(self, id: Id) -> Iterator[Turn]:
        self.ticket += 1
        plan = Plan(SEALED, (id,), operator=SEALED, island=EVERYWHERE)
        genome = Genome("text", {"seed.py": self.text(id)})
        candidate = Candidate(id, genome.digest, genome)
        request = Request(stage=SEALED)
        evaluation = Evaluation(Status.OK, {"excess": self.score(id) - 0.1})
        yield self.turn(TicketStarted(self.ticket, plan), Proposed(self.ticket, candidate, request, new=False))
        yield self.turn(Evaluated(self.ticket, id, request, evaluation), TicketClosed(self.ticket))

    def score(self, id: Id) -> float:
        """Of the engine: higher is better. The user's number is its negative, 5.4 % for the seed."""
        return -5.4 + 2 * (1 - 1 / (1 + id / 50)) - (id * 7919 % 101) / 100 if id else -5.4

    def text(self, id: Id) -> str:
        return _FRAME.format(a=id * 0.37 % 11, b=-1 - id * 0.011 % 3, c=id * 1.7 % 13)
