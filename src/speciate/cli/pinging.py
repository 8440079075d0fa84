"""One small real request to a model: to correct a program of one line by an edit, in the form that runs ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from speciate.core.errors import UsageError
from speciate.core.values import JSON

if TYPE_CHECKING:
    from speciate.llm.chat import Chat, Reply
    from speciate.llm.pool import Pool
    from speciate.llm.prices import Prices

DEADLINE = 60.0  # seconds for the reply
MOST = 4096  # tokens of it: models that think need some thousands even here
FILE = "program.py"
PROGRAM = """\
# EVOLVE-BLOCK-START
def double(x):
    return x + x + 1
# EVOLVE-BLOCK-END
"""
STATEMENT = "double(x) returns twice x. As it stands it is 1 too large: correct it."
# What to do about a reply that is none, by `llm.chat.Finish`.
REMEDIES = {
    "truncated": f"give runs --set model.most=16384: it thinks for more than {MOST:,} tokens",
    "refused": "try another model",
    "empty": "try again, or another model",
    "malformed": "check that the URL is of a server that speaks OpenAI's protocol; it often ends in /v1",
    "throttled": "wait, or have the limit raised; a run waits by itself",
    "failed": "try again later; a run tries again by itself",
    "dropped": "start the server, or correct the URL: local/NAME@URL",
    "timeout": "wait until the server has loaded the model, or try a smaller one",
    "rejected": "correct what the server names, or try another model",
}


@dataclass(frozen=True, slots=True)
class Ping:
    """What came of it. `what` is the fault, "" for none, and `do` its remedy. `usd` None: the price is unknown.
    `seconds` None: there was no reply. `applies`: the edit could be made, None where none came."""

    seconds: float | None = None
    input: int = 0
    output: int = 0
    usd: float | None = None
    applies: bool | None = None
    what: str = ""
    do: str = ""

    @property
    def ok(self) -> bool:
        return not self.what

    def as_json(self) -> JSON:
        return {"ok": self.ok, **asdict(self)}


def ping(names: Sequence[str], prices: Prices) -> list[Ping]:
    """One for each model, all at once. What goes wrong is in what comes back; nothing is raised."""
    import anyio

    found: dict[int, Ping] = {}

    async def one(at: int, name: str) -> None:
        found[at] = await _ping(name, prices)

    async def every() -> None:
        async with anyio.create_task_group() as group:
            for at, name in enumerate(names):
                group.start_soon(one, at, name)

    anyio.run(every)
    return [found[at] for at in range(len(names))]


async def _ping(name: str, prices: Prices) -> Ping:
    from speciate.llm.pool import Patience, Pool

    try:
        pool = Pool([name], prices=prices, patience=Patience(attempt=DEADLINE, total=DEADLINE, attempts=1))
    except UsageError as error:  # no key, no package
        return Ping(what=error.what, do=error.do)
    try:
        return await _asked(pool, name)
    except UsageError as error:
        return Ping(what=error.what, do=error.do)
    finally:
        await pool.close()


async def _asked(pool: Pool, name: str) -> Ping:
    """Raises UsageError for a model that cannot be used."""
    from speciate.llm.chat import Reply

    await pool.check()
    reply = Reply.of(await pool.complete(name, question().as_json()))
    if not reply.ok:
        what = f"{reply.finish.value}: {reply.detail}" if reply.detail else reply.finish.value
        return _of(reply, None, what, REMEDIES.get(reply.finish.value, "try again"))
    fault = misfit(reply.text)
    if fault:
        do = "a stronger model; or one that writes whole programs: --recipe funsearch"
        return _of(reply, False, f"it answers, but its edit does not apply: {fault}", do)
    return _of(reply, True)


def _of(reply: Reply, applies: bool | None, what: str = "", do: str = "") -> Ping:
    usage = reply.usage
    return Ping(reply.seconds, usage.input, usage.output, reply.usd, applies, what, do)


def question() -> Chat:
    """The request, by the template that runs use for edits."""
    from speciate.llm.chat import Chat, Message, Speaker
    from speciate.proposers.llm import Answer, Templates, parts

    files, templates = {FILE: PROGRAM}, Templates()
    values = {"statement": STATEMENT, "where": parts.where(files), "language": "python"}
    values["parent"] = f"# Program to change\n{parts.program(files, MOST)}"
    values["answer"] = templates.parts(f"answer_{Answer.DIFF}", values)["user"]
    found = templates.parts("diff", values)
    return Chat(tuple(Message(Speaker(head), text) for head, text in found.items() if text), MOST)


def misfit(reply: str) -> str:
    """Why the edit in a reply cannot be made in the program, "" where it can: read and applied as in a run."""
    from speciate.proposers.llm import EditFailed, asking, edits
    from speciate.proposers.llm.applying import apply
    from speciate.proposers.llm.fences import said

    files, text = {FILE: PROGRAM}, said(reply)
    try:
        found = edits.read(text, files)
        if not found:
            return "there is no SEARCH/REPLACE block in it"
        asking.parses(FILE, apply(files, found).files[FILE])
    except EditFailed as failure:
        return " ".join(failure.reason.split())
    return ""
