"""What of a problem changed since a run began: scores of before and after would not be comparable.

`Problem.parts` is {"keys": {"limits.seconds": 2.0, ...}, "files": {"evaluate.py": digest, ...}}; the Opened event keeps
it. A Steered event with the verb `accept` marks in the log where a person chose to go on with other parts, and one with
the verb `edited` where the engine saw that they had changed while it went on.
"""

from __future__ import annotations

from collections.abc import Mapping

from .errors import UsageError
from .values import JSON

ACCEPT = "accept"  # the verb of the Steered event
EDITED = "edited"  # and of the one where the engine saw it itself, while it went on
FIXED = ("objectives.", "measures.")  # keys without which the population's past means nothing
SHOWN = 3  # changes that the sentence names


def describe_changes(before: Mapping[str, JSON], now: Mapping[str, JSON]) -> str:
    """ "problem.toml changed since this run began (limits.seconds 2 → 5)"."""
    keys = changed_keys(before, now)
    files = _differing(before.get("files") or {}, now.get("files") or {})
    names = (["problem.toml"] if keys else []) + files[:SHOWN]
    more = len(files) - SHOWN
    names += [f"{more} more files"] if more > 0 else []
    if not names:
        return "the problem changed since this run began"
    said = [_said(key, before.get("keys") or {}, now.get("keys") or {}) for key in keys[:SHOWN]]
    said += [f"and {len(keys) - SHOWN} keys more"] if len(keys) > SHOWN else []
    shown = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    return f"{shown} changed since this run began" + (f" ({', '.join(said)})" if said else "")


def differences(one: Mapping[str, JSON], two: Mapping[str, JSON]) -> list[str]:
    """What two problems' parts have otherwise: "limits.seconds 2 → 5", "evaluate.py"; at most a few, with how many
    more. Empty where the parts say nothing."""
    keys = [_said(key, one.get("keys") or {}, two.get("keys") or {}) for key in changed_keys(one, two)]
    found = keys + _differing(one.get("files") or {}, two.get("files") or {})
    more = len(found) - SHOWN
    return found[:SHOWN] + ([f"{more} more"] if more > 0 else [])


def changed_keys(before: Mapping[str, JSON], now: Mapping[str, JSON]) -> list[str]:
    """The scoring keys of problem.toml that differ."""
    return _differing(before.get("keys") or {}, now.get("keys") or {})


def refuse_changed(before: Mapping[str, JSON], now: Mapping[str, JSON], accept: bool) -> None:
    """Raises UsageError unless a person accepts the change, and even then for objectives and measures: what was scored
    before has no place among them."""
    what = describe_changes(before, now)
    fixed = [key for key in changed_keys(before, now) if key.startswith(FIXED)]
    if accept and not fixed:
        return
    if fixed:
        raise UsageError(f"{what}: what was scored before has no value for it", "speciate run for a new run")
    raise UsageError(
        f"{what}: scores would not be comparable",
        "speciate run for a new run; --accept-changes marks the break in the log",
    )


def _differing(before: Mapping[str, JSON], now: Mapping[str, JSON]) -> list[str]:
    return [name for name in {**before, **now} if before.get(name) != now.get(name)]


def _said(key: str, before: Mapping[str, JSON], now: Mapping[str, JSON]) -> str:
    return f"{key} {_value(before.get(key))} → {_value(now.get(key))}"


def _value(value: JSON) -> str:
    if value is None:
        return "none"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return str(value)
