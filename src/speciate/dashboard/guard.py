"""Who may ask: every request passes here before anything is looked at.

A page of another site can make a browser send requests here, and a name of its own can be made to lead here (DNS
rebinding). So the Host must be an address or a name of this machine, an Origin must be our own, and whatever is not
the empty page itself needs the token in a header that no other site can set. There is no cookie, and no CORS.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from speciate.core.errors import SpeciateError

from .answers import problem
from .token import same

API = "/api/"
OPEN = frozenset({"/api/health"})  # needs no token: says no more than that this is Speciate
_BEARER = re.compile(r"[Bb]earer +(\S+)")

_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",  # places of marks in charts; an attribute can load and run nothing
        "img-src 'self' blob: data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types svelte-trusted-html",  # the framework's own templates, and no other
    )
)
HEADERS: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
PAGE_POLICY = {"content-security-policy": _POLICY}
# What the API sends is data: were it ever opened as a page, nothing in it would load or run.
DATA_POLICY = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "cache-control": "no-store",
}


class Refused(SpeciateError):
    """A request that is not answered, and why."""

    def __init__(self, status: int, what: str, do: str = "") -> None:
        super().__init__(what, do)
        self.status = status


@dataclass(frozen=True)
class Door:
    """Who is let in. `token` None: whoever comes from this machine. `host` is the address that is listened on."""

    token: str | None
    host: str = "127.0.0.1"
    names: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def at(cls, host: str, token: str | None) -> Door:
        """The names by which this machine may be called: where others reach it, its own as well."""
        names = {"localhost", host.lower()}
        if not loopback(host):
            with_domain = socket.getfqdn().lower()
            names |= {socket.gethostname().lower(), with_domain}
        return cls(token, host, frozenset(names))

    def check(self, path: str, headers: Headers) -> None:
        """Raises Refused."""
        self._check_host(headers)
        api = path.startswith(API)
        self._check_origin(headers, api)
        if api and path not in OPEN:
            self._check_token(headers)

    def _check_host(self, headers: Headers) -> None:
        hosts = headers.getlist("host")
        if len(hosts) != 1:
            raise Refused(400, f"a request has one Host, not {len(hosts)}")
        if not self._ours(host_of(hosts[0])):
            raise Refused(
                403,
                f"the host `{hosts[0][:100]}` is not this machine",
                "open the link that speciate serve printed; to be called by another name: --host NAME",
            )

    def _ours(self, name: str) -> bool:
        """Port and scheme do not matter: a tunnel may have others. An address cannot be rebound, a name can."""
        if name in self.names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or not loopback(self.host)

    def _check_origin(self, headers: Headers, api: bool) -> None:
        origin = headers.get("origin")
        if origin is not None and not _same_origin(origin, headers["host"]):
            raise Refused(403, f"a page of {origin[:100]} may not ask this server", "open the dashboard itself")
        if api and headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise Refused(403, "a page of another site may not ask this server", "open the dashboard itself")

    def _check_token(self, headers: Headers) -> None:
        if self.token is None:
            return
        said = _BEARER.fullmatch(headers.get("authorization", "").strip())
        if said is None:
            raise Refused(401, "this page has no token", "open the link that speciate serve printed")
        if not same(self.token, said[1]):
            raise Refused(401, "the token is not that of this server", "open the link that speciate serve printed")


class Guard:
    """The door as a layer around the application; it adds the headers that every answer has."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return  # nothing else is spoken here
        policy = DATA_POLICY if scope["path"].startswith(API) else PAGE_POLICY

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in {**HEADERS, **policy}.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            self._door.check(scope["path"], Headers(scope=scope))
        except Refused as refused:
            await problem(refused, refused.status)(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)


def host_of(header: str) -> str:
    """The name in a Host header, lower case, without port and brackets."""
    name = header.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0].removesuffix(".")


def loopback(host: str) -> bool:
    """Whether only this machine reaches what listens on this address."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _same_origin(origin: str, host: str) -> bool:
    try:
        split = urlsplit(origin)
    except ValueError:
        return False
    return split.scheme in ("http", "https") and split.netloc.lower() == host.strip().lower()
