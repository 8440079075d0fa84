"""A model to test against: a real HTTP server that speaks OpenAI's protocol and changes the programs in its prompts.

    async with serve(Settings(latency=(1.0, 1.0), faults={Fault.THROTTLED: 0.3})) as server:
        ...  # local/test-model@{server.url}
    throughput(server.log.entries, callers=16, latency=1.0)

`running` does the same in a thread; `python -m speciate.testing.model_server` in a process, and prints its URL.
Each reply is a function of the seed, of the request's model and messages, and of how often these came before.

http            requests and replies on a connection
protocol        OpenAI's JSON
reading         which format a prompt asks, which programs it shows
changing, writing, speaking, answering     what a sensible model would say, in that format
faults, throttling      what goes wrong, on purpose or because it was too much
log             what was done, and the concurrency and throughput that follow
"""

from __future__ import annotations

from .faults import Fault, faults
from .hosting import running, serve
from .log import Entry, Log, Throughput, concurrency, read, throughput
from .reading import Format
from .server import Server
from .settings import Means, Settings, Throttle, latency
from .throttling import Limit

__all__ = [
    "Entry",
    "Fault",
    "Format",
    "Limit",
    "Log",
    "Means",
    "Server",
    "Settings",
    "Throttle",
    "Throughput",
    "concurrency",
    "faults",
    "latency",
    "read",
    "running",
    "serve",
    "throughput",
]
