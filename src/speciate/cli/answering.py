"""The flags that say who answers a run's questions to language models: servers, a folder of replies, another run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from speciate.core.budget import Budget
from speciate.core.errors import UsageError
from speciate.models import Answering, Pace

from .options import METHOD, ModelPrices, seconds_of

if TYPE_CHECKING:
    from speciate.core.problem import Problem


@Parameter(name="*")
@dataclass(frozen=True)
class Asked:
    """Who is asked, as typed."""

    model: Annotated[
        Sequence[str], Parameter(group=METHOD, help="a language model as operator; repeat it for a pool")
    ] = ()
    price: ModelPrices = ()
    calls: Annotated[
        int | None, Parameter(group=METHOD, help="questions to models at once; default 16, or 8 with --ordered")
    ] = None
    deadline: Annotated[str | None, Parameter(group=METHOD, help="for one reply of a model; default 300s")] = None
    rpm: Annotated[int | None, Parameter(group=METHOD, help="requests a minute that a server allows")] = None
    tpm: Annotated[int | None, Parameter(group=METHOD, help="tokens a minute that a server allows")] = None
    cache: Annotated[
        Path | None, Parameter(group=METHOD, help="folder of models' replies: what is there is not asked again")
    ] = None
    replay: Annotated[
        str | None, Parameter(group=METHOD, help="an --ordered run, again: its log answers, no model is asked")
    ] = None

    def answering(self, path: Path | None) -> Answering:
        """`path` is the file of the run that is replayed."""
        return Answering(tuple(self.price), self.cache, path, pace=Pace(self._seconds(), self.rpm, self.tpm))

    def _seconds(self) -> float | None:
        if self.deadline is None:
            return None
        try:
            return seconds_of(self.deadline)
        except ValueError:
            what = f"--deadline {self.deadline}: expected a time such as 60s or 2m"
            raise UsageError(what, "--deadline 60s") from None


NOBODY = Asked()


@dataclass(frozen=True)
class Recorded:
    """A run that is replayed: all that was said of it holds again, unless it is said anew."""

    path: Path
    recipe: str
    settings: Mapping[str, object]
    seed: int
    budget: Budget

    @property
    def name(self) -> str:
        return self.path.stem

    def on(self, problem: Problem) -> Problem:
        """The problem with the run's limits for its own."""
        return replace(problem, budget=self.budget)


def recorded(asked: Asked, recipe: str | None, folder: Path) -> Recorded | None:
    """The run after --replay. Raises UsageError where there is none, where one that is ordered is needed, and for flags
    that a replay has no use for; StoreError for a file that is no run."""
    if asked.replay is None:
        return None
    useless = {"--model": asked.model, "--price": asked.price, "--cache": asked.cache, "--calls": asked.calls}
    for flag, given in (useless | {"--deadline": asked.deadline, "--rpm": asked.rpm, "--tpm": asked.tpm}).items():
        if given:
            what = f"--replay {asked.replay}: its log answers, so {flag} has no use"
            raise UsageError(what, f"leave {flag} out, or --replay")
    from speciate.session import opening
    from speciate.store.queries import Run

    from .finding import run_path

    path = run_path(asked.replay, folder)
    with Run(path) as run:
        opened = opening(run)
    spec = opened["recipe"]
    if recipe is not None and recipe != spec["name"]:
        raise UsageError(f"{path.stem} was made by recipe {spec['name']}, not {recipe}", "leave --recipe out")
    if objects := spec.get("objects"):
        made = ", ".join(f"{name}: {kind}" for name, kind in objects.items())
        raise UsageError(f"{path.stem} uses objects of a Python program ({made})", "replay it from that program")
    budget = Budget(**(opened.get("budget") or {}))
    return Recorded(path, str(spec["name"]), dict(spec.get("settings") or {}), int(opened["seed"]), budget)
