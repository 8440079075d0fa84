"""Every population against the suite that is shipped to users."""

import pytest

from speciate.core.problem import Measure
from speciate.core.values import Genome
from speciate.populations import Clusters, Emigrants, Flat, Islands, MapElites, Resets, TextGrid, Ties
from speciate.testing import PopulationSuite, ToyProblem

MEASURES = ToyProblem().problem.measures


class TestUnlimited(PopulationSuite):
    def make(self) -> Flat:
        return Flat()


@pytest.mark.parametrize("ties", Ties)
@pytest.mark.parametrize("clones", [*Ties, None])
class TestFlat(PopulationSuite):
    @pytest.fixture(autouse=True)
    def _rules(self, ties: Ties, clones: Ties | None) -> None:
        self.ties, self.clones = ties, clones

    def make(self) -> Flat:
        return Flat(12, ties=self.ties, clones=self.clones)


class TestOne(PopulationSuite):
    def make(self) -> Flat:
        return Flat(1)


@pytest.mark.parametrize("ties", Ties)
@pytest.mark.parametrize("clones", [*Ties, None])
class TestMapElites(PopulationSuite):
    @pytest.fixture(autouse=True)
    def _rules(self, ties: Ties, clones: Ties | None) -> None:
        self.ties, self.clones = ties, clones

    def make(self) -> MapElites:
        return MapElites(MEASURES, ties=self.ties, clones=self.clones)


class TestOneCell(PopulationSuite):
    def make(self) -> MapElites:
        return MapElites(())


@pytest.mark.parametrize("emigrants", Emigrants)
@pytest.mark.parametrize("grid", [False, True])
class TestIslands(PopulationSuite):
    islands = 3

    @pytest.fixture(autouse=True)
    def _rules(self, emigrants: Emigrants, grid: bool) -> None:
        self.emigrants, self.grid = emigrants, grid

    def make(self) -> Islands:
        parts = [MapElites(MEASURES) if self.grid else Flat(8) for _ in range(3)]
        return Islands(parts, every=7, migrants=2, emigrants=self.emigrants)


class TestTextGrid(PopulationSuite):
    def make(self) -> TextGrid:
        return TextGrid(Genome("text", {"p.py": "a = b"}), measures=MEASURES)


class TestClusters(PopulationSuite):
    def make(self) -> Clusters:
        return Clusters()


class TestBoundedClusters(PopulationSuite):
    def make(self) -> Clusters:
        return Clusters(9, 2)


@pytest.mark.parametrize("emigrants", Emigrants)
class TestIslandsThatExchangeBothWays(PopulationSuite):
    islands = 4

    @pytest.fixture(autouse=True)
    def _rules(self, emigrants: Emigrants) -> None:
        self.emigrants = emigrants

    def make(self) -> Islands:
        parts = [Flat() for _ in range(4)]  # without a limit: no migrant displaces the newcomer that it comes with
        return Islands(parts, every=5, emigrants=self.emigrants, share=0.3, both_ways=True, once=True)


@pytest.mark.parametrize("every", [1, 6])
class TestResets(PopulationSuite):
    islands = 5

    @pytest.fixture(autouse=True)
    def _rules(self, every: int) -> None:
        self.every = every

    def make(self) -> Resets:
        return Resets(Islands([Clusters() for _ in range(5)], every=11), Clusters, every=self.every)


class TestResetsByTime(PopulationSuite):
    islands = 2

    def make(self) -> Resets:
        return Resets(Islands([Flat(6), Flat(6)]), lambda: Flat(6), seconds=9.5)


def test_impossible_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="size 0"):
        Flat(0)
    with pytest.raises(ValueError, match="has no room"):
        MapElites([Measure("size", 2.0, 2.0)])
    with pytest.raises(ValueError, match="without a single part"):
        Islands([])
    with pytest.raises(ValueError, match="every -1"):
        Islands([Flat()], every=-1)
    with pytest.raises(ValueError, match="0 clusters"):
        Clusters(0)
    with pytest.raises(ValueError, match="0 programs"):
        Clusters(programs=0)
    with pytest.raises(ValueError, match="share of 2"):
        Islands([Flat()], share=2.0)
    with pytest.raises(ValueError, match="every -1 newcomers"):
        Resets(Islands([Flat()]), Flat, every=-1)
    with pytest.raises(ValueError, match="or 0"):
        Resets(Islands([Flat()]), Flat, seconds=0.0)
