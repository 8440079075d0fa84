"""What fuzzing has found stays mended, and what it starts from is read: `benchmarks/fuzz.py` makes more of it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from .mutation import mutated
from .target import Found, Target, check
from .targets import TARGETS

SECONDS = 0.25  # of CPU, of mutations for each target
MOST = 300


@pytest.mark.parametrize("name", TARGETS)
def test_all_that_is_kept_is_read_or_refused(name: str) -> None:
    target = TARGETS[name]
    kept = target.corpus()
    assert kept, "nothing to start from"
    for file, data in kept:
        try:
            check(target, data)
        except Found as found:
            pytest.fail(f"{target.folder / file}: {found}")


@pytest.mark.parametrize("name", TARGETS)
def test_some_mutations_of_it(name: str) -> None:
    target = TARGETS[name]
    pool = [data for _, data in target.corpus()]
    rng, began = random.Random(name), time.process_time()
    for _ in range(MOST):
        data = mutated(rng, target, pool)
        try:
            check(target, data)
        except Found as found:
            pytest.fail(f"{found}, for {data[:2000]!r}")
        if time.process_time() - began > SECONDS:
            break


def test_the_corpus_is_small() -> None:
    files = [file for target in TARGETS.values() for file in target.folder.glob("*")]
    assert sum(file.stat().st_size for file in files) < 300_000
    assert {file.parent.name for file in TARGETS["edit"].folder.parent.glob("*/*")} == set(TARGETS)


def _raises(data: bytes) -> None:
    if b"x=" in data:
        raise KeyError(data)


def _squares(data: bytes) -> None:
    for _ in range(len(data) ** 2 // 10):
        pass


def _hangs(data: bytes) -> None:
    while len(data) > 100:
        pass


@pytest.mark.parametrize(
    ("feed", "key"),
    [(_raises, "KeyError"), (_squares, "time"), (_hangs, "time")],
)
def test_the_fuzzer_finds_what_it_is_for(feed: Callable[[bytes], None], key: str) -> None:
    target = Target("planted", feed, seconds=0.1, per_kb=0.0)
    rng, kinds = random.Random(5), set()
    for _ in range(2000):
        data = mutated(rng, target, [b"a line\nx=1\n", b"x"])
        try:
            check(target, data)
        except Found as found:
            kinds.add(found.key.partition(" ")[0])
            break
    assert kinds == {key}


def test_memory_has_a_bound_that_grows_with_the_input(monkeypatch: pytest.MonkeyPatch) -> None:
    peaks = iter([0, 2**27, 0, 2**27])
    monkeypatch.setattr("tests.fuzz.target._peak", lambda: next(peaks))
    target = Target("planted", lambda data: None)
    with pytest.raises(Found, match="128 MB for 1 bytes"):
        check(target, b"x")
    check(target, b"x" * 2**18)
