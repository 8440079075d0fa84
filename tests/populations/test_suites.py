"""Every population against the suite that is shipped to users."""

import pytest

from speciate.core.problem import Measure
from speciate.populations import Emigrants, Flat, Islands, MapElites, Ties
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


def test_impossible_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="size 0"):
        Flat(0)
    with pytest.raises(ValueError, match="has no room"):
        MapElites([Measure("size", 2.0, 2.0)])
    with pytest.raises(ValueError, match="without a single part"):
        Islands([])
    with pytest.raises(ValueError, match="every -1"):
        Islands([Flat()], every=-1)
