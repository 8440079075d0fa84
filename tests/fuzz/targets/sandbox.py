"""What a candidate's process and a worker send, and what an evaluator returns of it."""

from __future__ import annotations

import json
from typing import Any

import numpy  # noqa: F401  # arrays cross only where it is loaded

from speciate.core.errors import EvaluatorFault, SpeciateError
from speciate.core.problem import Direction, Limits, Measure, Objective, Problem
from speciate.evaluators.returned import evaluation_of, with_construction
from speciate.runners.wire import HEADER, pack_answer, unpack_answer
from speciate.sandbox import wire
from speciate.sandbox.faults import MESSAGE, of_reply

from ..target import Target

LIMIT = 2**20
PROBLEM = Problem(
    "fuzzed",
    (),
    objectives=(Objective("score", Direction.MINIMIZE),),
    measures=(Measure("size", 0.0, 1.0, 4),),
    digest="fuzzed",
)
ONE = Problem("fuzzed", (), digest="fuzzed")


def message(data: bytes) -> None:
    """A message as it comes out of the sandbox."""
    if len(data) < wire.HEAD.size:
        return
    sent = bytearray(data)
    try:
        kind, text, blob = wire.lengths(sent[: wire.HEAD.size], LIMIT)
        body = sent[wire.HEAD.size :]
        if text + blob > len(body):
            return  # more is waited for
        value = wire.unpack(body[:text], body[text : text + blob])
        _told(kind, value)
        wire.pack(b"V", value, 4 * LIMIT)
    except wire.WireError:
        return


def _told(kind: bytes, value: Any) -> None:
    told = of_reply(value, Limits()) if kind in b"ED" else None
    if told is not None:
        assert len(told[1]) <= 20 * MESSAGE, "a reason without bounds"
        assert told[1].isprintable()
    _scored(value)
    if isinstance(value, dict):
        _scored({"score": 1.0, "size": 0.5, **value})


def returned(data: bytes) -> None:
    """An author's return value, as JSON."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return
    _scored(value)


def _scored(value: Any) -> None:
    for problem in (PROBLEM, ONE):
        try:
            evaluation = evaluation_of(value, problem)
        except EvaluatorFault as fault:
            assert len(fault.what) < 1000
            continue
        evaluation = with_construction(evaluation, value)
        assert unpack_answer(pack_answer(evaluation)[HEADER:]) == evaluation


def answer(data: bytes) -> None:
    """A worker's answer. What evaluates there is trusted, and code that it has loaded may still write to its socket."""
    try:
        unpack_answer(data)
    except SpeciateError:
        return


TARGETS = (
    Target("message", message),
    Target("returned", returned, structured=True),
    Target("answer", answer, structured=True),
)
