"""One short run of a recipe against a model that says the same at every run, as text: the prompts that it wrote and
the events in their order. What golden files hold, for any recipe."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import anyio

from speciate import recipes
from speciate.core.budget import Budget
from speciate.core.events import (
    Called,
    CandidatePlaced,
    Evaluated,
    Event,
    NoteTaken,
    Probed,
    Proposed,
    TicketClosed,
    TicketFailed,
    TicketStarted,
)
from speciate.core.loop import Settings, evolve
from speciate.core.problem import Problem
from speciate.core.protocols import Evaluator
from speciate.core.values import BEST_SHOWN, FITNESS, JSON, MODEL, Plan, canonical
from speciate.llm.chat import Chat, Embed, Finish, Reply, Usage
from speciate.testing import InProcess, MemoryStore
from speciate.testing.model_server.embedding import vector

from .regression import Regression

PROBLEM = replace(Regression.problem, statement="Write f(x) so that it follows an unknown curve from -2 to 2.")
FORMAT = re.compile(r"Answer format: (\w+)")
RETURN = re.compile(r"^    return .*$", re.MULTILINE)
Says = Callable[[Chat, int], str]


def formula(number: int) -> str:
    """What the n-th answer has for a body: mostly another polynomial, every fifth time one that fails when it runs."""
    if number % 5 == 4:
        return "    return x / 0"
    a, b, c = number % 4 - 0.5, number % 3 - 1.5, number % 7 / 2
    return f"    return {a} * x * x + {b} * x + {c}"


def diff(chat: Chat, number: int) -> str:
    """The last return of the conversation's program, replaced; every seventh time one that is not there."""
    old = RETURN.findall(chat.messages[1].text)[-1] if number % 7 != 6 else "    return nowhere"
    return f"Another curve.\n<<<<<<< SEARCH\n{old}\n=======\n{formula(number)}\n>>>>>>> REPLACE\n"


def rewrite(chat: Chat, number: int) -> str:
    return f"Anew.\n```python\ndef f(x: float) -> float:\n{formula(number)}\n```\n"


def ideas(chat: Chat, number: int) -> str:
    listed = f"1. Form {number % 4}: a curve of the second degree\n2. Slope {number % 3}: another one"
    return f"Ideas:\n{listed}\n\nThoughts: as follows. {rewrite(chat, number)}"


def next_mean(chat: Chat, number: int) -> str:
    """As many whole numbers as are asked for, every fifth time a number too few."""
    asked = re.search(r"JSON list of (\d+) whole numbers", chat.messages[0].text)
    count = int(asked[1]) if asked is not None else 1
    return f"{[400 * number % 1100 + 50 * each for each in range(count - (number % 5 == 4))]}"


SAYS: Mapping[str, Says] = {
    "diff": diff,
    "rewrite": rewrite,
    "ideas": ideas,
    "completion": lambda chat, number: f"{formula(number)}\n",
    "verdict": lambda chat, number: "NOT NOVEL: the same form" if number % 2 else "NOVEL: another form",
    "items": lambda chat, number: f"1. Advice {number}, the first.\n2. Advice {number}, the second.",
    "text": lambda chat, number: f"1. Advice {number}, the first.\n2. Advice {number}, the second.",
}


class FixedModel:
    """Answers the n-th question in a format by `says[format](chat, n)`, whatever else the prompt says, so that a
    template's wording changes no event; every ninth answer is cut off. Vectors are of the texts."""

    def __init__(self, says: Mapping[str, Says]) -> None:
        self._says = says
        self._asked: Counter[str] = Counter()

    async def complete(self, model: str, prompt: JSON) -> JSON:
        if "embed" in prompt:
            return Reply(model=model, vectors=tuple(map(vector, Embed.of(prompt).texts))).as_json()
        chat = Chat.of(prompt)
        found = FORMAT.search("\n".join(each.text for each in chat.messages))
        asked = found[1] if found is not None else "text"
        number = self._asked[asked]
        self._asked[asked] += 1
        if number % 9 == 8:
            return Reply("I", Finish.LENGTH, model, Usage(100, 50)).as_json()
        return Reply(self._says[asked](chat, number), model=model, usage=Usage(100, 20)).as_json()


