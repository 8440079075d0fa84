"""Evaluators of shipped problems with candidates that run here: fast, where what is tested is the evaluator."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from speciate.core.problem import Problem
from speciate.evaluators.function import load_module


class Local:
    """A candidate with a function `priority`, which runs here and remembers what it likes."""

    def __init__(self, rule: Callable[..., Any], text: str = "x = 1") -> None:
        self.rule = rule
        self.text = text

    def call(self, name: str, *args: Any) -> Any:
        assert name == "priority"
        return self.rule(*args)

    def map(self, name: str, rows: Sequence[tuple[Any, ...]]) -> list[Any]:
        return [self.call(name, *row) for row in rows]

    def restart(self) -> None:
        pass


def of_text(text: str) -> Local:
    space: dict[str, Any] = {}
    exec(text, space)
    return Local(space["priority"], text)


@contextmanager
def opened(problem: Problem, *beside: str) -> Iterator[Any]:
    """The problem's evaluate.py as a module; `beside`, the modules next to it, are forgotten afterwards."""
    path, written = list(sys.path), sys.dont_write_bytecode
    yield load_module(Path(problem.source, "evaluate.py"))
    sys.path[:] = path
    sys.dont_write_bytecode = written
    for name in beside:
        del sys.modules[name]
