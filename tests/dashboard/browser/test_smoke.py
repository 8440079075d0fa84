"""Every page of a run opens, and shows what the store has."""

from __future__ import annotations

import pytest

from .looking import PAGES, Looking


@pytest.mark.parametrize("page", PAGES)
def test_it_opens(look: Looking, page: str) -> None:
    look.run("story-1", page)
