"""What people have asked of a run while it works: one value, folded from Steered events like the rest of the ledger.

Hints, pins and bans change which plans are made, and nothing else: a plan is recorded whole, so replay reads what was
decided and only folds what was asked. Bans and the hints of one lineage go by descent, which is found by walking up
from a candidate; each candidate is walked over once, and none that is older than what is looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from .events import Steered
from .protocols import Adopts
from .values import JSON, Candidate, Evaluation, Id, Plan
from .verbs import HINTED, PINNED_EVERY, Verb

Known: TypeAlias = Callable[[Id], tuple[Candidate, Evaluation | None]]

SUBMIT = "submit"  # the operator of what a person wrote
REDRAWS = 8  # of a plan with a banned parent, before the best that is not banned takes its place


@dataclass(frozen=True, slots=True)
class Hint:
    """A person's sentence for the next `left` tickets, or for those of them whose first parent descends from
    `lineage`."""

    text: str
    left: int
    lineage: Id | None = None


class Steering:
    """`known` finds a candidate of any age. Raises nothing: what makes no sense was refused before it came here."""

    def __init__(self, known: Known) -> None:
        self.paused = False
        self.hints: list[Hint] = []
        self.pins: list[Id] = []
        self.bans: list[Id] = []
        self._known = known
        self._descent: dict[Id, frozenset[Id]] = {}  # which of the roots a candidate descends from, once asked
        self._roots: frozenset[Id] = frozenset()

    # The fold

    def apply(self, event: Steered) -> None:
        """A command took effect. `refused` ones never come here."""
        args = event.args
        match event.verb:
            case Verb.PAUSE:
                self.paused = True
            case Verb.RESUME:
                self.paused = False
            case Verb.HINT:
                self.hints.append(Hint(args["text"], args.get("next") or HINTED, args.get("from")))
            case Verb.PIN:
                self.pins.append(args["id"])
            case Verb.UNPIN:
                self.pins.remove(args["id"])
            case Verb.BAN:
                self.bans.append(args["id"])
            case Verb.UNBAN:
                self.bans.remove(args["id"])
        self._look_for()

    def started(self, plan: Plan) -> None:
        """A ticket of a selector's plan was started: the hints that it carries are used up by one."""
        if not self.hints:
            return
        kept = [replace(hint, left=hint.left - 1) if self._meant(hint, plan) else hint for hint in self.hints]
        self.hints = [hint for hint in kept if hint.left > 0]
        if len(self.hints) < len(kept):
            self._look_for()

    # What it is asked

    def banned(self, id: Id) -> bool:
        """Whether it, or one that it descends from, is banned."""
        return bool(self.bans) and not self._from(id).isdisjoint(self.bans)

    def plan(
        self, ticket: int, draw: Callable[[int], Plan | None], instead: Callable[[], Sequence[Id]], selector: object
    ) -> Plan | None:
        """The plan of a ticket: what the selector draws (`draw`, by attempt), with pins and bans kept to. `instead`
        are candidates to take for banned ones, the best first."""
        plan = draw(0)
        if plan is None or not plan.parents or not (self.pins or self.bans):
            return plan
        pinned = self._pinned(ticket)
        if pinned is not None:
            parents = (pinned, *(id for id in plan.parents[1:] if id != pinned))
            plan = self._adopted(plan, parents + plan.parents[:1] * (len(plan.parents) - len(parents)), selector)
        attempt = 1
        while plan is not None and pinned is None and self._refused(plan) and attempt <= REDRAWS:
            plan = draw(attempt)
            attempt += 1
        return None if plan is None else self._cleared(plan, instead, selector)

    def noted(self, plan: Plan) -> Plan:
        """The plan with the hints that are meant for it, beside what memory recalled."""
        texts = [hint.text for hint in self.hints if self._meant(hint, plan)]
        if not texts:
            return plan
        recalled: JSON = plan.notes
        beside = dict(recalled) if isinstance(recalled, dict) else {} if recalled is None else {"recalled": recalled}
        return replace(plan, notes={**beside, "hints": texts})

    # Pieces

    def _pinned(self, ticket: int) -> Id | None:
        """Whose turn it is among the pinned: a ban outweighs a pin."""
        if ticket % PINNED_EVERY:
            return None
        pins = [id for id in self.pins if not self.banned(id)]
        return pins[ticket // PINNED_EVERY % len(pins)] if pins else None

    def _refused(self, plan: Plan) -> bool:
        return any(map(self.banned, plan.parents))

    def _cleared(self, plan: Plan, instead: Callable[[], Sequence[Id]], selector: object) -> Plan:
        """Banned parents replaced by the best that are neither banned nor parents already; banned inspirations
        dropped."""
        if not self.bans:
            return plan
        inspirations = tuple(id for id in plan.inspirations if not self.banned(id))
        if inspirations != plan.inspirations:
            plan = replace(plan, inspirations=inspirations)
        if not self._refused(plan):
            return plan
        allowed = [id for id in instead() if not self.banned(id)]
        fresh = [id for id in allowed if id not in plan.parents] or allowed
        parents = list(plan.parents)
        for index, id in enumerate(parents):
            if self.banned(id) and fresh:
                parents[index] = fresh.pop(0) if len(fresh) > 1 else fresh[0]
        return self._adopted(plan, tuple(parents), selector)

    def _adopted(self, plan: Plan, parents: tuple[Id, ...], selector: object) -> Plan:
        """The plan with other parents. A selector that put something about the old ones into its data is asked."""
        if parents == plan.parents:
            return plan
        plan = replace(plan, parents=parents)
        if not isinstance(selector, Adopts):
            return plan
        found = [evaluation.fitness for _, evaluation in map(self._known, parents) if evaluation is not None]
        return selector.adopt(plan, max((each for each in found if each is not None), default=None))

    def _meant(self, hint: Hint, plan: Plan) -> bool:
        return hint.lineage is None or (bool(plan.parents) and hint.lineage in self._from(plan.parents[0]))

    def _look_for(self) -> None:
        roots = frozenset(self.bans).union(hint.lineage for hint in self.hints if hint.lineage is not None)
        if roots != self._roots:
            self._roots = roots
            self._descent.clear()

    def _from(self, id: Id) -> frozenset[Id]:
        """Which of the roots it is or descends from. A child's id is above its parents', so nothing older than the
        oldest root is looked at."""
        if not self._roots:
            return self._roots
        oldest, found = min(self._roots), self._descent
        todo = [id]
        while todo:
            at = todo[-1]
            if at < oldest:
                found.setdefault(at, frozenset())
            if at in found:
                todo.pop()
                continue
            parents = [each for each in self._known(at)[0].parents if each < at]
            unknown = [each for each in parents if each >= oldest and each not in found]
            if unknown:
                todo += unknown
                continue
            mine = self._roots & {at}
            found[at] = mine.union(*(found.get(each, frozenset()) for each in parents))
        return found[id]
