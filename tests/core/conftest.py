from __future__ import annotations

import pytest


@pytest.fixture
def at_every_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The inbox is looked at whenever the loop has time, not by the clock."""
    monkeypatch.setattr("speciate.core.loop.POLL", 0)
