"""A language model as the recombination of an evolution strategy: EvoLLM (Lange, Tian & Tang 2024, *Large Language
Models As Evolution Strategies*, GECCO), on the numbers of programs or on arrays."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np

from speciate.core.errors import ProposalFailed
from speciate.core.protocols import Adopts, Context, Observer, Selector, View
from speciate.core.values import (
    CONSTRUCTION,
    FAILURE,
    FITNESS,
    JSON,
    Candidate,
    Closed,
    Digest,
    Evaluation,
    Failed,
    Genome,
    Id,
    Note,
    Outcome,
    Placed,
    Plan,
    Proposal,
    Started,
)
from speciate.llm.chat import Chat, Message, Speaker
from speciate.proposers.vectors import Vector, Vectors

from .asking import ASKING, Asking, ask, model_of
from .faults import EditFailed
from .members import TARGET, Array, Grid, Member, chosen, grid_of, levels, mean_in, told
from .prompting import Answer, Prompter
from .spaces import SHAPE, Shape, Space

SPACE, SIGMA, SHOWN, LOW, WIDTH = "space", "sigma", "generations", "low", "width"
NO_NEW = "no new numbers"
NUMBERS = "numbers"  # of a child, in its notes
TRIES = 8  # draws of a parent, before the best that has numbers is taken
LOOKED = 50  # of the best
KEPT = 40  # generations of one space
BARREN = 3  # tickets in a row without a child, after which a space is given up


class EvoLLM:
    """Selector and proposer: what the model is shown stands in the plan, what it says is where children are sampled.

    `select` takes a parent with numbers from its own selector, and of the generations that were sampled in the parent's
    space (all candidates that differ in nothing but their numbers) those to show. A space has one generation under way
    at a time, since the next builds on it. `propose` asks the model for the next
    mean, block by block, and samples children from an isotropic normal distribution around it, in units of each
    number's size. Blocks whose answer cannot be read keep the best member's numbers; that is noted as a failure by
    name, and the other blocks count. `observe` keeps the generations: how fit the children were, and by a generation
    without a gain a smaller sigma.

    Each child's notes hold the mean, and its own numbers. One ticket gives a generation: several evaluations.

    Args:
        selector: of the parents; the first is taken.
        vectors: reads and writes the numbers.
        prompter: has the templates `evollm` and `answer_vector`.
        asking: token limit, temperature, tries.
        shape: the strategy's numbers.
        remember: how many candidates and spaces are kept, the last used.
    """

    name: ClassVar[str] = "evollm"
    parents: ClassVar[int] = 1

    def __init__(
        self,
        selector: Selector[View],
        vectors: Vectors,
        prompter: Prompter,
        asking: Asking = ASKING,
        shape: Shape = SHAPE,
        *,
        remember: int = 1024,
    ) -> None:
        self.selector = selector
        self.vectors = vectors
        self.prompter = prompter
        self.asking = asking
        self.shape = shape
        self.remember = remember
        self._spaces: OrderedDict[Digest, Space] = OrderedDict()
        self._known: OrderedDict[Id, tuple[Genome, Evaluation]] = OrderedDict()

    # Deciding

    def select(self, view: View, rng: np.random.Generator) -> Plan | None:
        """A plan whose data holds the generations to show; None where the selector waits, or no candidate that it
        gives, nor any of the best, has numbers in a space that is not being searched."""
        plan: Plan | None = None
        for _ in range(TRIES):
            plan = self.selector.select(view, rng)
            if plan is None or not plan.parents:
                return None
            vector = self._vector(plan.parents[0])
            if vector is not None:
                return self._planned(plan, vector, view.fitness(plan.parents[0]))
        assert plan is not None, "the last of them"
        for id in view.parts[plan.island].top[:LOOKED]:
            vector = self._vector(id)
            if vector is not None:
                return self._planned(replace(plan, parents=(id,)), vector, view.fitness(id))
        return None

    def adopt(self, plan: Plan, fitness: float | None) -> Plan:
        """With other parents (`core.protocols.Adopts`) there is nothing to show: children are sampled around them."""
        if isinstance(self.selector, Adopts):
            plan = self.selector.adopt(plan, fitness)
        shown = (SPACE, SIGMA, SHOWN, LOW, WIDTH)
        return replace(plan, data={key: value for key, value in (plan.data or {}).items() if key not in shown})

    def _vector(self, id: Id) -> Vector | None:
        known = self._known.get(id)
        vector = self.vectors.read(*known) if known is not None else None
        space = self._spaces.get(vector.key) if vector is not None else None
        return None if space is not None and (space.under_way or space.barren >= BARREN) else vector

    def _planned(self, plan: Plan, vector: Vector, fitness: float) -> Plan:
        space = self._spaces.get(vector.key)
        data = {**(plan.data or {}), SPACE: vector.key, SIGMA: self.shape.sigma, FITNESS: fitness}
        plan = replace(plan, parents=plan.parents[:1])
        if space is None or len(space.generations) < self.shape.warmup:
            return replace(plan, data=data)
        generations = list(space.generations.values())
        if not any(np.array_equal(each.values, vector.values) for generation in generations for each in generation):
            generations.append([Member(vector.values, fitness)])
        shown = chosen(generations, self.shape.generations, self.shape.members)
        flat = [member for generation in shown for member in generation]
        grid = grid_of(flat, space.sigma * vector.scale)
        ranks = iter(levels([each.fitness for each in flat]))
        told_ = [[[next(ranks), grid.integers(each.values)] for each in generation] for generation in shown]
        data |= {SIGMA: space.sigma, SHOWN: told_, LOW: grid.low.tolist(), WIDTH: grid.width.tolist()}
        return replace(plan, data=data)

    # Working

    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        """A generation. Raises ProposalFailed for a parent without numbers, for a reply that is not whole ("model
        truncated"), and where every child is one that is there already."""
        parent = context.parents[0]
        evaluation = context.evaluations.get(parent.id)
        vector = self.vectors.read(parent.genome, evaluation)
        if vector is None:
            raise ProposalFailed("no numbers: the parent has none to search")
        data = context.plan.data or {}
        notes: dict[str, JSON] = {"operator": context.plan.operator, "edit": "numbers sampled around the parent's"}
        mean = vector.values
        if data.get(SPACE) == vector.key and SHOWN in data:
            mean, answered = await self._mean(context, data)
            said = "the model's mean" if answered else "the best member's"
            notes |= {"edit": f"numbers sampled around {said}", "model": model_of(context, self.asking)}
        notes["mean"] = mean.tolist()
        sigma = data.get(SIGMA, self.shape.sigma) * vector.scale
        made: dict[Digest, Proposal] = {}
        for drawn in mean + sigma * context.rng.standard_normal((self.shape.children, len(mean))):
            genome = self.vectors.write(parent.genome, drawn, evaluation)
            if genome is not None and genome.digest != parent.digest:
                values = self.vectors.rounded(parent.genome, drawn).tolist()
                made[genome.digest] = Proposal(genome, notes={**notes, NUMBERS: values})
        if not made:
            raise ProposalFailed(f"{NO_NEW}: all children have the parent's")
        return list(made.values())

    async def _mean(self, context: Context, data: Mapping[str, JSON]) -> tuple[Array, bool]:
        """The next mean, and whether the model gave any of it."""
        grid = Grid(np.array(data[LOW]), np.array(data[WIDTH]))
        best = data[SHOWN][-1][-1][1]
        mean: list[float] = []
        answered = False
        for first in range(0, len(best), self.shape.block):
            last = min(first + self.shape.block, len(best))
            chat = self._chat(data[SHOWN], first, last)
            try:
                mean += await self._block(context, chat, last - first)
                answered = True
            except EditFailed as failure:
                await context.note(Note(FAILURE, {"reason": failure.reason, "numbers": [first, last]}))
                mean += best[first:last]
        return grid.reals(mean), answered

    async def _block(self, context: Context, chat: Chat, count: int) -> list[float]:
        """Raises EditFailed with what the last of so many answers lacked."""
        model = model_of(context, self.asking)
        for left in reversed(range(self.asking.tries)):
            reply = await ask(context, model, chat)
            try:
                return mean_in(reply.text, count)
            except EditFailed as failure:
                if not left:
                    raise
                chat = self.prompter.again(chat, reply.text, failure)
        raise AssertionError("one answer at least is asked for")

    def _chat(self, shown: Sequence[Sequence[tuple[int, Sequence[int]]]], first: int, last: int) -> Chat:
        """The question alone: as in the paper, the model is not told what the numbers are for."""
        values = {"count": str(last - first), "members": told(shown, first, last)}
        values["target"] = f"Generation {len(shown) + 1}, whose mean has fitness {TARGET}:"
        values["answer"] = self.prompter.templates.parts(f"answer_{Answer.VECTOR}", values)["user"]
        parts = self.prompter.templates.parts(self.name, values)
        messages = tuple([Message(Speaker(head), text) for head, text in parts.items() if text])
        return Chat(messages, self.asking.most, self.asking.temperature, "mean")

    # Learning

    def observe(self, outcome: Outcome) -> None:
        """Keeps what was placed, and ends a generation when its ticket is over."""
        if isinstance(self.selector, Observer):
            self.selector.observe(outcome)
        data = outcome.plan.data
        key = data.get(SPACE) if isinstance(data, dict) else None
        if isinstance(outcome, Placed):
            self._placed(outcome, key)
        elif key is not None and isinstance(outcome, Started):
            self._space(key).under_way += 1
        elif key is not None and isinstance(outcome, Closed | Failed):
            self._ended(self._space(key), outcome)

    def _placed(self, outcome: Placed, key: Digest | None) -> None:
        candidate, evaluation = outcome.candidate, outcome.evaluation
        for parent in outcome.plan.parents:
            if parent in self._known:
                self._known.move_to_end(parent)
        if not evaluation.ok or evaluation.fitness is None:
            return
        artifacts = {name: text for name, text in evaluation.artifacts.items() if name == CONSTRUCTION}
        small = replace(evaluation, artifacts=artifacts, cases=(), feedback="")
        self._known[candidate.id] = (candidate.genome, small)
        if len(self._known) > self.remember:
            self._known.popitem(last=False)
        values = self._values(candidate, small) if key is not None else None
        if key is not None and values is not None:
            member = Member(values, evaluation.fitness)
            self._space(key).generations.setdefault(outcome.ticket, []).append(member)

    def _values(self, candidate: Candidate, evaluation: Evaluation) -> Array | None:
        """As they were sampled: written down, `x - -1` is another program, `x + 1`. An array that was polished is what
        it has become."""
        if self.vectors.language.construction:
            vector = self.vectors.read(candidate.genome, evaluation)
            return None if vector is None else vector.values
        drawn = candidate.notes.get(NUMBERS) if isinstance(candidate.notes, dict) else None
        return None if drawn is None else np.array(drawn, float)

    def _ended(self, space: Space, outcome: Closed | Failed) -> None:
        space.under_way = max(space.under_way - 1, 0)
        generation = space.generations.get(outcome.ticket)
        if generation is None:
            models = isinstance(outcome, Failed) and not outcome.reason.startswith(NO_NEW)  # fault, not the space's
            space.barren += not models
            return
        space.barren = 0
        reached = max(each.fitness for each in generation)
        before = max(space.best, (outcome.plan.data or {}).get(FITNESS, -np.inf))
        space.best = max(before, reached)
        if not reached > before:
            space.sigma *= self.shape.decay
            if space.sigma < self.shape.least:
                space.sigma = self.shape.sigma
        if len(space.generations) > KEPT:
            worst = min(space.generations, key=lambda at: max(each.fitness for each in space.generations[at]))
            del space.generations[worst]

    def _space(self, key: Digest) -> Space:
        space = self._spaces.get(key)
        if space is None:
            space = self._spaces[key] = Space(self.shape.sigma)
            if len(self._spaces) > self.remember:
                self._spaces.popitem(last=False)
        self._spaces.move_to_end(key)
        return space
