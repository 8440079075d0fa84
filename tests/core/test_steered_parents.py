"""Pins, bans and hints from a candidate: whom a steered run breeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from speciate.core.events import CandidatePlaced, Proposed, Steered, TicketStarted
from speciate.core.steering import Steering
from speciate.core.values import Candidate, Command, Evaluation, Genome, Id, Plan, Status
from speciate.core.verbs import HINTED, PINNED_EVERY, Verb
from speciate.testing import MemoryStore

from .scripted import ALL, Scripted, drive, plans, position, steered
from .test_toys import events
from .toys import TOYS

pytestmark = pytest.mark.usefixtures("at_every_turn")


def test_a_hint_from_a_candidate_goes_to_its_lineage_alone() -> None:
    turn, id = favourite("random")
    store = Scripted([(turn, Command("hint", {"text": "go on", "from": id}, "you"))])
    drive(TOYS["random"](), store, ordered=True)
    family = descendants(store, id)
    after = [e.plan for e in events(store)[position(store, "hint") :] if isinstance(e, TicketStarted)]
    mine = [plan for plan in after if plan.parents[0] in family]
    assert len(mine) > 2
    assert [plan.notes for plan in mine[:HINTED]] == [{"hints": ["go on"]}] * min(HINTED, len(mine))
    assert all(plan.notes is None for plan in after if plan.parents[0] not in family)


def descendants(store: MemoryStore, root: Id) -> set[Id]:
    """The slow way: forwards through the whole log."""
    found = {root}
    for event in events(store):
        if isinstance(event, Proposed) and found.intersection(event.candidate.parents):
            found.add(event.candidate.id)
    return found


def favourite(name: str) -> tuple[int, Id]:
    """The turn in the middle of the ordered run, and the parent taken most often before it and after it, not a seed."""
    store = Scripted()
    drive(TOYS[name](), store, ordered=True)
    half = len(store.turns) // 2
    taken = Counter(
        id
        for turn in store.turns[:half]
        for event in turn.events
        if isinstance(event, TicketStarted)
        for id in event.plan.parents
    )
    later = {id for _, plan in plans(store)[-20:] for id in plan.parents}
    return half, max((id for id in taken if id > 2), key=lambda id: (id in later, taken[id], -id))


@pytest.mark.parametrize("name", [name for name in ALL if name not in ("generations", "elo", "gepa")])
def test_nothing_that_descends_from_a_banned_candidate_becomes_a_parent(name: str) -> None:
    turn, id = favourite(name)
    store = Scripted([(turn, Command("ban", {"id": id}, "you"))])
    drive(TOYS[name](), store, ordered=True)
    at = position(store, "ban")
    assert steered(store)[0].refused is None
    family = descendants(store, id)
    before = [p for e in events(store)[:at] if isinstance(e, TicketStarted) for p in e.plan.parents]
    after = [p for e in events(store)[at:] if isinstance(e, TicketStarted) for p in e.plan.parents]
    assert family.intersection(before)
    assert after
    assert family.isdisjoint(after)


def test_a_ban_that_is_taken_back_is_none() -> None:
    script = [(14, Command("ban", {"id": 2}, "you")), (15, Command("unban", {"id": 2}, "you"))]
    store = Scripted(script)
    drive(TOYS["random"](), store)
    after = [
        p for e in events(store)[position(store, "unban") :] if isinstance(e, TicketStarted) for p in e.plan.parents
    ]
    assert descendants(store, 2).intersection(after)


def test_a_pinned_candidate_is_the_parent_of_one_ticket_in_four_even_when_it_was_evicted() -> None:
    """The population keeps five, and the seed is soon not among them."""
    toy = TOYS["bounded"]()
    store = Scripted([(30, Command("pin", {"id": 1}, "you"))])
    drive(toy, store)
    assert steered(store)[0].refused is None
    assert 1 not in toy.recipe.population.view().kept
    log = events(store)
    evicted = next(at for at, e in enumerate(log) if isinstance(e, CandidatePlaced) and 1 in e.placement.evicted)
    after = [e for e in log[max(position(store, "pin"), evicted) :] if isinstance(e, TicketStarted)]
    assert len(after) > 2 * PINNED_EVERY
    assert {e.plan.operator for e in after} == {"mutate"}
    for event in after:
        assert (event.plan.parents == (1,)) is (event.ticket % PINNED_EVERY == 0)


def test_descent_is_found_through_every_parent_and_each_candidate_is_read_once() -> None:
    parents: dict[Id, tuple[Id, ...]] = {1: ()} | {id: (id - 1, max(1, id - 2)) for id in range(2, 3000)}
    reads: list[Id] = []

    def known(id: Id) -> tuple[Candidate, None]:
        reads.append(id)
        return Candidate(id, "", Genome("x"), parents[id]), None

    steering = Steering(known)
    steering.apply(Steered(Verb.BAN, {"id": 500}))
    assert not steering.banned(499)
    assert steering.banned(500)
    assert steering.banned(2999), "a walk of thousands of generations"
    once = len(reads)
    assert once <= 2 * 2500
    assert steering.banned(2998)
    assert len(reads) == once
    steering.apply(Steered(Verb.UNBAN, {"id": 500}))
    assert not steering.banned(2999)


def test_a_selector_that_says_something_of_its_parents_is_asked_again() -> None:
    class Careful:
        def adopt(self, plan: Plan, fitness: float | None) -> Plan:
            return replace(plan, data={"fitness": fitness})

    def known(id: Id) -> tuple[Candidate, Evaluation]:
        return Candidate(id, "", Genome("x")), Evaluation(Status.OK, {"score": float(id)})

    steering = Steering(known)
    steering.apply(Steered(Verb.PIN, {"id": 9}))

    def draw(attempt: int) -> Plan:
        return Plan(parents=(4, 5), data={"fitness": 5.0}, operator="mix")

    assert steering.plan(PINNED_EVERY, draw, list, Careful()) == Plan(
        parents=(9, 5), data={"fitness": 9.0}, operator="mix"
    )
    assert steering.plan(PINNED_EVERY + 1, draw, list, Careful()) == draw(0)
    assert steering.plan(PINNED_EVERY, draw, list, object()) == Plan(
        parents=(9, 5), data={"fitness": 5.0}, operator="mix"
    )


def test_banned_parents_are_drawn_again_and_then_replaced_by_the_best() -> None:
    def known(id: Id) -> tuple[Candidate, None]:
        return Candidate(id, "", Genome("x")), None

    steering = Steering(known)
    steering.apply(Steered(Verb.BAN, {"id": 5}))
    drawn: list[int] = []

    def drawing(plans: Callable[[int], Plan | None]) -> Callable[[int], Plan | None]:
        def draw(attempt: int) -> Plan | None:
            drawn.append(attempt)
            return plans(attempt)

        return draw

    third = drawing(lambda attempt: Plan(parents=(3 if attempt == 2 else 5,)))
    assert steering.plan(1, third, list, None) == Plan(parents=(3,))
    assert drawn == [0, 1, 2]
    always = drawing(lambda attempt: Plan(parents=(5, 4), inspirations=(5, 6)))
    assert steering.plan(1, always, lambda: [5, 4, 8], None) == Plan(parents=(8, 4), inspirations=(6,))
    waits = drawing(lambda attempt: None if attempt else Plan(parents=(5,)))
    assert steering.plan(1, waits, list, None) is None
