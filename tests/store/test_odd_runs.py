"""A run of another shape: several objectives, paid calls, probes, evaluations again, a raised budget."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from speciate.core.events import (
    Called,
    CandidatePlaced,
    Evaluated,
    Event,
    Granted,
    Opened,
    Probed,
    Proposed,
    Steered,
    Stopped,
    TicketClosed,
    TicketFailed,
    TicketStarted,
    Turn,
)
from speciate.core.values import (
    EVERYWHERE,
    SEALED,
    Candidate,
    Change,
    Cost,
    Evaluation,
    Genome,
    Placement,
    Plan,
    Request,
    Status,
)
from speciate.store.queries import Run
from speciate.store.sqlite import SqliteStore
from speciate.store.views import HeldOut, Island, StateName
from speciate.testing.history import OPENED
from speciate.testing.store import append_all


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    genome = Genome("text", {"main.py": "1"})
    one, two = Candidate(0, "a", genome, (), "seed", EVERYWHERE), Candidate(1, "b", genome, (0,), "diff", 2)
    ok = Evaluation(Status.OK, {"speed": 3.0, "size": -7.0}, cost=Cost(1.0, 0.5, 10, 0.25))
    opened: Opened = replace(
        OPENED,
        problem={
            "name": "odd",
            "objectives": [
                {"name": "speed", "direction": "maximize", "unit": "/s", "digits": 1},
                {"name": "size", "direction": "minimize", "unit": "", "digits": 0},
            ],
            "measures": [],
        },
    )
    migrations = [{"id": 0, "from": 2, "to": 3, "change": "added"}]
    turns: list[tuple[Event, ...]] = [
        (opened, TicketStarted(0, Plan("seed", operator="seed")), Proposed(0, one, Request())),
        (Evaluated(0, 0, Request(), ok), CandidatePlaced(0, 0, Placement(Change.ADDED), "", 0, True), TicketClosed(0)),
        (TicketStarted(1, Plan(parents=(0,), operator="diff", island=2)),),
        (Called(1, "d", 0, "m", "p", "r", Cost(1.0, 0.0, 100, None)),),
        (Probed(1, "d", 0, Evaluation(Status.TIMEOUT, cost=Cost(usd=0.5))),),
        (Proposed(1, two, Request()), Proposed(1, one, Request(seed=1), new=False)),
        (Evaluated(1, 1, Request(), replace(ok, scores={"speed": 4.0, "size": -9.0})),),
        (CandidatePlaced(1, 1, Placement(Change.ADDED, (), {"island": 2}, {"migrations": migrations}), "", 1, True),),
    ]
    path, seq = tmp_path / "odd-1.db", 1
    with SqliteStore.create(path) as store:
        for events in turns:
            append_all(store, [Turn(seq, float(seq), events)])
            seq += len(events)
    return path


def more(path: Path, *events: Event) -> None:
    with SqliteStore.open(path) as store:
        last = max(turn.last for turn in store.read())
        append_all(store, [Turn(last + 1, last + 1.0, events)])


def test_an_island_that_was_reset_has_its_founder_and_who_came_after(odd: Path) -> None:
    with Run(odd) as run:
        assert [(each.index, each.size, each.best_id) for each in run.summary().islands] == [(2, 1, 1), (3, 1, 0)]
    resets = [{"island": 2, "lost": 1, "founder": 0, "from": 3}]
    more(
        odd,
        Evaluated(1, 1, Request(seed=1), Evaluation(Status.OK, {"speed": 99.0, "size": -9.0})),
        CandidatePlaced(1, 1, Placement(Change.ADDED, (), {"island": 3}, {"resets": resets}), "", 1, False),
    )
    with Run(odd) as run:
        assert [(each.index, each.size, each.best_id) for each in run.summary().islands] == [(2, 1, 0), (3, 2, 1)]


def test_models_and_what_was_lost_are_told(odd: Path) -> None:
    reply = {"text": "", "finish": "truncated", "usage": [90, 10, 0, 0], "faults": {"throttled": 2}}
    more(
        odd,
        Granted(1, "e", 0, tokens=200, usd=0.5),
        Granted(1, "e", 0, tokens=200, usd=0.5, again=True),
        Called(1, "e", 0, "m", "p", reply, Cost(2.0, 0.0, 100, 0.25)),
        TicketFailed(1, "model truncated", Cost(tokens=7, usd=0.125)),
    )
    with Run(odd) as run:
        summary = run.summary()
    (model,) = summary.models
    assert (model.model, model.calls, model.answered, model.input, model.output) == ("m", 2, 1, 90, 10)
    assert (model.usd, model.unpriced, model.seconds) == (0.25, 1, 3.0)
    assert dict(model.faults) == {"throttled": 2, "truncated": 1}
    assert (summary.cost.usd, summary.cost.tokens, summary.cost.lost) == (1.0 + 0.5 + 0.25 + 0.125, 120 + 307, 2)
    assert summary.as_json()["models"][0]["faults"] == {"throttled": 2, "truncated": 1}


def test_an_open_run_tells_what_is_in_flight(odd: Path) -> None:
    with Run(odd) as run:
        summary = run.summary()
        row = run.candidate(1).row
    assert (summary.in_flight.tickets, summary.in_flight.evaluating) == (1, 1)
    assert (summary.state.name, summary.state.why) == (StateName.INTERRUPTED, "closed before it ended")
    assert summary.counts == {"ok": 2, "timeout": 1}
    assert summary.evals == 3
    assert summary.proposals == 1
    assert (summary.cost.usd, summary.cost.known, summary.cost.tokens) == (1.0, False, 120)
    assert (row.score, row.scores) == (4.0, {"speed": 4.0, "size": 9.0})
    assert summary.cells is None
    assert summary.held_out is None
    assert summary.islands == (Island(2, 4.0, 1, 1), Island(3, 3.0, 0, 1))


def test_an_evaluation_again_replaces_the_score_but_not_a_sealed_one(odd: Path) -> None:
    again = Evaluation(Status.OK, {"speed": 2.0, "size": -7.0})
    more(odd, Evaluated(1, 0, Request(seed=1), again), TicketClosed(1))
    more(
        odd,
        TicketStarted(2, Plan(SEALED)),
        Evaluated(2, 1, Request(stage=SEALED), Evaluation(Status.OK, {"speed": 1.0})),
    )
    with Run(odd) as run:
        summary = run.summary()
        assert run.candidate(0).row.score == 2.0
        assert (run.candidate(1).row.score, run.candidate(1).held_out) == (4.0, 1.0)
    assert (summary.evals, summary.ok, summary.counts["ok"]) == (4, 2, 3)
    assert summary.held_out == HeldOut(1.0, 1, None)


def test_a_stopped_run_may_go_on(odd: Path) -> None:
    more(odd, Stopped("interrupted", "ctrl-C"))
    with Run(odd) as run:
        assert run.state().name is StateName.INTERRUPTED
        assert run.state().detail == "ctrl-C"
    more(odd, Steered("budget", {"evals": 5000, "target": None}))
    with Run(odd) as run:
        assert run.state().why == "closed before it ended"
        assert (run.summary().budget.evals, run.summary().budget.target) == (5000, None)
