"""Small recipes with the shape of published methods: what the loop must carry without knowing any of them.

Genomes are vectors of integers, scored by their distance to a point. Every toy is a function that returns fresh
roles, so that a log can be folded into new ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio.lowlevel
import numpy as np

from speciate.core.budget import Budget
from speciate.core.errors import ProposalFailed
from speciate.core.problem import Problem, Recipe
from speciate.core.protocols import Context
from speciate.core.values import (
    JSON,
    Candidate,
    Change,
    Evaluation,
    Genome,
    Id,
    Note,
    Outcome,
    Placed,
    Placement,
    Plan,
    Proposal,
    Request,
    Status,
)

DIM = 4
GOAL = 7


def vector(values: Sequence[int]) -> Genome:
    return Genome("vector", data=[int(v) for v in values])


def mutate(values: Sequence[int], rng: np.random.Generator, width: int = 2) -> list[int]:
    child = list(values)
    child[int(rng.integers(len(child)))] += int(rng.integers(-width, width + 1))
    return child


@dataclass
class Jitter:
    """Lets other tasks run for a number of steps that differs from run to run: timing, without a clock."""

    seed: int = 0
    most: int = 7

    def __post_init__(self) -> None:
        self._rng = np.random.default_rng(self.seed)

    async def wait(self) -> None:
        for _ in range(int(self._rng.integers(self.most)) if self.most else 0):
            await anyio.lowlevel.checkpoint()


class Distance:
    """The evaluator: per coordinate -(x - GOAL)², the score their sum. Answers what the other toys ask for too."""

    def __init__(self, jitter: Jitter) -> None:
        self.jitter = jitter
        self.count = 0

    async def evaluate(self, candidate: Candidate, request: Request, others: Sequence[Candidate]) -> Evaluation:
        await self.jitter.wait()
        self.count += 1
        data: list[int] = candidate.genome.data
        if request.stage == "self":
            return Evaluation(Status.OK, artifacts={"child": str(mutate(data, np.random.default_rng(request.seed))[0])})
        if others:
            score = float(sum(data) > sum(others[0].genome.data))
            return Evaluation(Status.OK, {"win": score})
        if sum(data) % 11 == 10:
            return Evaluation(Status.CRASHED, feedback="a sum of 10, 21, ... crashes")
        cases = [-float((x - GOAL) ** 2) for x in data]
        picked = cases if request.cases is None else [cases[i] for i in request.cases]
        return Evaluation(Status.OK, {"score": sum(picked)}, tuple(picked))


class Echo:
    """The model: answers with a number that depends on the prompt alone; counts what it was asked."""

    def __init__(self, jitter: Jitter) -> None:
        self.jitter = jitter
        self.asked: list[str] = []

    async def complete(self, model: str, prompt: JSON) -> JSON:
        await self.jitter.wait()
        self.asked.append(f"{model} {prompt}")
        return {"delta": (sum(map(ord, str(prompt))) % 5) - 2, "cost": {"usd": 0.01, "tokens": 10}}


@dataclass
class Bag:
    """A population: everything valid, best first by score then id; small enough here to sort."""

    kept: dict[Id, float] = field(default_factory=dict)
    rows: dict[Id, tuple[float, ...]] = field(default_factory=dict)
    size: int = 1000

    @property
    def ranked(self) -> list[Id]:
        return sorted(self.kept, key=lambda id: (-self.kept[id], id))

    @property
    def best(self) -> Id | None:
        return self.ranked[0] if self.kept else None

    def fitness(self, id: Id) -> float:
        return self.kept[id]

    def admits(self, candidate: Candidate) -> str | None:
        return "too large" if max(candidate.genome.data) > 50 else None

    def add(
        self, candidate: Candidate, request: Request, evaluation: Evaluation, at: float, rng: np.random.Generator
    ) -> Placement:
        if evaluation.fitness is None:
            return Placement(Change.KEPT_OUT)
        change = Change.UPDATED if candidate.id in self.kept else Change.ADDED
        self.kept[candidate.id] = evaluation.fitness
        self.rows[candidate.id] = evaluation.cases
        gone = tuple(self.ranked[self.size :])
        for id in gone:
            del self.kept[id], self.rows[id]
        return Placement(change, gone)

    def view(self) -> Bag:
        return self


class PickOne:
    """A tournament of two among the kept."""

    def select(self, view: Bag, rng: np.random.Generator) -> Plan | None:
        if not view.kept:
            return None
        ids = sorted(view.kept)
        pair = [ids[int(rng.integers(len(ids)))] for _ in range(2)]
        return Plan(parents=(max(pair, key=lambda id: (view.kept[id], -id)),), operator="mutate")


class Mutate:
    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        return [Proposal(vector(mutate(context.parents[0].genome.data, context.rng)))]


class Several:
    """FunSearch: many samples of one prompt; the proposals of a ticket are evaluated side by side."""

    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        return [Proposal(vector(mutate(context.parents[0].genome.data, context.rng, 4))) for _ in range(3)]


@dataclass
class Resetting(Bag):
    """FunSearch: now and then the worse half is thrown away, by time and chance that are arguments."""

    last: float = 0.0

    def add(
        self, candidate: Candidate, request: Request, evaluation: Evaluation, at: float, rng: np.random.Generator
    ) -> Placement:
        placement = super().add(candidate, request, evaluation, at, rng)
        if at - self.last < 10 or len(self.kept) < 4:
            return placement
        self.last = at
        ranked = self.ranked
        gone = tuple(ranked[len(ranked) // 2 + int(rng.integers(2)) :])
        for id in gone:
            del self.kept[id], self.rows[id]
        return Placement(placement.change, gone, changes={"reset": len(gone)})


class Bandit:
    """ShinkaEvolve: the model is the arm, drawn in `select`; a prompt is drawn again if the child is not novel."""

    def __init__(self) -> None:
        self.pays = {"small": 1.0, "large": 1.0}

    def select(self, view: Bag, rng: np.random.Generator) -> Plan | None:
        plan = PickOne().select(view, rng)
        if plan is None:
            return None
        total = sum(self.pays.values())
        arm = "small" if rng.random() < self.pays["small"] / total else "large"
        return Plan(parents=plan.parents, operator=arm, data={"share": self.pays[arm] / total})

    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        parent = context.parents[0].genome.data
        for attempt in range(3):
            prompt = [parent, int(context.rng.integers(99)), attempt]
            reply = await context.call(context.plan.operator, prompt)
            child = mutate(parent, context.rng)
            child[0] += reply["delta"]
            if child != parent:
                return [Proposal(vector(child), notes={"attempt": attempt})]
        raise ProposalFailed("three replies changed nothing")

    def observe(self, outcome: Outcome) -> None:
        if isinstance(outcome, Placed) and outcome.plan.operator in self.pays:
            gain = 1.0 if outcome.placement.change is Change.ADDED else 0.0
            self.pays[outcome.plan.operator] = 0.9 * self.pays[outcome.plan.operator] + 0.1 * (gain + 0.1)


class Gate:
    """GEPA: a child must beat its parent on a minibatch, evaluated on the way, before it is proposed."""

    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        parent = context.parents[0]
        cases = tuple(sorted({int(i) for i in context.rng.integers(DIM, size=2)}))
        child = vector(mutate(parent.genome.data, context.rng, 3))
        before = await context.evaluate(parent.genome, Request(cases=cases))
        after = await context.evaluate(child, Request(cases=cases))
        if after.fitness is None or before.fitness is None or after.fitness <= before.fitness:
            raise ProposalFailed(f"no better on cases {cases}")
        return [Proposal(child)]


class Generations:
    """A plain evolution strategy: select waits until the whole generation is back, whatever became of each."""

    def __init__(self, size: int = 6) -> None:
        self.size = size
        self.mean: list[float] = [0.0] * DIM
        self.started = 0
        self.ended = 0
        self.batch: list[tuple[int, float, list[int]]] = []

    def select(self, view: Bag, rng: np.random.Generator) -> Plan | None:
        if self.started == self.size:
            return None
        draw = [round(m + float(z)) for m, z in zip(self.mean, rng.normal(0, 2, DIM), strict=True)]
        return Plan(operator="es", data={"vector": draw})

    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        return [Proposal(vector(context.plan.data["vector"]))]

    def observe(self, outcome: Outcome) -> None:
        if outcome.plan.operator != "es":
            return
        kind = type(outcome).__name__
        self.started += kind == "Started"
        if isinstance(outcome, Placed) and outcome.evaluation.fitness is not None:
            self.batch.append((outcome.ticket, outcome.evaluation.fitness, outcome.candidate.genome.data))
        self.ended += kind in ("Closed", "Failed")
        if self.ended == self.size:
            ranked = sorted(sorted(self.batch), key=lambda row: -row[1])[: self.size // 2]  # by ticket, then score
            if ranked:
                self.mean = [sum(row[2][i] for row in ranked) / len(ranked) for i in range(DIM)]
            self.started = self.ended = 0
            self.batch = []


class Agents:
    """CORAL: two agents, each one ticket of many steps; they look, ask a model, submit and take notes."""

    def __init__(self, agents: int = 2) -> None:
        self.agents = agents
        self.running: list[int] = []
        self.notes: list[JSON] = []
        self.scores: dict[Id, float] = {}

    def select(self, view: Bag, rng: np.random.Generator) -> Plan | None:
        if not view.kept or len(self.running) == self.agents:
            return None
        return Plan(kind="session", parents=(view.best,) if view.best is not None else (), operator="agent")

    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        current = list(context.parents[0].genome.data)
        for step in range(12):
            board = await context.look({"leaderboard": 1})
            if board and step % 4 == 3:
                current = list(context.genome(board[0]).data)
            reply = await context.call("coder", [context.ticket, step, current])
            child = mutate(current, context.rng)
            child[1] += reply["delta"]
            outcome = await context.submit(Proposal(vector(child)))
            if isinstance(outcome, Placed):
                current = child
                await context.note(Note("tried", {"id": outcome.candidate.id, "step": step}))
        return ()

    def recall(self, plan: Plan) -> JSON:
        return {"notes": len(self.notes)}

    def answer(self, question: JSON) -> JSON:
        return sorted(self.scores, key=lambda id: (-self.scores[id], id))[: question["leaderboard"]]

    def observe(self, outcome: Outcome) -> None:
        kind = type(outcome).__name__
        if kind == "Started":
            self.running.append(outcome.ticket)
        elif kind in ("Closed", "Failed") and outcome.ticket in self.running:
            self.running.remove(outcome.ticket)
        elif kind == "Noted":
            self.notes.append(getattr(outcome, "note").data)  # noqa: B009
        elif isinstance(outcome, Placed) and outcome.evaluation.fitness is not None:
            self.scores[outcome.candidate.id] = outcome.evaluation.fitness


class Trainer:
    """TTT-Discover: groups of rollouts of one parent; when a group is complete, a ticket that trains on it and
    yields no candidate but a Note, the new weights. The weights' version stands in every plan."""

    def __init__(self, group: int = 4) -> None:
        self.group = group
        self.step = 0.0
        self.version = 0
        self.parent: Id | None = None
        self.members = 0
        self.open: list[int] = []
        self.rewards: list[tuple[int, float]] = []

    def select(self, view: Bag, rng: np.random.Generator) -> Plan | None:
        if not view.kept:
            return None
        data: dict[str, Any] = {"version": self.version, "step": self.step}
        if self.members < self.group:
            parent = view.best if self.parent is None else self.parent
            assert parent is not None
            return Plan(kind="rollout", parents=(parent,), operator="policy", data=data)
        if self.open:
            return None
        data["rewards"] = [reward for _, reward in sorted(self.rewards)]
        return Plan(kind="train", operator="train", data=data)

    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        data = context.plan.data
        if context.plan.kind == "train":
            rewards = data["rewards"] or [0.0]
            await context.call("trainer", data)
            return [Note("weights", {"version": data["version"] + 1, "step": data["step"] + max(rewards) * 0.01})]
        child = mutate(context.parents[0].genome.data, context.rng, 2 + abs(round(data["step"])) % 3)
        return [Proposal(vector(child))]

    def observe(self, outcome: Outcome) -> None:
        kind = type(outcome).__name__
        if outcome.plan.kind == "train":
            if kind == "Started":
                self.open.append(outcome.ticket)
            elif kind == "Noted":
                data = getattr(outcome, "note").data  # noqa: B009
                self.version, self.step = data["version"], data["step"]
                self.members, self.rewards, self.parent = 0, [], None
            elif kind == "Closed":
                self.open.remove(outcome.ticket)
        elif outcome.plan.kind == "rollout":
            if kind == "Started":
                self.members += 1
                self.parent = outcome.plan.parents[0]
                self.open.append(outcome.ticket)
            elif isinstance(outcome, Placed):
                self.rewards.append((outcome.ticket, outcome.evaluation.fitness or 0.0))
            elif kind in ("Closed", "Failed"):
                self.open.remove(outcome.ticket)


