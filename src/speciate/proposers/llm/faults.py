"""What can be wrong with what a model answered: a cause with a name, and what the model is told about it."""

from __future__ import annotations

from enum import StrEnum

from speciate.core.errors import ProposalFailed


class Fault(StrEnum):
    """The first words of the reason why a reply gave no candidate: failures are counted by them."""

    NO_CODE = "no code in the reply"
    MALFORMED = "edit malformed"
    NOTHING = "edit matched nothing"
    SEVERAL = "edit matched several places"
    OUTSIDE = "edit outside the markers"
    UNCHANGED = "edit changed nothing"
    OMITTED = "edit left code out"
    BROKEN = "child does not parse"
    REPEATED = "repeats a candidate"
    SIMILAR = "too similar to a candidate"
    NO_MEAN = "no mean in the reply"
    NO_LIST = "no list in the reply"


class EditFailed(ProposalFailed):
    """A reply that gave no candidate. `detail` says where and with which value, `shown` are lines of the program for
    the model to see (numbered from 1, "" for none)."""

    def __init__(self, fault: Fault, detail: str, shown: str = "") -> None:
        super().__init__(f"{fault}: {detail}")
        self.fault = fault
        self.detail = detail
        self.shown = shown


def numbered(lines: list[str], first: int, last: int) -> str:
    """Lines `first` to `last` (from 0, half open) of a file with their numbers from 1."""
    width = len(str(last))
    return "\n".join(f"{number + 1:>{width}} | {lines[number]}" for number in range(first, min(last, len(lines))))
