"""The page itself: the files that were built from `web/`, read once and served from memory.

A request's path is looked up among the names of the files that lie there: there is no path to climb out of.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from speciate.core.errors import SpeciateError

from .answers import Sent, packed, problem

FOLDER = Path(__file__).parent / "page"
INDEX = "index.html"
ASSETS = "/assets/"
_MEDIA: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/vnd.microsoft.icon",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
}
# Addresses of the page: what it makes of them is its own. No other path leads to it, so that a wrong one is a 404.
_PAGES = re.compile(r"/|/(?:runs|compare|r/.*)")
_MISSING = (
    "<!doctype html><meta charset=utf-8><title>Speciate</title>"
    "<p>The page is not built in this copy of Speciate: cd web &amp;&amp; npm ci &amp;&amp; npm run build"
)


@dataclass(frozen=True, slots=True)
class Asset:
    content: bytes
    gzipped: bytes | None
    media: str
    tag: str


class Bundle:
    """An ASGI application that answers with the page and its parts, without a token: they are the same everywhere."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._kept: dict[str, tuple[tuple[int, int], Asset]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer(scope)(scope, receive, send)

    def _answer(self, scope: Scope) -> Sent:
        path: str = scope["path"]
        if scope["method"] not in ("GET", "HEAD"):
            return problem(SpeciateError(f"{scope['method'][:10]} is not answered here"), 405)
        name = INDEX if _PAGES.fullmatch(path) else path.removeprefix("/")
        asset = self._asset(name)
        if asset is None and name == INDEX:
            return Sent(_MISSING.encode(), _MEDIA[".html"], 503)
        if asset is None:
            return problem(SpeciateError(f"there is nothing at {path[:100]}"), 404)
        fields = {"etag": asset.tag, "cache-control": "no-cache"}
        if Headers(scope=scope).get("if-none-match") == asset.tag:
            return Sent(b"", asset.media, 304, fields)
        return Sent(asset.content, asset.media, 200, fields, asset.gzipped)

    def _asset(self, name: str) -> Asset | None:
        """The file of this name, read again only where it has changed."""
        path = self._files().get(name)
        if path is None:
            return None
        try:
            status = path.stat()
            key = status.st_mtime_ns, status.st_size
            known = self._kept.get(name)
            if known is None or known[0] != key:
                content = path.read_bytes()
                tag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
                known = key, Asset(content, packed(content), _MEDIA[path.suffix], tag)
                self._kept[name] = known
        except OSError:
            return None
        return known[1]

    def _files(self) -> dict[str, Path]:
        """Every file that may be served by its name in the address; links are not followed."""
        found: dict[str, Path] = {}
        for folder, names, files in os.walk(self._folder):
            names[:] = [each for each in names if not each.startswith(".")]
            for each in files:
                path = Path(folder, each)
                if path.suffix in _MEDIA and not each.startswith(".") and not path.is_symlink():
                    found[path.relative_to(self._folder).as_posix()] = path
        return found