class SelfEditing:
    """DGM: the parent's own code writes the child: it runs in the sandbox through the probe door."""

    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        parent = context.parents[0]
        ran = await context.evaluate(parent.genome, Request(stage="self", seed=int(context.rng.integers(99))))
        child = [int(ran.artifacts["child"]), *parent.genome.data[1:]]
        return [Proposal(vector(mutate(child, context.rng)))]


@dataclass
class TwoSpecies:
    """AEGIS: attackers and defenders, each scored against the other's best; the oldest score is taken again."""

    scores: dict[str, dict[Id, float]] = field(default_factory=lambda: {"a": {}, "d": {}})
    ages: dict[Id, int] = field(default_factory=dict)
    clock: int = 0

    @property
    def best(self) -> Id | None:
        ranked = sorted(self.scores["a"], key=lambda id: (-self.scores["a"][id], id))
        return ranked[0] if ranked else None

    def fitness(self, id: Id) -> float:
        return self.scores["a"][id]

    def admits(self, candidate: Candidate) -> str | None:
        return None

    def add(
        self, candidate: Candidate, request: Request, evaluation: Evaluation, at: float, rng: np.random.Generator
    ) -> Placement:
        species = candidate.species or "ad"[candidate.id % 2]
        known = candidate.id in self.ages
        self.clock += 1
        self.ages[candidate.id] = self.clock
        self.scores[species][candidate.id] = evaluation.fitness or 0.0
        return Placement(Change.UPDATED if known else Change.ADDED, changes={"age": self.clock})

    def view(self) -> TwoSpecies:
        return self

    def select(self, view: TwoSpecies, rng: np.random.Generator) -> Plan | None:
        if not all(view.scores.values()):
            return None
        species = "ad"[int(rng.integers(2))]
        rivals = view.scores["d" if species == "a" else "a"]
        rival = min(rivals, key=lambda id: (-rivals[id], id))
        mine = view.scores[species]
        if rng.random() < 0.3:
            oldest = min(mine, key=lambda id: (view.ages[id], id))
            return Plan("again", (oldest,), operator="again", data={"species": species, "rival": rival})
        parent = sorted(mine)[int(rng.integers(len(mine)))]
        return Plan("child", (parent,), operator="mutate", data={"species": species, "rival": rival})

    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        data, parent = context.plan.data, context.parents[0]
        request = Request(against=(data["rival"],))
        if context.plan.kind == "again":
            return [Proposal(of=parent.id, request=request)]
        return [Proposal(vector(mutate(parent.genome.data, context.rng)), species=data["species"], request=request)]