@dataclass(frozen=True)
class Run:
    """What is run: a recipe's settings by key, on a problem. `says` answers further formats, or others than here."""

    settings: Mapping[str, JSON] = field(default_factory=dict)
    evals: int = 30
    says: Mapping[str, Says] = field(default_factory=dict)
    problem: Problem = PROBLEM
    evaluator: Callable[[], Evaluator] = Regression


def texts(name: str, run: Run) -> dict[str, str]:
    """The golden files of a recipe by name: `events.txt`, and of each kind of prompt the last one of the run, when a
    recipe has most to say (`diff.txt`, `diff-retry.txt`: the operator, and what for if not to propose)."""
    events = logged(name, run)
    files = {"events.txt": "".join(f"{line}\n" for line in map(_line, events) if line)}
    operators = {event.ticket: event.plan.operator for event in events if isinstance(event, TicketStarted)}
    for event in events:
        if isinstance(event, Called) and "embed" not in event.prompt:
            chat = Chat.of(event.prompt)
            what = "" if chat.purpose in ("", "propose", operators[event.ticket]) else f"-{chat.purpose}"
            files[f"{operators[event.ticket]}{what}.txt"] = "\n".join(
                f"[{each.speaker.value}]\n{each.text}\n" for each in chat.messages
            )
    return files


def logged(name: str, run: Run) -> Sequence[Event]:
    """The run's events. One ticket is open at a time, so that the n-th answer is the same one's at every run."""
    recipe = recipes.load(name, run.problem, {"models": ["one", "two"], **run.settings})
    store = MemoryStore()

    async def go() -> None:
        settings = Settings(seed=1, ordered=True, budget=Budget(evals=run.evals))
        model = FixedModel({**SAYS, **run.says})
        once = replace(recipe, in_flight=1)
        await evolve(run.problem, once, store, InProcess(run.evaluator()), settings=settings, model=model)

    anyio.run(go)
    return [event for turn in store.read() for event in turn.events]


def _line(event: Event) -> str:
    """An event in one line, "" for those that say nothing of a recipe."""
    match event:
        case TicketStarted(ticket, plan):
            return ", ".join(_planned(ticket, plan))
        case Called(ticket=ticket, model=model, prompt=prompt, reply=reply):
            purpose = "embed" if "embed" in prompt else Chat.of(prompt).purpose
            return f"{ticket}   called {model} to {purpose}: {reply['finish']}"
        case Proposed(ticket=ticket, candidate=candidate, rejected=rejected, new=new):
            what = f"{ticket}   proposed {candidate.id} of {_ids(candidate.parents)}" + ("" if new else " again")
            return f"{what}: {rejected}" if rejected else what
        case Evaluated(ticket=ticket, candidate=id, evaluation=found) | Probed(ticket=ticket, n=id, evaluation=found):
            score = "" if found.fitness is None else f" {found.fitness:.4g}"
            return f"{ticket}   evaluated {id}: {found.status}{score}"
        case CandidatePlaced(ticket=ticket, candidate=id, placement=placement, gain=gain):
            where = "" if placement.where is None else f" {canonical(placement.where)}"
            changes = "" if placement.changes is None else f" {canonical(placement.changes)}"
            return f"{ticket}   placed {id}: {placement.change}{where}{changes}" + (", the best" if gain else "")
        case NoteTaken(ticket=ticket, note=note):
            return f"{ticket}   noted {note.topic}: {canonical(note.data)}"
        case TicketFailed(ticket=ticket, reason=reason):
            return f"{ticket}   failed: {reason}"
        case TicketClosed(ticket=ticket):
            return f"{ticket}   closed"
        case _:
            return ""


def _planned(ticket: int, plan: Plan) -> Iterator[str]:
    data = dict(plan.data or {})
    yield f"{ticket} {plan.kind} {plan.operator} on {plan.island} of {_ids(plan.parents)}"
    if FITNESS in data:
        yield f"from {data.pop(FITNESS):.4g}"
    if MODEL in data:
        yield f"by {data.pop(MODEL)}"
    best = data.pop(BEST_SHOWN, 0)
    if plan.inspirations:
        yield f"shown {_ids(plan.inspirations)}, {best} as best"
    if data:
        yield f"with {canonical(data)}"
    if plan.notes:
        yield f"knowing {canonical(plan.notes)}"


def _ids(ids: Sequence[int]) -> str:
    return " ".join(map(str, ids)) or "none"
