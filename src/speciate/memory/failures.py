"""The last failures, so that prompts can say what is not to be repeated."""

from __future__ import annotations

from dataclasses import dataclass

from speciate.core.causes import cause_of, parts
from speciate.core.values import JSON, REFLECT, Failed, Noted, Outcome, Placed, Plan, Status

KEY = "failures"  # in a plan's notes; prompts have a place of their own for it
LONGEST = 300  # characters of one
NOT_THE_ANSWERS = ("model ", "budget", "too similar", "repeats")  # reasons of tickets that teach a model nothing


@dataclass(frozen=True, slots=True)
class _Failure:
    said: str
    count: int


class Failures:
    """Recalls the last `keep` kinds of failure, the newest last, each with what it said the last time and how often it
    came: evaluations that crashed, ran out of time or were invalid, and answers that were no program (an edit that fits
    nowhere), of tickets that failed or went on. Failures of one kind are those of one cause (`core.causes`): what was
    said, without numbers and addresses.

    In a plan's notes they stand under "failures", for which prompts have a place.

    Raises:
        ValueError: for `keep` below 1.
    """

    def __init__(self, keep: int = 3) -> None:
        if keep < 1:
            raise ValueError(f"failures: keep = {keep}, and it must be 1 or more")
        self.keep = keep
        self._kinds: dict[str, _Failure] = {}  # by cause, the newest last

    def recall(self, plan: Plan) -> JSON:
        if plan.kind == REFLECT or not self._kinds:
            return {}
        return {KEY: [_told(each) for each in self._kinds.values()]}

    def answer(self, question: JSON) -> JSON:
        """Whatever is asked: the failures."""
        return self.recall(Plan()).get(KEY, [])

    def observe(self, outcome: Outcome) -> None:
        if isinstance(outcome, Placed):
            status = outcome.evaluation.status
            if status not in (Status.OK, Status.FILTERED):
                self._learn(status.value, outcome.evaluation.feedback)
        elif isinstance(outcome, Failed):
            self._answered(outcome.reason)
        elif isinstance(outcome, Noted) and (reason := outcome.note.failure) is not None:
            self._answered(reason)

    def _answered(self, reason: str) -> None:
        if not reason.startswith(NOT_THE_ANSWERS):
            self._learn("", reason)

    def _learn(self, status: str, said: str) -> None:
        cause = f"{status} {cause_of(said)[0]}"
        before = self._kinds.pop(cause, None)
        text, line = parts(said)
        words = ": ".join(each for each in (status, text[:LONGEST]) if each) + (f", {line}" if line else "")
        self._kinds[cause] = _Failure(words, 1 if before is None else before.count + 1)
        if len(self._kinds) > self.keep:
            del self._kinds[next(iter(self._kinds))]


def _told(failure: _Failure) -> str:
    return failure.said if failure.count == 1 else f"{failure.said} ({failure.count} times)"