@dataclass
class Elo:
    """AI co-scientist: matches between known candidates; the rating lives in the population and moves two at once."""

    ratings: dict[Id, float] = field(default_factory=dict)

    @property
    def best(self) -> Id | None:
        return min(self.ratings, key=lambda id: (-self.ratings[id], id)) if self.ratings else None

    def fitness(self, id: Id) -> float:
        return self.ratings[id]

    def admits(self, candidate: Candidate) -> str | None:
        return None

    def add(
        self, candidate: Candidate, request: Request, evaluation: Evaluation, at: float, rng: np.random.Generator
    ) -> Placement:
        if not request.against:
            self.ratings[candidate.id] = 1200.0
            return Placement(Change.ADDED)
        rival = request.against[0]
        expected = 1 / (1 + 10 ** ((self.ratings[rival] - self.ratings[candidate.id]) / 400))
        step = 32 * (evaluation.scores["win"] - expected)
        self.ratings[candidate.id] += step
        self.ratings[rival] -= step
        return Placement(Change.UPDATED, changes={str(rival): self.ratings[rival]})

    def view(self) -> Elo:
        return self

    def select(self, view: Elo, rng: np.random.Generator) -> Plan | None:
        ids = sorted(view.ratings)
        if len(ids) < 2 or rng.random() < 0.4:
            return Plan("child", (ids[int(rng.integers(len(ids)))],), operator="mutate") if ids else None
        one, two = (ids[int(i)] for i in rng.choice(len(ids), 2, replace=False))
        return Plan("match", (one, two), operator="match")

    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        parents = context.parents
        if context.plan.kind == "match":
            return [Proposal(of=parents[0].id, request=Request(against=(parents[1].id,)))]
        return [Proposal(vector(mutate(parents[0].genome.data, context.rng)))]


