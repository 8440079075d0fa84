"""What made a program better: a model's answer, kept as a note."""

from __future__ import annotations

from collections.abc import Sequence

from speciate.core.errors import ProposalFailed
from speciate.core.protocols import Context
from speciate.core.values import Note, Proposal

from .prompting import Answer
from .reflecting import Thinker
from .sizes import trimmed

TOPIC = "thought"  # as `memory.Thoughts` reads it
GAIN = "gain"  # the key of the plan's data with what the second program has over the first
LENGTH = 600  # tokens of a thought that are kept


class Think(Thinker):
    """The thought of Evolution of Thought (LLM Guided Evolution: Morris, Jurado & Zutty 2024). The plan's inspirations
    are two programs, the one that the other comes from first; the model is asked step by step why the second is better,
    and what it says is a note {"text", "seed", "child", "gain"}.
    """

    name = "think"

    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        """One note. Raises ProposalFailed where a program is missing (a person has banned it) or the model fails."""
        if len(context.inspirations) != 2:
            raise ProposalFailed(f"think: of a pair of programs there are {len(context.inspirations)}")
        seed, child = context.inspirations
        pair = self.prompter.programs((("# Before", seed), ("# After", child)), context)
        text = trimmed(await self.ask(context, "think", Answer.TEXT, parents=pair), LENGTH)
        data = context.plan.data if isinstance(context.plan.data, dict) else {}
        return [Note(TOPIC, {"text": text, "seed": seed.id, "child": child.id, GAIN: data.get(GAIN)})]
