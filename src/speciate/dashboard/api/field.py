"""What is compared, and where: the runs that have a score, by group, with a cut, a target and a reference."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from speciate.compare.curves import Axis
from speciate.core.errors import UsageError
from speciate.core.values import EMPTY
from speciate.store.views import Metric

from .entries import Entry
from .routing import Asked

AXES = (Axis.EVALS, Axis.USD, Axis.SECONDS)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. `cut` and `target` None: as the runs have it; the target is in the user's number. `alike`
    leaves out what cannot be compared with the first run, instead of refusing all."""

    axis: Axis = Axis.EVALS
    cut: float | None = None
    target: float | None = None
    reference: str | None = None
    groups: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    alike: bool = False

    @staticmethod
    def of(asked: Asked) -> Wanted:
        """From x, cut, target, reference, groups=run:name,run:name and alike=yes. Raises UsageError."""
        return Wanted(
            Axis(asked.one_of("x", [axis.value for axis in AXES], Axis.EVALS.value)),
            _number(asked, "cut"),
            _number(asked, "target"),
            asked.query.get("reference") or None,
            _named(asked.query.get("groups", "")),
            asked.one_of("alike", ("yes", "no"), "no") == "yes",
        )


@dataclass(frozen=True, slots=True)
class Field:
    """All that has a score, by group in the order given, and where they are compared."""

    wanted: Wanted
    metric: Metric
    groups: Mapping[str, Sequence[Entry]]
    cut: float
    target: float | None
    reference: str

    @property
    def entries(self) -> list[Entry]:
        return [entry for of in self.groups.values() for entry in of]

    @property
    def floor(self) -> float:
        """What counts before a run's first score: the seed program's, where it is noisy the worst of them."""
        initials = [each.initial for each in self.entries if each.initial is not None]
        return min(initials, default=min(each.curve.best[0] for each in self.entries))

    def best(self, entry: Entry) -> float:
        """At the cut, in the engine's terms."""
        found = entry.curve.at(self.cut)
        return found if math.isfinite(found) else self.floor


def _number(asked: Asked, name: str) -> float | None:
    said = asked.query.get(name, "")
    if not said:
        return None
    try:
        value = float(said)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(f"{name}={said[:40]}: expected a number", f"leave {name} out for the default")
    return value


def _named(said: str) -> dict[str, str]:
    found = {}
    for each in filter(None, said.split(",")):
        run, colon, group = each.partition(":")
        if not (run and colon and group.strip()):
            raise UsageError(f"groups={each[:80]}: expected RUN:NAME", "separate several by commas")
        found[run] = group.strip()[:80]
    return found


def field_of(entries: Sequence[Entry], wanted: Wanted) -> Field:
    """Raises UsageError for a reference that is no group."""
    groups: dict[str, list[Entry]] = {}
    for each in entries:
        groups.setdefault(each.group, []).append(each)
    reference = wanted.reference or ("random" if "random" in groups else next(iter(groups)))
    if reference not in groups:
        raise UsageError(f"reference={reference[:80]}: no such group", f"one of {', '.join(groups)}")
    targets = {each.summary.budget.target for each in entries}
    target = wanted.target if wanted.target is not None else targets.pop() if len(targets) == 1 else None
    shortest = min(each.curve.end for each in entries)
    cut = shortest if wanted.cut is None else max(0.0, wanted.cut)
    return Field(wanted, entries[0].metric, groups, cut, target, reference)
