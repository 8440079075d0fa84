from __future__ import annotations

from pathlib import Path

import pytest

from .candidates import WALLS, Injected, injected


@pytest.fixture(params=WALLS)
def wall(request: pytest.FixtureRequest) -> str:
    """What stands around the candidates: all that this machine has, or that without bubblewrap."""
    return str(request.param)


@pytest.fixture
def inject(
    wall: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Injected:
    """Runs faults, with good candidates between, and gives what came of them."""

    def said() -> str:
        out, err = capsysbinary.readouterr()
        return (out + err).decode()

    return injected(tmp_path, wall, monkeypatch, said)
