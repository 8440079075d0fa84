"""The digest must see every change of state, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speciate.core.rng import stream
from speciate.core.values import Genome, Status
from speciate.testing import state_digest


@dataclass
class Plain:
    value: object = None
    more: list[object] = field(default_factory=list)


class Slotted:
    __slots__ = ("__hidden", "shown")

    def __init__(self, shown: object, hidden: object) -> None:
        self.shown = shown
        self.__hidden = hidden


class Deeper(Slotted):
    def __init__(self, shown: object, hidden: object, own: object) -> None:
        super().__init__(shown, hidden)
        self.own = own


VALUES: list[Callable[[], object]] = [
    lambda: None,
    lambda: False,
    lambda: 0,
    lambda: 0.0,
    lambda: -0.0,
    lambda: 1,
    lambda: True,
    lambda: "1",
    lambda: b"1",
    lambda: [1],
    lambda: (1,),
    lambda: {1},
    lambda: {1: 2},
    lambda: {1: 2, 3: 4},
    lambda: {3: 4, 1: 2},
    lambda: OrderedDict({1: 2}),
    lambda: deque([1]),
    lambda: deque([1], maxlen=5),
    lambda: [[1], 2],
    lambda: [1, [2]],
    lambda: 0.1 + 0.2,
    lambda: 0.3,
    lambda: np.float64(0.3),
    lambda: np.array([1, 2]),
    lambda: np.array([1.0, 2.0]),
    lambda: np.array([[1.0, 2.0]]),
    lambda: np.array([None, [1]], dtype=object),
    lambda: stream(1),
    lambda: stream(2),
    lambda: partial(max, 1),
    lambda: partial(max, 2),
    lambda: Status.OK,
    lambda: Plain(1),
    lambda: Plain(2),
    lambda: Plain(1, [Plain(1)]),
    lambda: Slotted(1, 2),
    lambda: Slotted(2, 1),
    lambda: Deeper(1, 2, 3),
    lambda: Deeper(1, 2, 4),
    lambda: Deeper(1, 3, 3),
    lambda: Genome("text", {"a": "b"}),
    lambda: Plain(1).more.append,
    lambda: max,
    lambda: Plain,
]


def test_equal_states_are_equal_and_no_two_others_are() -> None:
    digests = []
    for make in VALUES:
        first, second = state_digest(make()), state_digest(make())
        assert first == second
        digests.append(first)
    assert len(set(digests)) == len(digests)


def test_a_generator_that_has_drawn_is_another() -> None:
    rng = stream(1)
    before = state_digest(rng)
    rng.random()
    assert state_digest(rng) != before


def test_an_object_that_holds_itself_has_a_digest() -> None:
    one, other = Plain(), Plain()
    one.value, other.value = one, [other]
    assert state_digest(one) == state_digest(one)
    assert state_digest(one) != state_digest(other)


def test_what_is_shared_counts_as_often_as_it_is_seen() -> None:
    """Equal parts and one shared part are the same state to whoever reads it."""
    shared = [1]
    assert state_digest([shared, shared]) == state_digest([[1], [1]])


@given(st.lists(st.text(), min_size=2, unique=True))
def test_sets_have_no_order(words: list[str]) -> None:
    backwards = set()
    for word in reversed(words):
        backwards.add(word)
    assert state_digest(set(words)) == state_digest(backwards)


def test_it_is_the_same_in_another_process() -> None:
    code = "from speciate.testing import state_digest; print(state_digest([{'a', 'b', 'c'}, 1.5, len]))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert out.stdout.strip() == state_digest([{"a", "b", "c"}, 1.5, len])


@pytest.mark.parametrize("change", [lambda p: p.more.append(None), lambda p: setattr(p, "new", 1)])
def test_every_attribute_counts(change: Callable[[Plain], None]) -> None:
    role = Plain(1)
    before = state_digest(role)
    change(role)
    assert state_digest(role) != before
