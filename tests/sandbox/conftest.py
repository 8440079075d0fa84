from __future__ import annotations

from collections.abc import Iterator

import pytest

from speciate.core.problem import Limits
from speciate.sandbox import Layer, Layers, Sandbox, available

LIMITS = Limits(seconds=5.0, memory=128 * 2**20, files=2**20, output=4096, message=8 * 2**20)
SOUND = "def sound(x):\n    return x + 1\n"


def variant(name: str) -> Layers:
    """This machine's layers with bubblewrap or without; skips where it has none."""
    layers = available()
    if name == "bubblewrap" and Layer.BUBBLEWRAP not in layers:
        pytest.skip(next(each.why for each in layers.missing() if each.layer is Layer.BUBBLEWRAP))
    return layers if name == "bubblewrap" else layers.without(Layer.BUBBLEWRAP)


def needs(layers: Layers, *any_of: Layer) -> None:
    if not any(layer in layers for layer in any_of):
        pytest.skip(f"none of {', '.join(any_of)} is to be had here")


@pytest.fixture(scope="package", params=["bubblewrap", "built-in"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """One warm process for all hostile candidates of a variant: each must leave it sound for the next."""
    with Sandbox(["numpy"], LIMITS, variant(request.param)) as opened:
        yield opened


@pytest.fixture(scope="package", params=["bubblewrap", "built-in"])
def crowded(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """The same, with leave to start four processes besides its own."""
    limits = Limits(seconds=5.0, memory=128 * 2**20, files=2**20, output=4096, processes=4)
    with Sandbox([], limits, variant(request.param)) as opened:
        yield opened
