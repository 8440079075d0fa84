"""A made-up run in which models are asked, notes are taken and recalled, islands exchange members and one is emptied,
and what a candidate wrote would harm a page that ran it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from speciate.core.events import (
    Called,
    CandidatePlaced,
    Evaluated,
    Event,
    NoteTaken,
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
    JSON,
    Candidate,
    Change,
    Cost,
    Evaluation,
    Genome,
    Note,
    Placement,
    Plan,
    Request,
    Status,
)
from speciate.testing.history import OPENED

HARM = (
    "</script><script>alert(1)</script> \x1b[31mred\x07 \u202egnp.exe\u202c \x9b1m \udcff <img src=x onerror=alert(1)>"
)
NAMED = f"{HARM[:30]}\udcfe.py"
ADVICE = "prefer shorter loops over the bins"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class _Story:
    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.at = 0.0

    def turn(self, *events: Event) -> None:
        self.at += 1.0
        self.turns.append(Turn(self.turns[-1].last + 1 if self.turns else 1, self.at, events))

    def made(self, id: int, parents: tuple[int, ...], operator: str, text: str, island: int = 0) -> Candidate:
        genome = Genome("text", {"seed.py": text, NAMED: HARM})
        return Candidate(id, genome.digest, genome, parents, operator, island, notes={"edit": HARM})


def _called(ticket: int, model: str, usd: float | None, seconds: float, **reply: JSON) -> Called:
    told = {"text": HARM, "finish": "stop", "model": model, "usage": [100, 20, 0, 0], **reply}
    prompt = {"messages": [{"role": "user", "content": HARM}]}
    return Called(ticket, "d" * 32, 0, model, prompt, told, Cost(seconds=seconds, tokens=120, usd=usd))


def _placed(ticket: int, id: int, island: int, cell: list[int], best: int, changes: JSON = None) -> Event:
    where = {"island": island, "cell": cell}
    placement = Placement(Change.ADDED, where=where, changes=changes)
    return CandidatePlaced(ticket, id, placement, "0" * 32, best, best == id)


def spoken() -> Iterator[Turn]:
    """Candidate 0 is the seed (5.0 %), 1 and 2 are of model "big" (4.0 and 4.5), 3 of "small" crashes, 4 is rejected, 5
    is of no model (3.0). Tickets 3 and 6 bring nothing."""
    story = _Story()
    seed = story.made(0, (), "seed", "x = 1\n", EVERYWHERE)
    story.turn(OPENED, TicketStarted(0, Plan("seed", operator="seed", island=EVERYWHERE)), Proposed(0, seed, Request()))
    ok = Evaluation(Status.OK, {"excess": -5.0}, (-5.0, -6.0), {"size": 0.1, "slack": 0.1}, cost=Cost(seconds=0.5))
    story.turn(Evaluated(0, 0, Request(), ok), _placed(0, 0, EVERYWHERE, [2, 2], 0), TicketClosed(0))
    story.turn(
        TicketStarted(1, Plan("reflect", operator="reflect")),
        _called(1, "big", 0.25, 2.0),
        NoteTaken(1, Note("scratchpad", {"recommendations": [ADVICE, HARM]})),
        TicketClosed(1),
    )
    for id, ticket, score, told in ((1, 2, -4.0, {"recommendation": ADVICE}), (2, 4, -4.5, None)):
        plan = Plan(parents=(0,), operator="diff", notes=told, data={"model": "big"})
        child = story.made(id, (0,), "diff", f"x = {id + 1}\n# sorted\n")
        story.turn(TicketStarted(ticket, plan), _called(ticket, "big", 0.5, 4.0, faults={"throttled": 2}))
        story.turn(Proposed(ticket, child, Request()))
        artifacts = {"plot.png": PIXEL, HARM[:40]: HARM}
        found = replace(ok, scores={"excess": score}, cases=(score, score - 1), feedback=HARM, artifacts=artifacts)
        moved = {"migrations": [{"id": 1, "from": 0, "to": 1, "change": "added"}]} if id == 1 else None
        story.turn(
            Evaluated(ticket, id, Request(), found), _placed(ticket, id, 0, [2, 3], 1, moved), TicketClosed(ticket)
        )
    story.turn(
        TicketStarted(3, Plan(parents=(0,), operator="diff", data={"model": "small"})),
        _called(3, "small", None, 0.1, finish="truncated"),
        TicketFailed(3, f"edit malformed: {HARM}"),
    )
    child = story.made(3, (1,), "rewrite", HARM)
    story.turn(TicketStarted(5, Plan(parents=(1,), operator="rewrite")), _called(5, "small", 0.0, 0.1))
    story.turn(Proposed(5, child, Request()))
    crashed = Evaluation(Status.CRASHED, feedback=f"ValueError: {HARM}, line 3", cost=Cost(seconds=2.0))
    kept_out = CandidatePlaced(5, 3, Placement(Change.KEPT_OUT), "0" * 32, 1, False)
    story.turn(Evaluated(5, 3, Request(), crashed), kept_out, TicketClosed(5))
    story.turn(TicketStarted(6, Plan(parents=(1,), operator="syntax")), TicketFailed(6, "no edit: nothing fits"))
    twin = story.made(4, (1,), "syntax", "x = 2\n# sorted\n")
    story.turn(
        TicketStarted(7, Plan(parents=(1,), operator="syntax")),
        Proposed(7, twin, Request(), rejected="duplicate of 1"),
        TicketClosed(7),
    )
    story.turn(Steered("hint", {"text": HARM}, "ada", 5))
    child = story.made(5, (1, 2), "syntax", "x = 6\n", 1)
    story.turn(TicketStarted(8, Plan(parents=(1, 2), operator="syntax", island=1)), Proposed(8, child, Request()))
    reset = {"resets": [{"island": 1, "founder": 1}]}
    best = replace(ok, scores={"excess": -3.0}, cases=(-3.0, -2.0))
    story.turn(Evaluated(8, 5, Request(), best), _placed(8, 5, 1, [2, 3], 5, reset), TicketClosed(8))
    story.turn(Stopped("evaluations"))
    yield from story.turns
