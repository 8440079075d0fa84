"""Pictures of every page for docs/, where asked for: SPECIATE_SCREENSHOTS=1 python -m pytest -m browser -k shot."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from .looking import PAGES, Looking
from .serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

DOCS = Path(__file__).parents[3] / "docs/dashboard"
SHOTS = {page: "/r/story-1" + ("" if page == "overview" else f"/{page}") for page in PAGES}
SHOTS |= {"runs": "/", "candidate": "/r/story-1/c/best?tab=diff", "compare": "/r/story-1/compare?runs=story-1,story-2"}


@pytest.mark.skipif(not os.environ.get("SPECIATE_SCREENSHOTS"), reason="SPECIATE_SCREENSHOTS=1 writes docs/dashboard")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_shot_of_every_page(browser: Browser, server: Server, scheme: Literal["light", "dark"]) -> None:
    DOCS.mkdir(exist_ok=True)
    with Looking.at(browser, server, scheme) as look:
        for name, path in SHOTS.items():
            look.go(path)
            file = DOCS / f"{name}{'' if scheme == 'light' else '-dark'}.png"
            look.page.screenshot(path=str(file), animations="disabled")
            assert file.stat().st_size > 10_000, name
