"""Steered runs: each command does what it says, and replay, kills and ordered mode give the same run again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from speciate.core.budget import Budget, Stop
from speciate.core.codec import decode, encode, without_measured
from speciate.core.commands import on_record, refusal
from speciate.core.events import (
    CandidatePlaced,
    Evaluated,
    Event,
    Proposed,
    Steered,
    Stopped,
    TicketStarted,
    Turn,
)
from speciate.core.ledger import Ledger
from speciate.core.loop import Result, Settings, evolve
from speciate.core.protocols import Context, Evaluator
from speciate.core.steering import Steering
from speciate.core.values import UNREADABLE, Candidate, Command, Evaluation, Genome, Id, Plan, Proposal, Request, Status
from speciate.core.verbs import HINTED, PINNED_EVERY, Verb
from speciate.runners.inline import InlineRunner
from speciate.testing import MemoryStore

from .test_toys import Dying, Killed, digest, events, timeless
from .toys import TOYS, Bag, Distance, Echo, Jitter, Toy

ALL = sorted(TOYS)
Script = Sequence[tuple[int, Command]]
NEVER = 10**9  # of a script's turn: only when nothing happens any more


@pytest.fixture(autouse=True)
def at_every_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The inbox is looked at whenever the loop has time, not by the clock."""
    monkeypatch.setattr("speciate.core.loop.POLL", 0)


class Scripted(Dying):
    """Hands out each command once there are so many turns; the next one also when nothing happens any more (a paused
    run)."""

    def __init__(self, script: Script = (), turns: Sequence[Turn] = (), after: int = 100_000) -> None:
        super().__init__(turns, after)
        self.script = list(script)
        self.idle = (0, 0)

    def inbox(self) -> Sequence[Command]:
        count = len(self.turns)
        self.idle = (count, self.idle[1] + 1 if self.idle[0] == count else 0)
        if self.script and (count >= self.script[0][0] or self.idle[1] > 50):
            self.idle = (count, 0)
            return [self.script.pop(0)[1]]
        return []


def drive(
    toy: Toy, store: MemoryStore, *, ordered: bool = False, jitter: int = 1, evaluator: Evaluator | None = None
) -> Result:
    async def main() -> Result:
        runner = InlineRunner(evaluator or Distance(Jitter(jitter)), slots=3)
        settings = Settings(seed=3, ordered=ordered)
        return await evolve(toy.problem, toy.recipe, store, runner, settings=settings, model=Echo(Jitter(jitter)))

    return anyio.run(main)


def plans(store: MemoryStore) -> list[tuple[int, Plan]]:
    return [(e.ticket, e.plan) for e in events(store) if isinstance(e, TicketStarted)]


def steered(store: MemoryStore) -> list[Steered]:
    return [e for e in events(store) if isinstance(e, Steered)]


def position(store: MemoryStore, verb: str) -> int:
    return next(index for index, e in enumerate(events(store)) if isinstance(e, Steered) and e.verb == verb)


def folded(name: str, store: MemoryStore) -> Ledger:
    ledger = Ledger(TOYS[name]().recipe, store.candidate)
    for turn in store.read():
        ledger.fold(turn)
    return ledger


EVERYTHING: Script = (
    (9, Command("hint", {"text": "try larger steps", "next": 5}, "you")),
    (11, Command("pin", {"id": 2}, "you")),
    (12, Command("ban", {"id": 3}, "you")),
    (14, Command("hint", {"text": "this way", "from": 2}, "you")),
    (16, Command("pause", {}, "you")),
    (16, Command("pin", {"id": 9999}, "you")),
    (16, Command("resume", {}, "you")),
    (20, Command("frobnicate", {"x": 1}, "you")),
    (24, Command("unpin", {"id": 2}, "you")),
    (26, Command("budget", {"evals": 70}, "you")),
)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("ordered", [False, True], ids=["arrival", "ordered"])
def test_replay_of_a_steered_run_equals_live(name: str, ordered: bool) -> None:
    toy, store = TOYS[name](), Scripted(EVERYTHING)
    result = drive(toy, store, ordered=ordered)
    ledger = folded(name, store)
    assert [e.verb for e in steered(store)] == [command.verb for _, command in EVERYTHING]
    assert digest(ledger.recipe) == digest(toy.recipe)
    assert (ledger.best, ledger.budget.evals, ledger.spent.evals) == (result.best, 70, 70)
    assert not ledger.steering.paused
    assert {e.verb for e in steered(store) if e.refused} >= {"frobnicate"}


