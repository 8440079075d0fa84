"""CMA-ES on the numbers of one program and nothing else, restarted with a doubled population where it stalls (IPOP:
Auger & Hansen, A restart CMA evolution strategy with increasing population size, CEC 2005)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from speciate.core.errors import ProposalFailed
from speciate.core.protocols import Context, View
from speciate.core.values import (
    JSON,
    SEED,
    Closed,
    Failed,
    Id,
    Note,
    Outcome,
    Placed,
    Plan,
    Proposal,
    Rejected,
    Started,
)

from .cma import Distribution
from .vectors import Array, Vector, Vectors

ROUND, MEAN, VALUES = "round", "mean", "values"
DOUBLINGS = 8  # beyond which a restart's generation grows no further


class IPOP:
    """Selector and proposer: draws a seed's numbers from a normal distribution, generation by generation.

    Every child is the seed with other numbers (`Vectors`: its literals, or the array that is a problem's answer). A
    generation's points are drawn before any is told, and no more than it has: `select` waits for those under way. A
    draw that came to nothing, a duplicate as a rule, is drawn anew.

    The first distribution begins at the seed's numbers. Where it has converged, no longer changes the numbers that are
    written, or has nothing to tell apart, the next begins with twice the generation, at a point drawn around the seed's
    numbers with a standard deviation of one `Vector.scale`: there is no box to draw it from, as the paper does. Of
    several seeds with numbers restarts take one after the other.

    Args:
        vectors: reads and writes the numbers.
        spread: the first standard deviation, in units of `Vector.scale`.

    Raises:
        ValueError: for a spread that is not above 0.
    """

    name: ClassVar[str] = "cma_es"
    parents: ClassVar[int] = 1

    def __init__(self, vectors: Vectors, *, spread: float = 0.3) -> None:
        if not spread > 0:
            raise ValueError(f"a first standard deviation of {spread}: it must be above 0")
        self.vectors = vectors
        self.spread = spread
        self._seeds: dict[Id, Vector] = {}
        self._round = 0  # how often it was restarted
        self._now: Distribution | None = None
        self._under_way = 0  # draws of this round that wait for their end

    # Deciding

    def select(self, view: View, rng: np.random.Generator) -> Plan | None:
        """A plan whose data holds the child's numbers, and the mean where a distribution begins with it; None while no
        seed with numbers has a score, and where a generation is under way."""
        if not self._seeds:
            return None
        id, vector = self._seed()
        data: dict[str, JSON] = {ROUND: self._round}
        now = self._now
        if now is None:
            mean = vector.values + (vector.scale * rng.standard_normal(len(vector.values)) if self._restarted else 0.0)
            now, data[MEAN] = self._begun(vector, mean), mean.tolist()
        elif len(now.batch) + self._under_way >= now.generation:
            return None
        return Plan(parents=(id,), data={**data, VALUES: now.drawn(rng).tolist()})

    def adopt(self, plan: Plan, fitness: float | None) -> Plan:
        """With other parents (`core.protocols.Adopts`) the numbers drawn mean nothing: theirs are moved once, and
        nothing is learned of it."""
        kept = {key: value for key, value in (plan.data or {}).items() if key not in (ROUND, MEAN, VALUES)}
        return Plan(plan.kind, plan.parents, plan.inspirations, plan.operator, plan.island, plan.notes, kept)

    @property
    def _restarted(self) -> bool:
        return self._round >= len(self._seeds)

    def _seed(self) -> tuple[Id, Vector]:
        ids = sorted(self._seeds)
        id = ids[self._round % len(ids)]
        return id, self._seeds[id]

    def _begun(self, vector: Vector, mean: Array) -> Distribution:
        first = 4 + int(3 * np.log(len(mean)))
        return Distribution.around(mean, vector.scale, self.spread, first * 2 ** min(self._round, DOUBLINGS))

    # Working

    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        """The parent with other numbers. Raises ProposalFailed where it has none, or where they are written as its own
        are."""
        parent = context.parents[0]
        evaluation = context.evaluations.get(parent.id)
        data = context.plan.data or {}
        vector = self.vectors.read(parent.genome, evaluation)
        if vector is None:
            raise ProposalFailed("no numbers: the parent has none to search")
        values = np.array(data.get(VALUES, ()), float)
        if len(values) != len(vector.values):
            values = vector.values + self.spread * vector.scale * context.rng.standard_normal(len(vector.values))
        genome = self.vectors.write(parent.genome, values.tolist(), evaluation)
        if genome is None:
            raise ProposalFailed("no new numbers: those drawn are written as the parent's are")
        return [Proposal(genome, notes={"edit": "numbers drawn"})]

    # Learning

    def observe(self, outcome: Outcome) -> None:
        """Keeps the seeds' numbers, counts draws, and tells the distribution what they scored."""
        if isinstance(outcome, Placed) and outcome.plan.kind == SEED:
            vector = self.vectors.read(outcome.candidate.genome, outcome.evaluation) if outcome.evaluation.ok else None
            if vector is not None:
                self._seeds[outcome.candidate.id] = vector
        data = outcome.plan.data
        if not isinstance(data, dict) or data.get(ROUND) != self._round or not self._seeds:
            return  # not drawn here, or drawn before the last restart
        if isinstance(outcome, Started):
            if self._now is None:
                self._now = self._begun(self._seed()[1], np.array(data[MEAN], float))
            self._under_way += 1
        elif isinstance(outcome, Closed | Failed):
            self._under_way -= 1
        if self._now is None:
            return
        if isinstance(outcome, Placed):
            self._now.learn(outcome.ticket, np.array(data[VALUES], float), outcome.evaluation.fitness)
        elif isinstance(outcome, Rejected | Failed):
            self._now.refused()
        if self._now.spent:
            self._round, self._now, self._under_way = self._round + 1, None, 0
