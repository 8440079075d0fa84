"""The server: requests routed, counted, throttled, made to fail, answered after their latency, and logged."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass
from email.utils import formatdate
from functools import partial

from speciate.core.errors import UsageError

from . import protocol
from .answering import Answer, Answerer
from .changing import Changer
from .faults import UNSPOKEN, Draws, Fault, drawn
from .http import Connection, Headers, Request, Unreadable
from .log import Entry, Log
from .protocol import Conversation, Refused, Texts
from .settings import Settings
from .throttling import Gate

_BACKLOG = 4096  # connections that wait to be accepted
_AT_ONCE = 4  # answers that are made before new requests are read
_THROTTLED = {Fault.THROTTLED, Fault.THROTTLED_UNTIL, Fault.THROTTLED_BARE}
_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>bad gateway</body></html>"


@dataclass(slots=True)
class _Exchange:
    """A request on its way to its reply, and what the log will say of it."""

    connection: Connection
    request: Request
    model: str = ""
    digest: str = ""
    occurrence: int = -1
    input: int = 0
    output: int = 0
    fault: str = ""
    format: str = ""
    inside: bool = False  # the gate has let it in


class Server:
    """`url` is what a client takes for its base URL (…/v1); `log` grows while the server answers."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings = settings or Settings()
        self.url = ""
        self.log = Log(settings.log)
        self._began = time.perf_counter()
        self._answerer = Answerer(Changer(settings.means), settings.huge)
        self._gate = Gate(settings.throttle)
        self._seen: Counter[str] = Counter()
        self._open: set[Connection] = set()
        self._waiting: deque[_Exchange] = deque()
        self._working = False
        self._listening: asyncio.Server | None = None

    def clock(self) -> float:
        """Seconds since the server was made."""
        return time.perf_counter() - self._began

    def forget(self) -> None:
        """As if no request had come yet: the next equal one is the first, and the log is empty."""
        self._seen.clear()
        self.log.entries.clear()
        self.log.most = self.log.inside

    async def start(self) -> None:
        """Raises UsageError where the address cannot be had."""
        make = partial(Connection, self._serve, _unreadable, self.clock, self._open)
        host, port = self.settings.host, self.settings.port
        try:
            self._listening = await asyncio.get_running_loop().create_server(make, host, port, backlog=_BACKLOG)
        except OSError as error:
            raise UsageError(f"cannot listen at {host}:{port}: {error.strerror}", "port 0 is any free one") from None
        port = self._listening.sockets[0].getsockname()[1]
        self.url = f"http://{host if ':' not in host else f'[{host}]'}:{port}/v1"

    async def stop(self) -> None:
        """Ends every connection, in the middle of a reply or not."""
        if self._listening is not None:
            self._listening.close()
        for connection in list(self._open):
            connection.drop()
        await asyncio.sleep(0)  # in which the loop tells each that it is lost
        self.log.close()

    def _serve(self, connection: Connection, request: Request) -> None:
        """Puts the request behind those that came before. Answers are made a few at a time, so that in a burst those
        that come later are read, and their latency begins, while the first are being made."""
        exchange = _Exchange(connection, request)
        self.log.enter()
        connection.gone = partial(self._leave, exchange, 0)
        self._waiting.append(exchange)
        if not self._working:
            self._working = True
            asyncio.get_running_loop().call_soon(self._work)

    def _work(self) -> None:
        try:
            for _ in range(min(_AT_ONCE, len(self._waiting))):
                self._answer(self._waiting.popleft())
        finally:
            self._working = bool(self._waiting)
            if self._working:
                asyncio.get_running_loop().call_soon(self._work)

    def _answer(self, exchange: _Exchange) -> None:
        if exchange.connection.gone is None:  # the client is gone
            return
        routed = False
        try:
            self._route(exchange)
            routed = True
        except Refused as refused:
            self._reply(exchange, refused.status, refused.body)
            routed = True
        finally:
            if not routed:  # a fault of ours, which the event loop shows: this client should not wait for ever
                self._reply(exchange, 500, protocol.error("the model server itself has failed", "server_error"))

    def _route(self, exchange: _Exchange) -> None:
        """Raises Refused."""
        request = exchange.request
        match request.method, request.path.removeprefix("/v1"):
            case "GET", "/models":
                self._authorized(request)
                self._reply(exchange, 200, protocol.models(self.settings.models))
            case "POST", "/chat/completions":
                self._authorized(request)
                self._take(exchange, protocol.conversation(request.body))
            case "POST", "/embeddings":
                self._authorized(request)
                self._take(exchange, protocol.texts(request.body))
            case "GET", "/log":
                lines = "".join(json.dumps(asdict(each)) + "\n" for each in self.log.entries)
                self._reply(exchange, 200, lines.encode(), "application/jsonl")
            case "GET", "/status":
                self._reply(exchange, 200, self._status())
            case _, "/models" | "/chat/completions" | "/embeddings" | "/log" | "/status":
                raise Refused(405, f"no {request.method} of {request.path}")
            case _:
                raise Refused(404, f"nothing is at {request.path[:80]}")

    def _authorized(self, request: Request) -> None:
        key = self.settings.key
        if key and request.headers.get("authorization") != f"Bearer {key}":
            raise Refused(401, "the API key is wrong or missing", code="invalid_api_key")

    def _status(self) -> bytes:
        """What this process has used and done, for those who measure another one."""
        figures = {
            "requests": len(self.log.entries),
            "most_at_once": self.log.most,
            "cpu_seconds": time.process_time(),
            "faults": self.log.faults(),
        }
        return json.dumps(figures).encode()

    def _take(self, exchange: _Exchange, asked: Conversation | Texts) -> None:
        """Lets a request in, draws what becomes of it, and has it answered after its latency. Raises Refused."""
        settings = self.settings
        if settings.models and asked.model not in settings.models:
            raise Refused(404, f"the model {asked.model[:80]!r} does not exist", code="model_not_found")
        exchange.model, exchange.input = asked.model, asked.tokens
        exceeded = self._gate.enter(exchange.request.start, exchange.input)
        if exceeded is not None:  # what is refused is not counted, so that replies do not depend on arrival
            exchange.fault = exceeded.limit.value
            self._throttled(exchange, exceeded.seconds or settings.retry_after)
            return
        exchange.inside = True
        exchange.digest = asked.digest
        exchange.occurrence = self._seen[exchange.digest]
        self._seen[exchange.digest] += 1
        draws = Draws(settings.seed, exchange.digest, exchange.occurrence)
        fault = drawn(settings.faults, draws, settings.transient)
        if isinstance(asked, Texts) and fault not in UNSPOKEN:
            fault = None
        exchange.fault = fault.value if fault is not None else ""
        if fault in _THROTTLED:
            self._throttled(exchange, settings.retry_after, fault)
            return
        low, high = settings.latency
        due = exchange.request.start + low + (high - low) * (draws.share("latency") if high > low else 0.0)
        # The text is made at once, so that making it takes no more time than the latency.
        body = self._body(exchange, asked, draws, fault)
        left = due - self.clock()
        if left > 0.0:
            exchange.connection.later(left, partial(self._deliver, exchange, body, fault))
        else:
            self._deliver(exchange, body, fault)

    def _body(self, exchange: _Exchange, asked: Conversation | Texts, draws: Draws, fault: Fault | None) -> bytes:
        if fault in (Fault.ERROR, Fault.UNAVAILABLE, Fault.DROP, Fault.HANG):
            return b""
        if isinstance(asked, Texts):
            return b'{"object":"list"}' if fault is Fault.NO_CHOICES else protocol.embeddings(asked)
        if self.settings.same:
            draws = Draws(draws.seed, draws.digest, 0)
        answer: Answer = self._answerer.answer(asked.messages, draws, fault)
        if fault is not Fault.HUGE:
            answer = protocol.within(answer, asked.most)
        exchange.format = answer.format
        id = f"chatcmpl-{exchange.digest[:16]}-{exchange.occurrence}"
        body, exchange.output = protocol.completion(asked, answer, id, fault is not Fault.NO_CHOICES)
        self._gate.spend(exchange.request.start, exchange.output)
        return body

    def _deliver(self, exchange: _Exchange, body: bytes, fault: Fault | None) -> None:
        match fault:
            case Fault.ERROR:
                self._reply(exchange, 500, protocol.error("the server had an error", "server_error"))
            case Fault.UNAVAILABLE:
                self._reply(exchange, 503, protocol.error("the engine is overloaded", "server_error"))
            case Fault.DROP:
                self._leave(exchange, 0)
                exchange.connection.drop()
            case Fault.CUT:
                self._leave(exchange, 200)
                exchange.connection.cut(200, body)
            case Fault.HANG:
                if self.settings.hang is not None:
                    ends = partial(self._deliver, exchange, b"", Fault.DROP)
                    exchange.connection.later(self.settings.hang, ends)
            case Fault.MALFORMED:
                self._reply(exchange, 200, body[: len(body) // 2])
            case Fault.CONTENT_TYPE:
                self._reply(exchange, 200, _PAGE, "text/html")
            case _:
                self._reply(exchange, 200, body)

    def _throttled(self, exchange: _Exchange, seconds: float, fault: Fault | None = None) -> None:
        headers: Headers = (("retry-after", f"{seconds:g}"),)
        if fault is Fault.THROTTLED_UNTIL:
            headers = (("retry-after", formatdate(math.ceil(time.time() + seconds), usegmt=True)),)
        elif fault is Fault.THROTTLED_BARE:
            headers = ()
        body = protocol.error("rate limit reached: come again later", "rate_limit_error", "rate_limit_exceeded")
        self._reply(exchange, 429, body, headers=headers)

    def _reply(
        self, exchange: _Exchange, status: int, body: bytes, kind: str = "application/json", headers: Headers = ()
    ) -> None:
        self._leave(exchange, status)
        exchange.connection.reply(status, body, kind, headers)

    def _leave(self, exchange: _Exchange, status: int) -> None:
        exchange.connection.gone = None
        if exchange.inside:
            self._gate.leave()
        request = exchange.request
        self.log.leave(
            Entry(
                request.path,
                request.arrival,
                request.start,
                self.clock(),
                status,
                exchange.model,
                exchange.digest,
                exchange.occurrence,
                exchange.input,
                exchange.output,
                exchange.fault,
                exchange.format,
            )
        )


def _unreadable(unreadable: Unreadable) -> bytes:
    return protocol.error(unreadable.reason, "invalid_request_error")