@pytest.mark.parametrize("name", ALL)
def test_a_steered_ordered_run_killed_and_resumed_equals_the_uninterrupted_one(name: str) -> None:
    """After a kill the commands that are on record stay where they are; those that are not come again, later."""
    whole = Scripted(EVERYTHING)
    toy = TOYS[name]()
    drive(toy, whole, ordered=True)
    turns = list(whole.read())
    places = [index for index, turn in enumerate(turns) if isinstance(turn.events[0], Steered)]
    paused = range(places[4] + 1, places[6] + 1)  # a run that is resumed is not paused: another log
    for after in (places[0] + 1, places[3] + 1, places[7] + 2, places[-1] + 1, len(turns) - 2):
        assert after not in paused
        rest = Scripted(turns=turns[:after])
        drive(TOYS[name](), rest, ordered=True, jitter=after + 100)
        until = next((place for place in places if place >= after), len(turns))
        assert timeless(rest)[:until] == timeless(whole)[:until], f"killed after turn {after}"
    assert digest(folded(name, rest).recipe) == digest(toy.recipe)


def test_kills_lose_no_command_and_do_none_twice() -> None:
    script = [(at, Command("hint", {"text": f"hint {at}"}, "you")) for at in range(6, 30, 3)]
    store: MemoryStore = MemoryStore()
    for _, command in script:
        store.send(command)
    for kill in (2, 9, 30):
        toy = TOYS["random"]()
        broken = _Lazy(store, kill)
        with pytest.raises(Killed):
            drive(toy, broken)
        store = broken.killed()
    drive(TOYS["random"](), store)
    assert [e.args["text"] for e in steered(store)] == [command.args["text"] for _, command in script]


class _Lazy(MemoryStore):
    """Dies at its n-th turn; commands that were taken and are not on record wait again."""

    def __init__(self, before: MemoryStore, after: int) -> None:
        super().__init__()
        for turn in before.turns:
            self.append(turn)
        for command in before.inbox():
            self.send(command)
        self.left = after

    def append(self, turn: Turn) -> None:
        if getattr(self, "left", 1) == 0:
            raise Killed
        if hasattr(self, "left"):
            self.left -= 1
        super().append(turn)


def test_a_paused_run_opens_no_ticket_and_goes_on_when_told_to() -> None:
    store = Scripted([(12, Command("pause", {}, "you")), (NEVER, Command("resume", {}, "you"))])
    result = drive(TOYS["random"](), store)
    log = events(store)
    between = log[position(store, "pause") + 1 : position(store, "resume")]
    assert result.stop is Stop.EVALUATIONS
    assert any(isinstance(e, Evaluated) for e in between), "what is in flight finishes"
    assert not any(isinstance(e, TicketStarted) for e in between)
    assert isinstance(log[position(store, "resume") + 1], TicketStarted)


