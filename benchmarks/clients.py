"""What asking a language model costs the process that asks: CPU per call, memory, and how many calls run at once.

python benchmarks/clients.py [--rivals]

A server of its own process (`speciate.testing.model_server`) answers after a fixed latency; each figure is of a fresh
process. `--rivals` asks by httpx2 and by pydantic-ai too (`pip install 'pydantic-ai-slim[openai]'`).
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

import anyio

SETTINGS = ((16, 8, 1.0), (128, 6, 1.0), (1000, 3, 10.0))  # at once, rounds, seconds of latency
PROMPT = "x" * 4000
Ask = Callable[[], Awaitable[object]]


def ours(url: str) -> Ask:
    from speciate.llm.chat import Chat, Message, Speaker
    from speciate.llm.pool import Pool
    from speciate.llm.prices import Price, Prices

    name, chat = f"local/m@{url}", Chat((Message(Speaker.USER, PROMPT),)).as_json()
    pool = Pool([name], prices=Prices(every=Price(1.0, 2.0)))

    async def ask() -> None:
        reply = await pool.complete(name, chat)
        assert reply["finish"] == "stop", reply

    return ask


def by_httpx(url: str) -> Ask:
    import httpx2

    limits = httpx2.Limits(max_connections=2000, max_keepalive_connections=2000)
    client = httpx2.AsyncClient(limits=limits, timeout=100)
    body = {"model": "m", "messages": [{"role": "user", "content": PROMPT}]}

    async def ask() -> None:
        assert (await client.post(f"{url}/chat/completions", json=body)).json()["choices"]

    return ask


def by_pydantic_ai(url: str) -> Ask:
    import httpx2
    from openai import AsyncOpenAI
    from pydantic_ai.direct import model_request
    from pydantic_ai.messages import ModelRequest
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    limits = httpx2.Limits(max_connections=2000, max_keepalive_connections=2000)
    http = httpx2.AsyncClient(limits=limits, timeout=100)
    client = AsyncOpenAI(base_url=url, api_key="none", max_retries=0, http_client=http)
    model = OpenAIChatModel("m", provider=OpenAIProvider(openai_client=client))

    async def ask() -> None:
        assert (await model_request(model, [ModelRequest.user_text_prompt(PROMPT)])).text

    return ask


CLIENTS = {"ours": ours, "httpx2": by_httpx, "pydantic-ai": by_pydantic_ai}


async def measure(which: str, url: str, calls: int, rounds: int, latency: float) -> None:
    ended: list[float] = []
    began = time.process_time()
    ask = CLIENTS[which](url)
    await ask()
    start, cpu = time.process_time() - began, time.process_time()

    async def caller() -> None:
        for _ in range(rounds):
            await ask()
            ended.append(time.monotonic())

    async with anyio.create_task_group() as group:
        for _ in range(calls):
            group.start_soon(caller)
    cpu = (time.process_time() - cpu) / (calls * rounds)
    ended.sort()
    share = (rounds - 1) * latency / (ended[-1] - ended[calls - 1])  # from the second round on
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{which:12} {calls:5} at once, {latency:4.0f} s   start {start:5.2f} s   {cpu * 1e3:5.2f} ms a call   "
        f"{memory:4.0f} MB   {share:6.1%} of N / latency",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rivals", action="store_true")
    parser.add_argument("--one", nargs=5, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        which, url, calls, rounds, latency = given.one
        anyio.run(measure, which, url, int(calls), int(rounds), float(latency))
        return
    for calls, rounds, latency in SETTINGS:
        words = ["-m", "speciate.testing.model_server", "--latency", str(latency), "--edit", "number"]
        server = subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            url = next(word for word in server.stdout.readline().split() if word.startswith("http"))
            for which in CLIENTS if given.rivals else ("ours",):
                one = [which, url, str(calls), str(rounds), str(latency)]
                subprocess.run([sys.executable, __file__, "--one", *one], check=False)
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