@dataclass
class Niches(Bag):
    """M2N2: a matrix of scores per case; a candidate's worth is its share of each case, so all change at each add."""

    def add(
        self, candidate: Candidate, request: Request, evaluation: Evaluation, at: float, rng: np.random.Generator
    ) -> Placement:
        if not evaluation.ok:
            return Placement(Change.KEPT_OUT)
        self.rows[candidate.id] = evaluation.cases
        table = {id: [1 / (1 - case) for case in row] for id, row in sorted(self.rows.items())}
        sums = [sum(row[i] for row in table.values()) for i in range(DIM)]
        self.kept = {id: sum(x * x / s for x, s in zip(row, sums, strict=True)) for id, row in table.items()}
        gone = tuple(self.ranked[6:])
        for id in gone:
            del self.kept[id], self.rows[id]
        return Placement(Change.ADDED, gone, changes={str(id): round(worth, 9) for id, worth in self.kept.items()})


class Attraction:
    """M2N2: the mate depends on the first parent: it is strong where the other is weak."""

    def select(self, view: Niches, rng: np.random.Generator) -> Plan | None:
        if not view.kept:
            return None
        ids = sorted(view.kept)
        first = ids[int(rng.integers(len(ids)))]
        pull = {id: sum(max(0.0, b - a) for a, b in zip(view.rows[first], view.rows[id], strict=True)) for id in ids}
        return Plan(parents=(first, max(ids, key=lambda id: (pull[id], -id))), operator="merge")

    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        one, two = (parent.genome.data for parent in context.parents)
        split = int(context.rng.integers(DIM + 1))
        return [Proposal(vector(mutate([*one[:split], *two[split:]], context.rng)))]


