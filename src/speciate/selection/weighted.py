"""Parents by weight, as the published systems of program evolution weigh them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import islice

import numpy as np
import numpy.typing as npt

from speciate.core.protocols import View
from speciate.core.values import Change, Id, Outcome, Placed

from .learning import Learner
from .parents import ByIsland, Rank, drawn, median

LARGE = 1e150  # beyond this a difference of scores may overflow


class Weighted(Learner, ByIsland):
    """The better and the less bred from, the likelier (ShinkaEvolve: Lange, Imajuku & Cetin 2025):

        p ~ sigmoid(sharpness * (a - median) / max(MAD, least)) / (1 + children)

    over the island's `archive` best, a being a member's fitness, MAD the median absolute deviation from the median.
    Children are counted when they are placed, whatever they score; a candidate that is evaluated again is no new one.

    The weights do not change when all scores are shifted or multiplied: `least` is 0 here, and where MAD is 0 the
    limit holds, a sigmoid of 1 above the median, 1/2 on it, 0 below. The authors' code has `least` 1e-6 in the score's
    unit, which is the same for scores that differ by more than that.

    Args:
        archive: how many of an island's best are weighed; a selection costs so much, however many members there are.
        sharpness: the paper's lambda.
        least: the smallest spread that is believed, in the unit of the score.

    Raises:
        ValueError: for an archive below 1, a sharpness not above 0 or a negative `least`.
    """

    def __init__(self, archive: int = 40, *, sharpness: float = 10.0, least: float = 0.0, parents: int = 1) -> None:
        super().__init__(parents=parents)
        if archive < 1:
            raise ValueError(f"an archive of {archive}: it must be 1 or more")
        if not sharpness > 0 or not least >= 0:
            raise ValueError(f"sharpness {sharpness} must be above 0, least {least} 0 or more")
        self.archive = archive
        self.sharpness = sharpness
        self.least = least
        self._children: dict[Id, int] = {}

    def pick(self, part: View, rng: np.random.Generator) -> Id:
        members = part.top[: self.archive]
        return members[drawn(self.weights(part, members), rng)]

    def weights(self, part: View, members: Sequence[Id]) -> npt.NDArray[np.float64]:
        """Shape (len(members),), not normalised."""
        scores = np.array([part.fitness(id) for id in members])
        children = np.array([self._children.get(id, 0) for id in members])
        with np.errstate(over="ignore"):  # infinity is as likely as what it stands for
            sharpened = self.sharpness * deviations(scores, self.least)
        return sigmoid(sharpened) / (1.0 + children)

    def learn(self, outcome: Outcome) -> None:
        if isinstance(outcome, Placed) and outcome.placement.change is not Change.UPDATED:
            for id in dict.fromkeys(outcome.candidate.parents):
                self._children[id] = self._children.get(id, 0) + 1


class ExploreExploit(ByIsland):
    """OpenEvolve's mixture of three: with chance `explore` any member of the island, with chance `exploit` any of its
    members that are among the `archive` best overall, else a member by its fitness.

    It differs in two things. The third draws by linear rank (the best weighs n, the worst 1), where OpenEvolve weighs
    max(fitness, 0.001): with negative scores that weighs all alike, and the weights change when scores are shifted.
    And a parent is always of its island: one without a member in the archive takes its own best, where OpenEvolve
    goes to another island's. A copy that migrated counts as one more in the archive, as it does there.

    Raises:
        ValueError: for chances that are negative or above 1 together, or an archive below 1.
    """

    def __init__(self, explore: float = 0.2, exploit: float = 0.7, *, archive: int = 100, parents: int = 1) -> None:
        super().__init__(parents=parents)
        if not (explore >= 0 and exploit >= 0 and explore + exploit <= 1 + 1e-9):
            raise ValueError(f"chances {explore} and {exploit}: neither may be negative, nor both together above 1")
        if archive < 1:
            raise ValueError(f"an archive of {archive}: it must be 1 or more")
        self.explore = explore
        self.exploit = exploit
        self.archive = archive
        self._by_rank = Rank(2.0)

    def pick(self, part: View, rng: np.random.Generator) -> Id:
        return self.pick_on([part], 0, rng)

    def pick_on(self, parts: Sequence[View], island: int, rng: np.random.Generator) -> Id:
        part, chance = parts[island], float(rng.random())
        if chance < self.explore:
            return part[int(rng.integers(len(part)))]
        if chance < self.explore + self.exploit:
            return part.top[int(rng.integers(max(self._archived(parts, island), 1)))]
        return self._by_rank.pick(part, rng)

    def _archived(self, parts: Sequence[View], island: int) -> int:
        """How many of the `archive` best are this island's: they are the first of its top."""
        if len(parts) == 1:
            return min(self.archive, len(parts[0].top))
        ranked = merge(*(_ranked(part, index) for index, part in enumerate(parts)))
        return sum(index == island for _, index in islice(ranked, self.archive))


def _ranked(part: View, index: int) -> Iterator[tuple[float, int]]:
    return ((-part.fitness(id), index) for id in part.top)


def deviations(scores: npt.NDArray[np.float64], least: float = 0.0) -> npt.NDArray[np.float64]:
    """(scores - median) / max(MAD, least), shape as given. With a spread of 0, infinite with the sign of what differs.
    The same for scores that are shifted or multiplied by something positive, as long as `least` is 0."""
    largest = float(np.abs(scores).max())
    if largest > LARGE:
        scores, least = scores / largest, least / largest
    apart = scores - median(scores)
    spread = max(median(np.abs(apart)), least)
    if spread == 0.0:
        return np.where(apart == 0.0, 0.0, np.copysign(np.inf, apart))
    with np.errstate(over="ignore"):
        return np.asarray(apart / spread)


def sigmoid(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """1 / (1 + exp(-x)), for x of any size, infinite too."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)))
