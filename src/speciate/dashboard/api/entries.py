"""The runs that are put side by side: what of each counts, which group it belongs to, and in what the groups differ."""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from speciate.compare.curves import Axis, Curve, curves
from speciate.core.changes import differences
from speciate.core.errors import UsageError
from speciate.core.values import JSON
from speciate.store.queries import Run
from speciate.store.views import Metric, Summary, plain

KEPT = 256  # curves over money, which take a whole log to read
NAMED = 3  # settings that a group's name tells
LONGEST = 60  # characters of it

_by_money: OrderedDict[tuple[str, int, float | None], Curve] = OrderedDict()
_turn = Lock()


@dataclass(frozen=True, slots=True)
class Entry:
    """A run among others. `curve` is in the engine's terms (higher is better) over the axis that was asked for, and
    `evals` over evaluations; `initial` is the seed program's score. `settings` are all that may differ between runs,
    by dotted name."""

    run: str
    group: str
    summary: Summary
    curve: Curve
    evals: Curve
    initial: float | None
    settings: Mapping[str, JSON]

    @property
    def metric(self) -> Metric:
        return self.summary.metric


def read(runs: Sequence[Run], axis: Axis, named: Mapping[str, str]) -> list[Entry]:
    """In the order given. `named` are groups of one's own choice, by run. Raises UsageError for names of runs that are
    not among these."""
    unknown = [name for name in named if name not in {run.name for run in runs}]
    if unknown:
        raise UsageError(f"groups names {unknown[0][:80]}, which is not compared", "give it among runs")
    opened = {run.name: _settings(run) for run in runs}
    groups = {**groups_of(opened), **named}
    return [_entry(run, axis, groups[run.name], opened[run.name]) for run in runs]


def others(runs: Sequence[Run]) -> dict[str, str]:
    """The runs whose problem is not that of the first, each with the difference in words."""
    problems = [(run.name, run.problem()) for run in runs]
    (first, problem), found = problems[0], {}
    for name, other in problems[1:]:
        if other.get("digest") == problem.get("digest"):
            continue
        if other.get("name") != problem.get("name"):
            found[name] = f"{first} is of {problem.get('name')}, {name} of {other.get('name')}"
        else:
            words = ", ".join(differences(problem.get("parts") or {}, other.get("parts") or {}))
            found[name] = f"{first} and {name} have other versions of {problem.get('name')}"
            found[name] += f" ({words})" if words else ""
    return found


def groups_of(settings: Mapping[str, Mapping[str, JSON]]) -> dict[str, str]:
    """The group of each run: its recipe's name, with those settings of the recipe that not all of its runs share."""
    by_recipe: dict[str, list[str]] = {}
    for run, of in settings.items():
        by_recipe.setdefault(str(of.get("recipe", "")), []).append(run)
    found = {}
    for recipe, runs in by_recipe.items():
        keys = [key for key in _differing([settings[run] for run in runs]) if key.startswith("recipe.")]
        for run in runs:
            told = [f"{key.rpartition('.')[2]}={_short(settings[run].get(key))}" for key in keys]
            found[run] = f"{recipe} {_listed(told)}" if told else recipe
    return found


def differing(entries: Sequence[Entry]) -> list[dict[str, JSON]]:
    """The settings in which the runs differ, those of the recipe first: by group its value, or all where its runs have
    several; a group whose recipe has no such setting is left out."""
    groups = list(dict.fromkeys(each.group for each in entries))
    rows = []
    for key in _differing([each.settings for each in entries]):
        by = {
            group: [each.settings[key] for each in entries if each.group == group and key in each.settings]
            for group in groups
        }
        rows.append({"key": key, "values": {group: _distinct(of) for group, of in by.items() if of}})
    return rows


def _entry(run: Run, axis: Axis, group: str, settings: Mapping[str, JSON]) -> Entry:
    summary = run.summary()
    metric, seed = summary.metric, summary.seed
    of_gains = _of_gains(run, summary)
    curve = of_gains[axis] if axis in of_gains else _over_money(run, summary, axis)
    initial = None if seed is None or seed.score is None else metric.engine(seed.score)
    return Entry(run.name, group, summary, curve, of_gains[Axis.EVALS], initial, settings)


def _of_gains(run: Run, summary: Summary) -> dict[Axis, Curve]:
    """By evaluations and by seconds: the writer keeps every step of the best so far, so that no log is read. What was
    measured again and became worse does not take a step back."""
    evals: list[float] = []
    seconds: list[float] = []
    best: list[float] = []
    for gain in run.gains():
        score = -math.inf if gain.after is None else summary.metric.engine(gain.after)
        if score > (best[-1] if best else -math.inf):
            evals.append(float(gain.evals))
            seconds.append(gain.at)
            best.append(score)
    return {
        Axis.EVALS: Curve(evals, best, float(summary.evals)),
        Axis.SECONDS: Curve(seconds, best, summary.seconds),
    }


def _over_money(run: Run, summary: Summary, axis: Axis) -> Curve:
    """Of the whole log, once for every state of the file."""
    key = (str(run.path.resolve()), summary.seq, summary.changed)
    with _turn:
        known = _by_money.get(key)
    if known is None:
        with run.reading() as reading:
            known = curves(reading.log.turns())[axis]
        with _turn:
            _by_money[key] = known
            while len(_by_money) > KEPT:
                _by_money.popitem(last=False)
    return known


def _settings(run: Run) -> dict[str, JSON]:
    """All that may differ between runs of a problem; the recipe's first."""
    events = run.events(limit=1).events
    opened: JSON = events[0].body if events else {}
    recipe = opened.get("recipe") or {}
    machine = {key: value for key, value in (opened.get("machine") or {}).items() if key != "problem"}
    limits = {key: value for key, value in plain(run.summary().budget).items() if value is not None}
    parts = (
        ("recipe", recipe.get("settings") or {}),
        ("budget", limits),
        ("versions", opened.get("versions") or {}),
        ("machine", machine),
    )
    found: dict[str, JSON] = {"recipe": recipe.get("name", "")}
    for name, of in parts:
        found.update({f"{name}.{key}": value for key, value in of.items()})
    return {**found, "ordered": bool(opened.get("ordered", False)), "in_flight": opened.get("in_flight")}


def _differing(of: Iterable[Mapping[str, JSON]]) -> list[str]:
    there = list(of)
    keys = dict.fromkeys(key for each in there for key in each)
    return [key for key in keys if any(each.get(key) != there[0].get(key) for each in there)]


def _distinct(values: Sequence[JSON]) -> JSON:
    found: list[JSON] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found[0] if len(found) == 1 else {"several": found}


def _listed(told: Sequence[str]) -> str:
    more = len(told) - NAMED
    words = " ".join([*told[:NAMED], *([f"and {more} more"] if more > 0 else [])])
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def _short(value: JSON) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value)


def repeated(entries: Sequence[Entry]) -> dict[tuple[str, int], int]:
    """Seeds that more than one run of a group has, with how many."""
    counts = Counter((each.group, each.summary.random_seed or 0) for each in entries)
    return {key: count for key, count in counts.items() if count > 1}
