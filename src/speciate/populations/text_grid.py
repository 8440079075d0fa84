"""MAP-Elites for programs whose problem measures nothing: the text itself is described."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import log2

from speciate.core.problem import Measure
from speciate.core.values import Candidate, Evaluation, Genome

from .map_elites import MapElites
from .members import Ties, words_of

LENGTH, DISTANCE = "text_length", "text_distance"
DOUBLINGS = 3.0  # an eighth to eight times the reference's length


class TextGrid(MapElites):
    """A grid over what a program looks like, as OpenEvolve's over complexity and diversity (its defaults, 10 x 10):

        text_length     log2 of its words per word of the reference, from -3 to 3
        text_distance   1 - the weighted Jaccard similarity of its bag of words to the reference's, from 0 to 1

    and over the problem's measures besides. OpenEvolve scales each axis to the least and greatest value seen so far and
    leaves in their cells those that would now be in others (AlphaEvolve publishes no rule); here the reference, which
    should be the seed, and so the cells never change.

    Args:
        reference: what candidates are compared with.
        cells: intervals of each of the two axes.
        measures: further axes.
        ties, clones: as in `MapElites`.
    """

    def __init__(
        self,
        reference: Genome,
        *,
        cells: int = 10,
        measures: Sequence[Measure] = (),
        ties: Ties = Ties.SHORTER,
        clones: Ties | None = Ties.SHORTER,
    ) -> None:
        text = (Measure(LENGTH, -DOUBLINGS, DOUBLINGS, cells), Measure(DISTANCE, 0.0, 1.0, cells))
        super().__init__((*text, *measures), ties=ties, clones=clones)
        self._reference = Counter(words_of(reference))
        self._length = self._reference.total()

    def measured(self, candidate: Candidate, evaluation: Evaluation) -> Mapping[str, float]:
        return {**evaluation.measures, **self.described(candidate.genome)}

    def described(self, genome: Genome) -> dict[str, float]:
        """Both values, by name. One word is added to each length, so that no text is infinitely short."""
        words = words_of(genome)
        count, known = len(words), self._length
        common = (Counter(words) & self._reference).total()
        either = count + known - common
        return {LENGTH: log2((1 + count) / (1 + known)), DISTANCE: 1.0 - common / either if either else 0.0}
