"""A problem, candidates and contexts that the tests of language models as operators share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import anyio

from speciate.core.errors import ProposalFailed
from speciate.core.problem import Direction, Limits, Objective, Problem
from speciate.core.protocols import Proposer
from speciate.core.values import JSON, Candidate, Evaluation, Id, Note, Plan, Proposal, Status
from speciate.genomes.text import python
from speciate.llm.chat import Chat, Finish, Reply, Usage
from speciate.proposers.llm.prompting import Prompter
from speciate.testing.fakes import FixedContext, ScriptedModel

GOLDEN = Path(__file__).parent / "golden"
SEED = '''import numpy as np

# EVOLVE-BLOCK-START
def priority(item: float, bins: np.ndarray) -> np.ndarray:
    """Best fit."""
    return item - bins
# EVOLVE-BLOCK-END
'''
BETTER = SEED.replace("item - bins", "-np.abs(bins - item - 3)")
OTHER = SEED.replace("item - bins", "np.log(1 + bins)")
PROBLEM = Problem(
    "packing",
    statement="Pack items into bins.\nWrite priority(item, bins).",
    objectives=(Objective("excess", Direction.MINIMIZE, "%", 2),),
    limits=Limits(seconds=2, memory=512 * 2**20),
    packages=("numpy",),
)


def candidate(id: Id, text: str = SEED) -> Candidate:
    genome = python(text, "seed.py")
    return Candidate(id, genome.digest, genome)


def good(excess: float, **more: object) -> Evaluation:
    """`excess` as the user has it: lower is better."""
    return Evaluation(Status.OK, {"excess": -excess}, **more)  # type: ignore[arg-type]


def reply(text: str, finish: Finish = Finish.STOP, **more: object) -> JSON:
    return Reply(text, finish, "m-1", Usage(100, 20), **more).as_json()  # type: ignore[arg-type]


def fence(code: str, why: str = "Better.") -> str:
    return f"{why}\n```python\n{code}```\n"


def context(
    parents: Sequence[Candidate],
    *answers: str | JSON,
    inspirations: Sequence[Candidate] = (),
    evaluations: Mapping[Id, Evaluation] | None = None,
    notes: JSON = None,
    data: Mapping[str, JSON] | None = None,
) -> FixedContext:
    plan = Plan(
        parents=tuple(each.id for each in parents),
        inspirations=tuple(each.id for each in inspirations),
        operator="arm",
        notes=notes,
        data={"model": "gpt-5-mini", **(data or {})},
    )
    model = ScriptedModel(*(reply(each) if isinstance(each, str) else each for each in answers)) if answers else None
    made = FixedContext(parents, plan, evaluations=evaluations, model=model)
    made.inspirations = tuple(inspirations)
    return made


def asked(made: FixedContext) -> list[Chat]:
    """The conversations that the model was shown."""
    model = made._model
    return [Chat.of(prompt) for _, prompt in model.prompts] if model else []


def propose(proposer: Proposer, made: FixedContext) -> Sequence[Proposal | Note] | str:
    """What came of it, or the reason why nothing did."""

    async def run() -> Sequence[Proposal | Note] | str:
        try:
            return await proposer.propose(made)
        except ProposalFailed as failure:
            return failure.reason

    return anyio.run(run)


def child(proposer: Proposer, made: FixedContext) -> Proposal:
    found = propose(proposer, made)
    assert not isinstance(found, str), found
    (only,) = found
    assert isinstance(only, Proposal)
    return only


def prompter() -> Prompter:
    return Prompter(PROBLEM)


def shown(chat: Chat) -> str:
    """A conversation as golden files have it."""
    return "\n".join(f"[{each.speaker.value}]\n{each.text}\n" for each in chat.messages)
