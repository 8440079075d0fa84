from hypothesis import given
from hypothesis import strategies as st

from speciate.core.problem import Measure
from speciate.core.values import Change, Evaluation, Status
from speciate.populations import MapElites, Ties
from speciate.populations.map_elites import cell_of

from .build import add, candidate, scored

SIZE, SLACK = Measure("size", 0.0, 100.0, 10), Measure("slack", -1.0, 1.0, 4)


def test_cells_are_equal_intervals_and_what_lies_outside_counts_to_the_ends() -> None:
    def cell(size: float, slack: float) -> tuple[int, ...]:
        return cell_of((SIZE, SLACK), {"size": size, "slack": slack})

    assert cell(0.0, -1.0) == (0, 0)
    assert cell(9.99, -0.51) == (0, 0)
    assert cell(10.0, -0.5) == (1, 1)
    assert cell(100.0, 1.0) == (9, 3)
    assert cell(1e308, -1e308) == (9, 0)


def test_the_better_holds_the_cell() -> None:
    grid = MapElites([SIZE])
    assert add(grid, candidate(1), scored(1.0, size=5)).where == {"cell": [0]}
    assert add(grid, candidate(2), scored(0.5, size=6)).change is Change.KEPT_OUT
    placed = add(grid, candidate(3), scored(2.0, size=7))
    assert (placed.change, placed.evicted) == (Change.IMPROVED, (1,))
    assert add(grid, candidate(4), scored(0.1, size=55)).change is Change.ADDED
    assert grid.elites() == {(0,): 3, (5,): 4}


def test_ties_in_a_cell() -> None:
    grid = MapElites([SIZE], clones=None)
    add(grid, candidate(1, length=10), scored(1.0, size=5))
    assert add(grid, candidate(2, length=11), scored(1.0, size=5)).change is Change.KEPT_OUT
    assert add(grid, candidate(3, length=10), scored(1.0, size=5)).change is Change.ADDED
    strict = MapElites([SIZE], ties=Ties.OLDER, clones=None)
    add(strict, candidate(1, length=10), scored(1.0, size=5))
    assert add(strict, candidate(2, length=1), scored(1.0, size=5)).change is Change.KEPT_OUT


def test_a_longer_clone_takes_no_cell_and_a_shorter_one_leaves_the_former_in_its_own() -> None:
    grid = MapElites([SIZE])
    add(grid, candidate(1, length=50), scored(1.0, 0.4, 0.6, size=50))
    assert add(grid, candidate(2, length=70), scored(1.0, 0.4, 0.6, size=70)).change is Change.KEPT_OUT
    assert add(grid, candidate(3, length=30), scored(1.0, 0.4, 0.6, size=30)).change is Change.ADDED
    assert grid.elites() == {(5,): 1, (3,): 3}
    assert add(grid, candidate(4, length=40), scored(1.0, 0.4, 0.6, size=40)).change is Change.KEPT_OUT


def test_what_lacks_a_measure_is_kept_out() -> None:
    grid = MapElites([SIZE, SLACK])
    placed = add(grid, candidate(1), scored(1.0, size=5))
    assert (placed.change, placed.where) == (Change.KEPT_OUT, {"missing": "slack"})


def test_an_update_may_move_an_elite_to_another_cell() -> None:
    grid = MapElites([SIZE])
    add(grid, candidate(1), scored(1.0, size=5))
    add(grid, candidate(2), scored(5.0, size=95))
    assert add(grid, candidate(1), scored(2.0, size=45)).change is Change.UPDATED
    assert grid.elites() == {(9,): 2, (4,): 1}
    lost = add(grid, candidate(1), scored(3.0, size=95))
    assert (lost.change, lost.evicted, grid.elites()) == (Change.UPDATED, (1,), {(9,): 2})


@given(
    st.lists(st.tuples(st.integers(0, 9), st.floats(-1, 1), st.integers(0, 3)), min_size=1, max_size=80),
    st.sampled_from([*Ties, None]),
)
def test_no_cell_ever_falls_or_empties(stream: list[tuple[int, float, int]], clones: Ties | None) -> None:
    """Whatever arrives and whatever is done with clones; and without a filter of clones the grid is exact."""
    grid = MapElites([SIZE], clones=clones)
    best: dict[tuple[int, ...], float] = {}
    exact: dict[tuple[int, ...], float] = {}
    for id, (cell, slack, fitness) in enumerate(stream, 1):
        add(grid, candidate(id, length=id % 7), scored(float(fitness), slack, size=cell * 10.0))
        exact[(cell,)] = max(exact.get((cell,), -1.0), float(fitness))
        now = {place: grid.member(elite).fitness for place, elite in grid.elites().items()}
        assert all(now[place] >= fitness for place, fitness in best.items())
        assert len(grid.view()) == len(now)
        best = now
    assert clones is not None or best == exact
    assert max(best.values()) == max(exact.values())


def test_a_failed_candidate_has_no_cell() -> None:
    assert add(MapElites([SIZE]), candidate(1), Evaluation(Status.CRASHED)).change is Change.KEPT_OUT
