"""MAP-Elites: the best candidate of every kind, where kinds are the cells of a grid over measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from speciate.core.problem import Measure
from speciate.core.values import JSON, Candidate, Change, Evaluation, Id, Placement, Request

from .members import Member, Members, MembersView, Ties, member_of


def cell_of(measures: Sequence[Measure], values: Mapping[str, float]) -> tuple[int, ...]:
    """The cell of these values, one index per measure; what lies outside a measure's range counts to its ends.
    Raises KeyError for a measure without a value."""
    return tuple([_interval(each, values[each.name]) for each in measures])


def _interval(measure: Measure, value: float) -> int:
    share = (value - measure.low) / (measure.high - measure.low)
    return int(min(max(share, 0.0) * measure.cells, measure.cells - 1))


class MapElites:
    """The elite of each cell (Mouret & Clune 2015). A cell once taken is never empty again, and its fitness never
    falls, unless a member is evaluated anew and scores less.

    Args:
        measures: the axes of the grid; none makes a single cell.
        ties: who holds a cell at equal fitness.
        clones: a candidate that does exactly what a member of another cell does enters only if it is preferred by
            this rule, so that the grid does not fill with longer spellings of one behaviour; who held a cell stays.
            None lets clones in.

    A change is IMPROVED when the candidate is strictly better than the elite before it in its cell. What lacks a
    measure is kept out, and `where` names the measure.

    Raises:
        ValueError: for a measure whose range is empty or that has no cell.
    """

    def __init__(
        self, measures: Sequence[Measure], *, ties: Ties = Ties.SHORTER, clones: Ties | None = Ties.SHORTER
    ) -> None:
        for each in measures:
            if not each.low < each.high or each.cells < 1:
                raise ValueError(
                    f"measure {each.name} from {each.low} to {each.high} in {each.cells} cells has no room"
                )
        self.measures = tuple(measures)
        self.ties = ties
        self.clones = clones
        self._members = Members(ties)
        self._elites: dict[tuple[int, ...], Id] = {}
        self._view = MembersView(self._members)

    def admits(self, candidate: Candidate) -> str | None:
        return None

    def add(
        self, candidate: Candidate, request: Request, evaluation: Evaluation, at: float, rng: np.random.Generator
    ) -> Placement:
        known = candidate.id in self._members.by_id
        if not evaluation.ok or evaluation.fitness is None:
            return Placement(Change.UPDATED, where=self._where(candidate.id)) if known else Placement(Change.KEPT_OUT)
        try:
            cell = cell_of(self.measures, self.measured(candidate, evaluation))
        except KeyError as lacking:
            where = {"missing": str(lacking.args[0])}
            return Placement(Change.UPDATED if known else Change.KEPT_OUT, where=where)
        member = member_of(candidate, evaluation, cell)
        assert member is not None  # it is ok and has a fitness
        return self._update(member) if known else self.settle(member)

    def measured(self, candidate: Candidate, evaluation: Evaluation) -> Mapping[str, float]:
        """The values that place it in the grid: the evaluation's, unless a subclass has others."""
        return evaluation.measures

    def view(self) -> MembersView:
        return self._view

    def member(self, id: Id) -> Member:
        """What is known of an elite. Raises KeyError."""
        return self._members.by_id[id]

    def elites(self) -> Mapping[tuple[int, ...], Id]:
        """The taken cells, in the order in which they were first taken; a copy."""
        return dict(self._elites)

    def settle(self, member: Member) -> Placement:
        """Takes in a candidate of which no more is known than this: a newcomer, or a migrant from a like grid."""
        if member.id in self._members.by_id or len(member.cell) != len(self.measures):
            return Placement(Change.KEPT_OUT)
        where = {"cell": list(member.cell)}
        twin = None if self.clones is None else self._members.twin(member.behaviour)
        if twin is not None and self.clones is not None and not member.beats(twin, self.clones):
            return Placement(Change.KEPT_OUT, where=where)
        if member.cell not in self._elites:
            self._enter(member)
            return Placement(Change.ADDED, where=where)
        elite = self._members.by_id[self._elites[member.cell]]
        if not member.beats(elite, self.ties):
            return Placement(Change.KEPT_OUT, where=where)
        self._members.drop(elite.id)
        self._enter(member)
        change = Change.IMPROVED if member.fitness > elite.fitness else Change.ADDED
        return Placement(change, evicted=(elite.id,), where=where)

    def _enter(self, member: Member) -> None:
        self._members.put(member)
        self._elites[member.cell] = member.id

    def _update(self, member: Member) -> Placement:
        """A member's new figures. If they belong in another cell it must win that cell, and leaves the grid if not."""
        former = self._members.by_id[member.id]
        if former.cell == member.cell:
            self._members.update(member)
            return Placement(Change.UPDATED, where={"cell": list(member.cell)})
        self._members.drop(member.id)
        del self._elites[former.cell]
        placed = self.settle(member)
        evicted = (member.id,) if placed.change is Change.KEPT_OUT else placed.evicted
        return Placement(Change.UPDATED, evicted=evicted, where=placed.where)

    def _where(self, id: Id) -> JSON:
        return {"cell": list(self._members.by_id[id].cell)}