@dataclass(frozen=True)
class Toy:
    """A toy's fresh parts. `in_flight` is its own; the budget is small enough for many runs."""

    problem: Problem
    recipe: Recipe


def _toy(
    name: str, selector: Any, proposer: Any, population: Any, memory: Any = None, seeds: int = 1, in_flight: int = 4
) -> Toy:
    genomes = tuple(vector([i, 0, 1, 2]) for i in range(seeds))
    problem = Problem("toy", genomes, budget=Budget(evals=60), digest="toy")
    return Toy(problem, Recipe(name, selector, proposer, population, memory, in_flight))


def _both(name: str, role: Any, population: Any = None, **kwargs: Any) -> Toy:
    return _toy(name, role, role, Bag() if population is None else population, **kwargs)


def _agents() -> Toy:
    role = Agents()
    return _toy("coral", role, role, Bag(), role)


def _species() -> Toy:
    role = TwoSpecies()
    return _toy("aegis", role, role, role, seeds=2)


def _elo() -> Toy:
    role = Elo()
    return _toy("elo", role, role, role, seeds=2)


TOYS: Mapping[str, Callable[[], Toy]] = {
    "random": lambda: _toy("random", PickOne(), Mutate(), Bag()),
    "bounded": lambda: _toy("bounded", PickOne(), Mutate(), Bag(size=5), in_flight=7),
    "funsearch": lambda: _toy("funsearch", PickOne(), Several(), Resetting()),
    "shinka": lambda: _both("shinka", Bandit()),
    "gepa": lambda: _toy("gepa", PickOne(), Gate(), Bag()),
    "generations": lambda: _both("generations", Generations()),
    "coral": _agents,
    "ttt": lambda: _both("ttt", Trainer()),
    "dgm": lambda: _toy("dgm", PickOne(), SelfEditing(), Bag()),
    "aegis": _species,
    "elo": _elo,
    "m2n2": lambda: _both("m2n2", Attraction(), Niches()),
}
