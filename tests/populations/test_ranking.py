"""The order that populations rank by, against Python's own sorting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speciate.populations.ranking import BLOCK, Ranking, Top


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(1, 40)), max_size=200))
def test_it_holds_what_a_sorted_set_would(steps: list[tuple[bool, int, int]]) -> None:
    ranking, model = Ranking(), set()
    for add, fitness, id in steps:
        entry = (float(-fitness), 0, id)
        if add and entry not in model:
            ranking.add(entry)
            model.add(entry)
        elif not add and entry in model:
            ranking.remove(entry)
            model.remove(entry)
        elif not add:
            with pytest.raises(KeyError):
                ranking.remove(entry)
    assert list(ranking) == sorted(model)
    for rank, entry in enumerate(sorted(model)):
        assert ranking.at(rank) == entry
    if model:
        assert (ranking.first(), ranking.last()) == (min(model), max(model))


def test_it_stays_right_over_many_blocks() -> None:
    count = 10 * BLOCK
    entries = [(float(id * 7919 % count), 0, id) for id in range(count)]
    ranking = Ranking()
    for entry in entries:
        ranking.add(entry)
    for entry in entries[::3]:
        ranking.remove(entry)
    left = sorted(set(entries) - set(entries[::3]))
    assert list(ranking) == left
    assert [ranking.at(rank) for rank in (0, BLOCK, 3 * BLOCK)] == [left[rank] for rank in (0, BLOCK, 3 * BLOCK)]
    assert max(map(len, ranking._blocks)) <= BLOCK


def test_a_top_is_a_sequence() -> None:
    ranking = Ranking()
    for id in range(1, 8):
        ranking.add((float(id), 0, id))
    top = Top(ranking, 5)
    assert (list(top), len(top), top[0], top[-1], top[1:3]) == ([1, 2, 3, 4, 5], 5, 1, 5, [2, 3])
    assert (3 in top, 6 in top, repr(top)) == (True, False, "Top([1, 2, 3, 4, 5])")
    with pytest.raises(IndexError):
        top[5]
