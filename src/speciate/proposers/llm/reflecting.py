"""Knowledge that a model makes in tickets of their own: the scratchpad's, and instructions to other tickets. What they
ask for is planned by a memory (`memory.Scratchpad`, `memory.Instructions`), which keeps the notes."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace

from speciate.core.errors import ProposalFailed
from speciate.core.protocols import Context
from speciate.core.values import JSON, Candidate, Note, Proposal

from .asking import ASKING, Asking, ask, model_of
from .faults import Fault
from .fences import said
from .prompting import Answer, Prompter
from .sizes import trimmed

SCRATCHPAD, INSTRUCTION = "scratchpad", "instruction"  # topics of notes, as the memories have them
MOST = 5  # recommendations
LONGEST = 400  # tokens of one item, and of an instruction; insights may have as many as a prompt has notes
_ITEM = re.compile(r"^\s*(?:\d{1,3}[.):]|[-*•])\s+(\S.*)$")


class Thinker(ABC):
    """A proposer of notes. A subclass asks as many questions as it needs, each by itself."""

    def __init__(self, prompter: Prompter, asking: Asking = ASKING) -> None:
        self.prompter = prompter
        self.asking = asking

    @abstractmethod
    async def propose(self, context: Context) -> Sequence[Proposal | Note]: ...

    async def ask(self, context: Context, template: str, answer: Answer, **more: str) -> str:
        """What the model says. Raises ProposalFailed where its reply is not whole, or says nothing."""
        chat = self.prompter.chat(template, context, answer, **more)
        chat = replace(chat, most=self.asking.most, temperature=self.asking.temperature, purpose=template)
        reply = await ask(context, model_of(context, self.asking), chat)
        text = said(reply.text).strip()
        if not text:
            raise ProposalFailed(f"model empty: it only thought about {template}")
        return text

    def programs(self, headed: Sequence[tuple[str, Candidate]], context: Context) -> str:
        """With their scores, the first in whole; "" for none."""
        return self.prompter.programs(headed, context).strip() if headed else ""


class Reflect(Thinker):
    """The three steps of ShinkaEvolve's meta scratchpad (Lange, Imajuku & Cetin 2025, section 3.3): summaries of the
    plan's new programs, insights from them and from what was known, recommendations from the insights. Each step is a
    call, and a note as soon as it is answered, so that a step which fails loses none before it.

    It differs in one thing: the summaries of a period are asked for in one call, not in one each.

    The plan's inspirations are the new programs and the best; its notes hold "insights" and "summaries" that wait.
    """

    name = "reflect"

    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        """The recommendations; what comes before is noted on the way. Raises ProposalFailed where a step has no
        answer, and UsageError where no model is named."""
        recalled = context.plan.notes if isinstance(context.plan.notes, dict) else {}
        new, best = self._shown(context)
        summaries = [*recalled.get("summaries", ())]
        if new:
            shown = self.programs([(f"# Program {at}", each) for at, each in enumerate(new, 1)], context)
            made = items(await self.ask(context, "summarise", Answer.ITEMS, programs=shown))
            await context.note(Note(SCRATCHPAD, {"summaries": made}))
            summaries += made
        top = self.programs([("# The best program so far", best)] if best else [], context)
        learned = self._learned({"Insights so far": recalled.get("insights"), "Summaries of programs": summaries})
        text = await self.ask(context, "insights", Answer.TEXT, programs=top, learned=learned)
        insights = trimmed(text, self.prompter.sizes.notes)
        await context.note(Note(SCRATCHPAD, {"insights": insights}))
        learned = self._learned({"Insights": insights})
        reply = await self.ask(context, "recommend", Answer.ITEMS, programs=top, learned=learned)
        return [Note(SCRATCHPAD, {"recommendations": items(reply)[:MOST]})]

    def _shown(self, context: Context) -> tuple[Sequence[Candidate], Candidate | None]:
        """The new programs, and the best; without those that a person has banned since."""
        data = context.plan.data or {}
        best = next((each for each in context.inspirations if each.id == data.get("best")), None)
        return [each for each in context.inspirations[: data.get("new", 0)] if each.genome.files], best

    def _learned(self, sections: Mapping[str, JSON]) -> str:
        return "\n\n".join(f"# {head}\n{_written(body)}" for head, body in sections.items() if body)


class Instruct(Thinker):
    """A new instruction in place of one of the archive (ShinkaEvolve's evolution of prompts). The plan's inspirations
    are the best programs; its notes hold the archive as "instructions", each {"text", "tries", "mean", "chosen"}."""

    name = "instruct"

    async def propose(self, context: Context) -> Sequence[Proposal | Note]:
        """One note {"text"}. Raises ProposalFailed where the model has no answer, and UsageError where none is
        named."""
        recalled = context.plan.notes if isinstance(context.plan.notes, dict) else {}
        shown = [(f"# One of the best programs, {at}", each) for at, each in enumerate(context.inspirations, 1)]
        programs = self.programs(shown, context)
        learned = "\n\n".join(map(_instruction, recalled.get("instructions", ())))
        reply = await self.ask(context, "instruct", Answer.TEXT, programs=programs, learned=learned)
        return [Note(INSTRUCTION, {"text": trimmed(reply, LONGEST)})]


def items(reply: str) -> list[str]:
    """The items of a list, numbered or not; lines that go on belong to the item before. Raises ProposalFailed where
    there is no list."""
    found: list[str] = []
    for line in reply.splitlines():
        item = _ITEM.match(line)
        if item is not None:
            found.append(item[1].strip())
        elif found and line.strip():
            found[-1] += f" {line.strip()}"
    if not found:
        raise ProposalFailed(f"{Fault.NO_LIST}: {' '.join(reply.split())[:120]}")
    return [trimmed(each, LONGEST) for each in found]


def _instruction(held: Mapping[str, JSON]) -> str:
    chosen = ", to be replaced" if held["chosen"] else ""
    brought = f"tried {held['tries']} times, mean improvement {held['mean']:.4g}"
    return f"# Instruction{chosen}: {brought}\n{held['text'] or '(no words beside the problem)'}"


def _written(body: JSON) -> str:
    return str(body) if isinstance(body, str) else "\n".join(f"- {each}" for each in body)
