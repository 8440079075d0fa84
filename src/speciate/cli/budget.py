"""`speciate budget`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from speciate.core.errors import UsageError
from speciate.core.verbs import Verb

from .asking import answer, ask, chosen, named
from .options import FLAGS, PLAIN, UNLIMITED, Limits, Output, RunName, RunsFolder, continued
from .resume import used
from .terminal import Terminal


def budget(
    name: Annotated[str | None, Parameter(help="which run; default the newest")] = None,
    /,
    *,
    limits: Limits = UNLIMITED,
    run: RunName = None,
    runs: RunsFolder = None,
    output: Output = PLAIN,
) -> int:
    """speciate budget --evals +3000
      speciate budget bin_packing-1 --max-time 1h --max-cost 2

    Change the limits of a run while it works: +3000 adds to a limit, 5000 is its new total, none lifts it."""
    path, before = chosen(name, run, runs)
    wanted = continued(limits, asdict(before.budget), used(before), before.metric)
    if wanted is None:
        raise UsageError("speciate budget needs a limit to change", "speciate budget --evals +1000")
    asked = ask(path, Verb.BUDGET, named(limits, wanted))
    typed = {flag: getattr(limits, flag.lstrip("-").replace("-", "_")) for flag in (*FLAGS.values(), "--on-failures")}
    said = " ".join(f"{flag} {text}" for flag, text in typed.items() if text is not None)
    return answer(asked, before, output, Terminal.of(output.color), f"budget {said}")