def test_the_clock_of_active_seconds_stands_still_while_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a virtual clock: ten minutes of pause are no part of a budget of seconds."""
    trio_testing = pytest.importorskip("trio.testing")

    class Slow(Distance):
        async def evaluate(self, candidate: Candidate, request: Request, others: Sequence[Candidate]) -> Evaluation:
            await anyio.sleep(1.0)
            return await super().evaluate(candidate, request, others)

    store = MemoryStore()
    toy = TOYS["random"]()

    async def main() -> None:
        async def person() -> None:
            await anyio.sleep(5.5)
            store.send(Command("pause", {}, "you"))
            await anyio.sleep(600)
            store.send(Command("resume", {}, "you"))

        async with anyio.create_task_group() as group:
            group.start_soon(person)
            runner = InlineRunner(Slow(Jitter(most=0)), slots=3)
            settings = Settings(budget=Budget(evals=40, seconds=60.0))
            results.append(await evolve(toy.problem, toy.recipe, store, runner, settings=settings))

    results: list[Result] = []
    monkeypatch.setattr("speciate.core.loop.POLL", 0.25)
    anyio.run(main, backend="trio", backend_options={"clock": trio_testing.MockClock(autojump_threshold=0)})
    assert results[0].stop is Stop.EVALUATIONS
    assert results[0].spent.seconds < 40


def test_a_paused_run_that_is_resumed_after_a_kill_is_not_paused_any_more() -> None:
    store = Scripted([(12, Command("pause", {}, "you")), (40, Command("stop", {}, "you"))])
    assert drive(TOYS["random"](), store).stop is Stop.STEERED
    rest = Scripted(turns=store.turns)
    assert drive(TOYS["random"](), rest).stop is Stop.EVALUATIONS
    assert [(e.verb, e.author) for e in steered(rest)] == [("pause", "you"), ("stop", "you"), ("resume", "resume")]


def test_stop_ends_the_run_as_ctrl_c_does_and_it_can_be_resumed() -> None:
    store = Scripted([(12, Command("stop", {}, "you"))])
    assert drive(TOYS["random"](), store).stop is Stop.STEERED
    last = events(store)[-1]
    assert isinstance(last, Stopped)
    assert last.reason == "steered"
    assert drive(TOYS["random"](), Scripted(turns=store.turns)).spent.evals == 60


def test_a_hint_is_in_so_many_plans_beside_what_memory_recalls() -> None:
    store = Scripted([(12, Command("hint", {"text": "try less", "next": 3}, "you"))])
    drive(TOYS["coral"](), store)
    hinted = [plan.notes for _, plan in plans(store) if plan.notes and "hints" in plan.notes]
    assert hinted
    assert all(notes["hints"] == ["try less"] and "notes" in notes for notes in hinted)
    store = Scripted([(12, Command("hint", {"text": "try less", "next": 3}, "you"))])
    drive(TOYS["random"](), store)
    at = position(store, "hint")
    after = [e.plan.notes for e in events(store)[at:] if isinstance(e, TicketStarted)]
    assert after[:4] == [{"hints": ["try less"]}] * 3 + [None]
    assert folded("random", store).steering.hints == []


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
    after = [e for e in events(store)[position(store, "pin") :] if isinstance(e, TicketStarted)]
    assert {e.plan.operator for e in after} == {"mutate"}
    for event in after:
        assert (event.plan.parents == (1,)) is (event.ticket % PINNED_EVERY == 0)


def test_a_submitted_candidate_goes_the_way_of_all_others() -> None:
    best = Command("submit", {"text": "x = 7", "parent": 1}, "you")
    store = Scripted([(12, best), (20, best)])
    result = drive(numbers(), store, evaluator=Number())
    made = [e for e in events(store) if isinstance(e, Proposed) and e.candidate.operator == "submit"]
    assert [e.candidate.parents for e in made] == [(1,), (1,)]
    assert made[0].rejected is None
    assert made[1].rejected == f"duplicate of {made[0].candidate.id}"
    assert made[0].candidate.text == "x = 7"
    scored = {e.candidate: e.evaluation.fitness for e in events(store) if isinstance(e, Evaluated)}
    assert scored[made[0].candidate.id] == 7.0
    assert made[0].candidate.id in {e.candidate for e in events(store) if isinstance(e, CandidatePlaced)}
    assert result.best == made[0].candidate.id
    assert result.spent.evals == 20, "it costs one evaluation of the budget"
    assert "x = 7" not in str([e.args for e in steered(store)]), "the text is kept once, with the candidate"


class Number:
    """The evaluator of programs "x = 7": their number."""

    async def evaluate(self, candidate: Candidate, request: Request, others: Sequence[Candidate]) -> Evaluation:
        return Evaluation(Status.OK, {"score": float(candidate.text.split("= ")[1])})


class Lower:
    async def propose(self, context: Context) -> list[Proposal]:
        return [Proposal(context.parents[0].genome.with_text(f"x = {-context.ticket}"))]


class Anything(Bag):
    def admits(self, candidate: Candidate) -> str | None:
        return None


def numbers() -> Toy:
    toy = TOYS["random"]()
    problem = replace(toy.problem, seeds=(Genome("text", {"seed.py": "x = 0"}),), budget=Budget(evals=20))
    return Toy(problem, replace(toy.recipe, proposer=Lower(), population=Anything()))


def test_commands_wait_for_a_finished_run_and_more_budget_continues_it() -> None:
    store = MemoryStore()
    drive(TOYS["random"](), store)
    count = len(events(store))
    store.send(Command("hint", {"text": "later"}, "you"))
    assert drive(TOYS["random"](), store).spent.evals == 60
    assert [type(e).__name__ for e in events(store)[count:]] == ["Steered", "Stopped"]
    store.send(Command("budget", {"evals": 64}, "you"))
    assert drive(TOYS["random"](), store).spent.evals == 64


NONSENSE: Sequence[tuple[Command, str]] = (
    (Command("frobnicate"), "this engine knows no command `frobnicate`; it is perhaps of a newer version"),
    (Command("pin", {"id": 9999}), "there is no candidate 9999 (there are {n})"),
    (Command("pin", {"id": "best"}), "there is no candidate 'best' (there are {n})"),
    (Command("pin", {}), "there is no candidate None (there are {n})"),
    (Command("unpin", {"id": 2}), "candidate 2 is not pinned"),
    (Command("ban", {"id": 1}), "candidate 1 is a seed: nothing else would be left to vary"),
    (Command("unban", {"id": True}), "candidate True is not banned"),
    (Command("hint", {"text": "  "}), "a hint needs a text"),
    (Command("hint", {"text": "x" * 5000}), "a hint of 5,000 characters is too long (at most 4,000)"),
    (Command("hint", {"text": "x", "next": 0}), "a hint is given to the next 1 to 100,000 tickets, not 0"),
    (Command("hint", {"text": "x", "from": -1}), "there is no candidate -1 (there are {n})"),
    (Command("submit", {}), "there is no text to submit"),
    (Command("submit", {"text": "x", "parent": 9999}), "there is no candidate 9999 (there are {n})"),
    (Command("resume"), "it is not paused"),
    (Command("budget", {}), "no limit is named"),
    (Command("budget", {"money": 3}), "there is no limit `money`"),
    (Command("budget", {"evals": -3}), "evals cannot be -3"),
    (Command("budget", {"evals": "many"}), "evals cannot be 'many'"),
)


def test_what_makes_no_sense_is_recorded_with_the_reason_and_changes_nothing() -> None:
    store = Scripted([(12, command) for command, _ in NONSENSE])
    plain = Scripted()
    drive(TOYS["random"](), store, ordered=True)
    drive(TOYS["random"](), plain, ordered=True)
    found = {(e.verb, str(dict(e.args))): e.refused for e in steered(store)}
    for command, reason in NONSENSE:
        said = found[(command.verb, str(dict(on_record(command))))]
        assert said is not None
        assert said.split("(there")[0] == reason.split("(there")[0]
    assert len(steered(store)) == len(NONSENSE)
    others = [e for e in events(store) if not isinstance(e, Steered)]
    assert [_timeless(e) for e in others] == [_timeless(e) for e in events(plain)]


def _timeless(event: Event) -> object:
    return without_measured(encode(event))


def test_a_steered_event_survives_the_log() -> None:
    for event in (Steered("pin", {"id": 3}, "you", 12), Steered("pin", {"id": 3}, "you", 0, "why not")):
        assert decode(encode(event), lambda digest: "") == event
    old = {"kind": "steered", "verb": "budget", "args": {"evals": 9}, "author": "resume"}
    assert decode(old, lambda digest: "") == Steered("budget", {"evals": 9}, "resume")


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


def test_refusals_need_no_run() -> None:
    ledger = Ledger(TOYS["random"]().recipe, lambda id: (_ for _ in ()).throw(KeyError(id)))
    assert refusal(Command("submit", {"text": "x"}), ledger) == "the run has no seed yet"
    assert refusal(Command("pause"), ledger) is None


IDS = st.one_of(st.integers(-1, 30), st.just("best"), st.none(), st.booleans(), st.just(10**9))
COUNTS = st.one_of(st.none(), st.integers(-1, 200_000), st.floats(), st.just("3"))
LIMITS = st.sampled_from([-1, 5, 65, True, "3", float("nan"), float("inf")])  # none that lets a run go on for long
ANYTHING = st.one_of(
    st.builds(Command, st.sampled_from(["pin", "unpin", "ban", "unban"]), st.fixed_dictionaries({"id": IDS})),
    st.builds(Command, st.sampled_from([*Verb, "later", ""]), st.just({})),
    st.builds(
        Command,
        st.just("hint"),
        st.fixed_dictionaries({"text": st.one_of(st.text(max_size=9), IDS)}, optional={"next": COUNTS, "from": IDS}),
    ),
    st.builds(
        Command,
        st.just("budget"),
        st.dictionaries(st.sampled_from(["evals", "seconds", "give_up", "money"]), LIMITS, max_size=2),
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(commands=st.lists(st.tuples(st.integers(3, 60), ANYTHING), max_size=8), ordered=st.booleans())
def test_whatever_is_asked_the_engine_lives_and_replay_equals_live(
    commands: list[tuple[int, Command]], ordered: bool
) -> None:
    toy, store = TOYS["random"](), Scripted(sorted(commands, key=lambda pair: pair[0]))
    store.script.append((NEVER, Command("resume")))
    store.script.append((NEVER, Command("budget", {"evals": 70, "seconds": None})))
    drive(toy, store, ordered=ordered)
    ledger = folded("random", store)
    assert digest(ledger.recipe) == digest(toy.recipe)
    for event in steered(store):
        assert decode(encode(event), lambda digest: "") == event
    assert len(ledger.steering.hints) <= len(commands)


def test_arguments_that_cannot_be_read_are_refused() -> None:
    ledger = Ledger(TOYS["random"]().recipe, lambda id: (_ for _ in ()).throw(KeyError(id)))
    assert refusal(Command("pause", {UNREADABLE: "[1]"}), ledger) == "its arguments are no JSON object"
