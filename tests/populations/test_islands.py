import pytest

from speciate.core.problem import Measure
from speciate.core.values import EVERYWHERE, Change, Evaluation, Status
from speciate.populations import Emigrants, Flat, Islands, MapElites

from .build import add, candidate, scored


def ring(*, every: int = 0, migrants: int = 1, size: int = 3) -> Islands:
    return Islands([Flat(size) for _ in range(3)], every=every, migrants=migrants)


def members(islands: Islands) -> list[list[int]]:
    return [sorted(part[index] for index in range(len(part))) for part in islands.view().parts]


def test_a_candidate_lives_where_it_was_born_and_a_seed_everywhere() -> None:
    islands = ring()
    assert add(islands, candidate(1, island=EVERYWHERE), scored(1.0)).where == {"island": EVERYWHERE}
    assert add(islands, candidate(2, island=2), scored(2.0)).where == {"island": 2}
    assert members(islands) == [[1], [1], [1, 2]]
    view = islands.view()
    assert (view.best, list(view.top), len(view), [view[index] for index in range(4)]) == (2, [2, 1], 4, [1, 1, 1, 2])
    assert (view.fitness(2), view[-1]) == (2.0, 2)
    with pytest.raises(KeyError):
        view.fitness(3)


def test_an_island_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="candidate 1 is of island 3; there are 3"):
        add(ring(), candidate(1, island=3), scored(1.0))


def test_the_best_migrate_around_the_ring_at_the_same_moment() -> None:
    islands = ring(every=3)
    add(islands, candidate(1, island=0), scored(1.0))
    add(islands, candidate(2, island=1), scored(2.0))
    placed = add(islands, candidate(3, island=2), scored(3.0))
    assert placed.changes == {
        "migrations": [
            {"id": 1, "from": 0, "to": 1, "change": "added"},
            {"id": 2, "from": 1, "to": 2, "change": "added"},
            {"id": 3, "from": 2, "to": 0, "change": "improved"},
        ]
    }
    assert members(islands) == [[1, 3], [1, 2], [2, 3]]


def test_a_migrant_displaces_by_the_rule_of_where_it_arrives() -> None:
    islands = ring(every=3, size=1)
    for id in (1, 2):
        assert add(islands, candidate(id, island=id - 1), scored(float(id))).changes is None
    changes = add(islands, candidate(3, island=2), scored(3.0)).changes["migrations"]
    assert [each.get("evicted") for each in changes] == [None, None, [1]]
    assert [each["change"] for each in changes] == ["kept_out", "kept_out", "improved"]
    assert members(islands) == [[3], [2], [3]]


def test_failures_and_updates_do_not_bring_migration_nearer() -> None:
    islands = ring(every=2)
    add(islands, candidate(1, island=0), scored(1.0))
    add(islands, candidate(2, island=0), Evaluation(Status.CRASHED))
    assert add(islands, candidate(1, island=0), scored(1.5)).changes is None
    assert add(islands, candidate(3, island=0), scored(0.5)).changes is not None


def test_an_update_reaches_every_island_that_a_candidate_has_come_to() -> None:
    islands = ring(every=1)
    add(islands, candidate(1, island=0), scored(1.0))
    assert members(islands) == [[1], [1], []]
    assert add(islands, candidate(1, island=0), scored(7.0)).change is Change.UPDATED
    assert [part.fitness(1) for part in islands.view().parts[:2]] == [7.0, 7.0]


def test_random_emigrants_are_drawn_from_the_stream() -> None:
    def gone(seed: int) -> set[int]:
        islands = Islands([Flat(), Flat()], every=20, migrants=3, emigrants=Emigrants.RANDOM)
        for id in range(1, 20):
            add(islands, candidate(id), scored(float(id)))
        changes = add(islands, candidate(20 + seed), scored(0.0)).changes
        return {each["id"] for each in changes["migrations"]}

    assert [len(gone(seed)) for seed in range(3)] == [3, 3, 3]
    assert gone(0) != gone(1) or gone(1) != gone(2)
    assert gone(1) == gone(1)


def test_islands_of_grids_migrate_into_the_same_cell() -> None:
    measures = [Measure("size", 0, 10, 10)]
    islands = Islands([MapElites(measures), MapElites(measures)], every=2)
    assert add(islands, candidate(1, island=0), scored(1.0, size=3)).where == {"island": 0, "cell": [3]}
    add(islands, candidate(2, island=1), scored(2.0, size=7))
    assert [part.elites() for part in islands.parts if isinstance(part, MapElites)] == [
        {(3,): 1, (7,): 2},
        {(7,): 2, (3,): 1},
    ]


def test_admits_asks_the_island_of_birth() -> None:
    class Picky(Flat):
        def admits(self, which: object) -> str | None:
            return "no more here"

    islands = Islands([Flat(), Picky()])
    assert islands.admits(candidate(1, island=0)) is None
    assert islands.admits(candidate(1, island=1)) == "no more here"
    assert islands.admits(candidate(1, island=EVERYWHERE)) is None


def test_both_ways_around_the_ring() -> None:
    islands = Islands([Flat() for _ in range(4)], every=1, both_ways=True)
    changes = add(islands, candidate(1, island=1), scored(1.0)).changes["migrations"]
    assert [(each["from"], each["to"]) for each in changes] == [(1, 2), (1, 0)]
    assert members(islands) == [[1], [1], [1], []]
    two = Islands([Flat(), Flat()], every=1, both_ways=True)
    assert len(add(two, candidate(1), scored(1.0)).changes["migrations"]) == 1


def test_a_share_of_the_members_migrates_one_at_least() -> None:
    """Of 29 a tenth is 2, of one it is 1, of none none."""
    islands = Islands([Flat() for _ in range(3)], every=30, share=0.1)
    for id in range(1, 30):
        add(islands, candidate(id, island=0), scored(float(id)))
    changes = add(islands, candidate(30, island=1), scored(-1.0)).changes["migrations"]
    assert [(each["id"], each["from"]) for each in changes] == [(29, 0), (28, 0), (30, 1)]


def test_who_has_migrated_does_not_again() -> None:
    islands = Islands([Flat() for _ in range(3)], every=1, once=True)
    for id, score in ((1, 9.0), (2, 5.0), (3, 7.0)):
        add(islands, candidate(id, island=0), scored(score))
    assert members(islands) == [[1, 2, 3], [1], []]
    assert add(islands, candidate(4, island=0), scored(10.0)).changes["migrations"][0]["id"] == 4


def test_the_best_of_the_non_elite_stays_out_of_it() -> None:
    gone = set()
    for seed in range(30):
        islands = Islands([Flat(), Flat()], every=5, migrants=2, emigrants=Emigrants.NON_ELITE)
        for id in range(1, 5):
            add(islands, candidate(id), scored(float(-id)))
        changes = add(islands, candidate(5 + seed), scored(-9.0)).changes
        gone |= {each["id"] for each in (changes or {"migrations": []})["migrations"]}
    assert 1 not in gone
    assert {2, 3, 4} <= gone
