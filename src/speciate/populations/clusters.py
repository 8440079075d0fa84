"""FunSearch's island: candidates that do the same on every case are kept together."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np

from speciate.core.protocols import View
from speciate.core.values import Candidate, Change, Evaluation, Id, Placement, Request

from .members import Member, Members, MembersView, Ties, member_of


class Clusters:
    """Candidates by signature, the tuple of their per-case scores (FunSearch: Romera-Paredes et al. 2024, Methods,
    *Programs database*); of all scores where there are no cases. Nothing is judged when it comes: selection
    (`selection.Boltzmann`) prefers clusters of a high score and short programs within one.

    The paper scores a cluster by its last case, here it is the candidates' fitness. The paper keeps everything, here a
    cluster keeps its `programs` shortest (the softmax over lengths prefers those, if mildly; of equally long ones the
    newest), and an island its `clusters` best: at the paper's temperature what is further down has no chance to speak
    of. An addition costs O(log n) and the programs of one cluster.

    Args:
        clusters: how many are kept, the best; None is all.
        programs: how many of each, the shortest; None is all.

    A change is IMPROVED when the candidate is better than all members before it. `where` names the cluster by the
    first digits of its signature's digest.

    Raises:
        ValueError: for a bound below 1.
    """

    def __init__(self, clusters: int | None = 1000, programs: int | None = 100) -> None:
        for bound, name in ((clusters, "clusters"), (programs, "programs")):
            if bound is not None and bound < 1:
                raise ValueError(f"{bound} {name}: it must be 1 or more, or None for no limit")
        self.clusters = clusters
        self.programs = programs
        self.arrivals = 0  # valid newcomers and migrants, kept or not: what the temperature goes by
        self._members = Members(Ties.SHORTER)
        self._clusters: dict[bytes, dict[Id, None]] = {}  # by signature
        self._at: dict[bytes, int] = {}  # a cluster's position in the two below
        self._signatures: list[bytes] = []
        self._scores = array("d")
        self._view = ClustersView(self, self._members)

    def admits(self, candidate: Candidate) -> str | None:
        return None

    def add(
        self, candidate: Candidate, request: Request, evaluation: Evaluation, at: float, rng: np.random.Generator
    ) -> Placement:
        member = member_of(candidate, evaluation)
        if candidate.id not in self._members.by_id:
            return Placement(Change.KEPT_OUT) if member is None else self.settle(member)
        if member is None:
            return Placement(Change.UPDATED, where=_where(self._members.by_id[candidate.id]))
        self._leave(candidate.id)
        evicted = self._enter(member)
        return Placement(Change.UPDATED, evicted=evicted, where=_where(member))

    def view(self) -> ClustersView:
        return self._view

    def member(self, id: Id) -> Member:
        """What is known of a member. Raises KeyError."""
        return self._members.by_id[id]

    def scores(self) -> Sequence[float]:
        """The fitness of each cluster; positions change only by `add`."""
        return self._scores

    def cluster(self, index: int) -> Sequence[Id]:
        """The members of a cluster, in order of arrival."""
        return tuple(self._clusters[self._signatures[index]])

    def settle(self, member: Member) -> Placement:
        """Takes in a candidate of which no more is known than this: a newcomer, or a migrant from elsewhere."""
        if member.id in self._members.by_id:
            return Placement(Change.KEPT_OUT)
        self.arrivals += 1
        best = self._members.best
        evicted = self._enter(member)
        if member.id in evicted:
            return Placement(Change.KEPT_OUT)
        better = best is not None and member.fitness > best.fitness
        return Placement(Change.IMPROVED if better else Change.ADDED, evicted=evicted, where=_where(member))

    def _enter(self, member: Member) -> tuple[Id, ...]:
        """Who had to leave for it, itself included."""
        self._members.put(member)
        cluster = self._clusters.get(member.behaviour)
        if cluster is None:
            cluster = self._clusters[member.behaviour] = {}
            self._at[member.behaviour] = len(self._signatures)
            self._signatures.append(member.behaviour)
            self._scores.append(member.fitness)
        cluster[member.id] = None
        if self.programs is not None and len(cluster) > self.programs:
            longest = max(cluster, key=lambda id: (self._members.by_id[id].length, -id))
            self._leave(longest)
            return (longest,)
        if self.clusters is None or len(self._clusters) <= self.clusters:
            return ()
        worst = tuple(self._clusters[self._members.worst.behaviour])
        for id in worst:
            self._leave(id)
        return worst

    def _leave(self, id: Id) -> None:
        behaviour = self._members.drop(id).behaviour
        cluster = self._clusters[behaviour]
        del cluster[id]
        if cluster:
            return
        del self._clusters[behaviour]
        position, last, score = self._at.pop(behaviour), self._signatures.pop(), self._scores.pop()
        if last != behaviour:  # the last takes its position
            self._at[last] = position
            self._signatures[position], self._scores[position] = last, score


class ClustersView(MembersView):
    """The face of `Clusters`: beside what every view shows, what Boltzmann selection over clusters needs."""

    __slots__ = ("_of",)

    def __init__(self, of: Clusters, members: Members) -> None:
        super().__init__(members)
        self._of = of

    @property
    def parts(self) -> Sequence[View]:
        return (self,)

    @property
    def arrivals(self) -> int:
        """How many candidates have come, those that left again included."""
        return self._of.arrivals

    def scores(self) -> Sequence[float]:
        """The fitness of each cluster's members, shape (clusters,)."""
        return self._of.scores()

    def cluster(self, index: int) -> Sequence[Id]:
        """Who is in the cluster at this position, in order of arrival; one at least."""
        return self._of.cluster(index)

    def length(self, id: Id) -> int:
        """In words, numbers and signs. Raises KeyError for an id that is not in."""
        return self._members.by_id[id].length


def _where(member: Member) -> dict[str, str]:
    return {"cluster": member.behaviour.hex()[:8]}
