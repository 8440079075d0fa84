"""`python -m speciate.testing.model_server`: prints one line, its URL, and answers until it is ended."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from speciate.core.errors import UsageError

from .faults import Fault, faults
from .hosting import serve
from .settings import Means, Settings, Throttle, latency


def parser() -> argparse.ArgumentParser:
    words = argparse.ArgumentParser(
        prog="python -m speciate.testing.model_server",
        description="A server that speaks OpenAI's protocol and changes the programs in its prompts, to test against.",
    )
    words.add_argument("--host", default="127.0.0.1")
    words.add_argument("--port", type=int, default=0, help="0 is any free one")
    words.add_argument("--seed", type=int, default=0)
    words.add_argument("--latency", default="0", metavar="SECONDS", help="1.0, or drawn from a range: 0.5..2")
    words.add_argument("--faults", default="", metavar="NAME=RATE,…", help=f"{', '.join(Fault)}; or all=RATE")
    words.add_argument("--transient", type=int, metavar="K", help="a fault meets the first K times of a request only")
    words.add_argument("--edit", type=Means, choices=list(Means), default=Means.SYNTAX, help="number is the cheap one")
    words.add_argument("--same", action="store_true", help="an equal request gets an equal text each time")
    words.add_argument("--models", default="", metavar="NAME,…", help="those there are; without it, any name is one")
    words.add_argument("--key", default="", help="what clients must bear as their API key")
    words.add_argument("--rpm", type=int, metavar="N", help="requests a minute")
    words.add_argument("--tpm", type=int, metavar="N", help="tokens a minute, of prompts and replies")
    words.add_argument("--concurrency", type=int, metavar="N", help="requests at once")
    words.add_argument("--window", type=float, default=60.0, metavar="SECONDS", help="what a minute is, for limits")
    words.add_argument("--retry-after", type=float, default=1.0, metavar="SECONDS", help="what a 429 by fault names")
    words.add_argument("--hang", type=float, metavar="SECONDS", help="when a hanging connection ends (never)")
    words.add_argument("--huge", type=int, default=2**22, metavar="N", help="characters of a huge reply")
    words.add_argument("--log", type=Path, metavar="FILE", help="a line of JSON per request")
    return words


def settings(arguments: Sequence[str] | None = None) -> Settings:
    """Raises UsageError."""
    given = parser().parse_args(arguments)
    return Settings(
        seed=given.seed,
        latency=latency(given.latency),
        faults=faults(given.faults),
        transient=given.transient,
        means=given.edit,
        same=given.same,
        models=tuple(filter(None, given.models.split(","))),
        key=given.key,
        throttle=Throttle(given.rpm, given.tpm, given.concurrency, given.window),
        retry_after=given.retry_after,
        hang=given.hang,
        huge=given.huge,
        log=given.log,
        host=given.host,
        port=given.port,
    )


async def answer(chosen: Settings) -> None:
    over = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, over.set)
    async with serve(chosen) as server:
        print(server.url, flush=True)  # noqa: T201  # what whoever started it reads
        await over.wait()


def main() -> int:
    _many_connections()
    try:
        asyncio.run(answer(settings()))
    except UsageError as error:
        print(f"error: {error.what}\n   do: {error.do}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    return 0


def _many_connections() -> None:
    """As many open files as the system grants: each connection is one."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    raise SystemExit(main())
