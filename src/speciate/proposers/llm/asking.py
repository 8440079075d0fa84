"""How a model is asked until its answer is a child: reply by reply, each on record, a bounded number of times."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from speciate.core.errors import BudgetSpent, ProposalFailed, UsageError
from speciate.core.protocols import Context
from speciate.core.values import FAILURE, JSON, MODEL, TEMPERATURE, Candidate, Genome, Note, Proposal
from speciate.genomes.text import KIND, key_of_tree, keyed, python
from speciate.llm.chat import Chat, Reply

from .applying import Applied
from .edits import OPEN
from .faults import EditFailed, Fault, numbered
from .fences import OPENS, said
from .prompting import Prompter

WHY = 600  # characters of what a model says about its change
CODE = re.compile(rf"{OPENS.pattern}|{OPEN.pattern}|^--- |^@@")
AROUND = 2  # lines shown about one that does not parse


@dataclass(frozen=True, slots=True)
class Asking:
    """How a model is asked. `most` is the largest number of tokens of one reply; `temperature` None leaves it to the
    provider; `tries` are answers to one question, the first included; `model` is asked where the plan names none.
    `samples` are children of one prompt, each asked for by a call of its own.
    Raises ValueError for numbers below 1."""

    most: int = 8192
    temperature: float | None = None
    tries: int = 3
    model: str = ""
    samples: int = 1

    def __post_init__(self) -> None:
        if min(self.most, self.tries, self.samples) < 1:
            what = f"{self.most} tokens, {self.tries} tries and {self.samples} samples"
            raise ValueError(f"{what}: each must be 1 or more")


ASKING = Asking()
Read = Callable[[str], Applied]


def model_of(context: Context, asking: Asking) -> str:
    """The model that the plan names. Raises UsageError where neither it nor `asking` names one."""
    data = context.plan.data
    named = data.get(MODEL) if isinstance(data, dict) else None
    if not (named or asking.model):
        raise UsageError(
            f"the plan of operator `{context.plan.operator}` names no model", "give the run a model: --model gpt-5-mini"
        )
    return str(named or asking.model)


def temperature_of(context: Context, asking: Asking) -> float | None:
    """The plan's temperature, or where it has none that of `asking`."""
    data = context.plan.data
    drawn = data.get(TEMPERATURE) if isinstance(data, dict) else None
    return asking.temperature if drawn is None else float(drawn)


async def ask(context: Context, model: str, chat: Chat) -> Reply:
    """The reply. Raises ProposalFailed where it is not whole: "model truncated: …"."""
    reply = Reply.of(await context.call(model, chat.as_json()))
    if not reply.ok:
        usage = f", after {reply.usage.output:,} tokens" if reply.usage.output else ""
        raise ProposalFailed(f"model {reply.finish.value}: {reply.detail or model}{usage}")
    if not reply.text.strip():
        raise ProposalFailed(f"model empty: {reply.detail or model}")
    return reply


async def children(context: Context, prompter: Prompter, asking: Asking, chat: Chat, read: Read) -> Sequence[Proposal]:
    """What `child` makes of the prompt, asked `asking.samples` times. One that fails does not lose the others: it is
    noted as a failure, and where none is left the last is raised. They are asked for one after the other, since of two
    calls at once it would be chance which is answered, and recorded, first; other tickets are asked meanwhile.

    Raises:
        BudgetSpent: where the first is not allowed; the others are then left out.
        ProposalFailed, UsageError: as `child` does.
    """
    found: list[Proposal] = []
    for left in reversed(range(asking.samples)):
        try:
            found.append(await child(context, prompter, asking, chat, read))
        except ProposalFailed as failure:
            spent = isinstance(failure, BudgetSpent)
            if not found and (spent or not left):
                raise
            if spent:
                break
            await context.note(Note(FAILURE, {"reason": failure.reason}))
    return found


async def child(context: Context, prompter: Prompter, asking: Asking, chat: Chat, read: Read) -> Proposal:
    """The proposal that `read` makes of a reply. A reply that it refuses goes back to the model with the reason.

    Raises:
        ProposalFailed: for a reply that is no answer, and (as EditFailed) with what the last of `asking.tries`
            answers lacked.
        UsageError: where no model is named.
    """
    model = model_of(context, asking)
    chat = Chat(chat.messages, asking.most, temperature_of(context, asking), chat.purpose)
    refused: list[JSON] = []
    while True:
        reply = await ask(context, model, chat)
        text = said(reply.text)
        try:
            applied = read(text)
            genome = _new(context, applied.files)
        except EditFailed as failure:
            refused.append(failure.reason)
            if len(refused) >= asking.tries:
                raise
            chat = prompter.again(chat, text, failure)
            continue
        notes: dict[str, JSON] = {"operator": context.plan.operator, "model": reply.model or model}
        notes |= {"attempts": len(refused) + 1, "why": why(text)}
        notes |= {"edits": [str(change) for change in applied.changes]} if applied.changes else {}
        notes |= {"refused": refused} if refused else {}
        return Proposal(genome, notes=notes)


def why(reply: str) -> str:
    """What a model says before its code."""
    lines = reply.split("\n")
    first = next((at for at, line in enumerate(lines) if CODE.match(line)), 0)
    text = " ".join(" ".join(lines[:first]).split())
    return text if len(text) <= WHY else text[: WHY - 1] + "…"


def genome_of(parent: Genome | None, files: Mapping[str, str], trees: Mapping[str, ast.Module]) -> Genome:
    """The parent's genome with other files, under the identity that its language allows. `trees` are of the files that
    have been parsed."""
    files = dict(files)
    made = Genome(KIND, files) if parent is None else Genome(parent.kind, files, parent.data, parent.blob)
    main = next(iter(files), "")
    if main in trees:
        return keyed(made, key_of_tree(trees[main]))
    return python(made) if main.endswith(".py") else made


def _new(context: Context, files: Mapping[str, str]) -> Genome:
    """Raises EditFailed for a child that does not parse, or is one of the programs that were shown."""
    parent = context.parents[0].genome if context.parents else None
    trees: dict[str, ast.Module] = {}
    for name, text in files.items():
        if name.endswith(".py") and (parent is None or parent.files.get(name) != text):
            trees[name] = parses(name, text)
    made = genome_of(parent, files, trees)
    known: Sequence[Candidate] = (*context.parents, *context.inspirations)
    for number, each in enumerate(known):
        if each.digest == made.digest:
            fault = Fault.UNCHANGED if number == 0 else Fault.REPEATED
            raise EditFailed(
                fault, f"the program means the same as candidate {each.id}; make it differ in what it does"
            )
    return made


def parses(name: str, text: str) -> ast.Module:
    """The tree. Raises EditFailed for text that is no Python, with the line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `1 is 1`, "\d": the child's own business
            tree = ast.parse(text, name)
            try:
                compile(tree, name, "exec", dont_inherit=True)
            except RecursionError:  # a text may be nested three times as deeply as a tree
                compile(text, name, "exec", dont_inherit=True)
            return tree
    except SyntaxError as error:
        line = error.lineno or 1
        shown = numbered(text.splitlines(), max(line - 1 - AROUND, 0), line + AROUND)
        raise EditFailed(Fault.BROKEN, f"{name} line {line}: {error.msg}", shown) from None
    except (ValueError, RecursionError, MemoryError) as error:  # null bytes, nesting beyond the parser's stack
        raise EditFailed(Fault.BROKEN, f"{name}: {error or type(error).__name__}") from None
