from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from .candidates import WALLS, Injected, injected


@pytest.fixture(params=WALLS)
def wall(request: pytest.FixtureRequest) -> str:
    """What stands around the candidates: all that this machine has, or that without bubblewrap."""
    return str(request.param)


@pytest.fixture
def scratch() -> Iterator[Path]:
    """Where the scratch folders lie: pytest's own are closed to a candidate that has a user of its own."""
    with TemporaryDirectory(prefix="faults-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def inject(
    wall: str,
    scratch: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> Injected:
    """Runs faults, with good candidates between, and gives what came of them."""

    def said() -> str:
        out, err = capsysbinary.readouterr()
        return (out + err).decode()

    return injected(tmp_path, scratch, wall, monkeypatch, said)
