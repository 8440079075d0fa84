"""CMA-ES (Hansen & Ostermeier 2001; Hansen, The CMA evolution strategy: a tutorial, 2016) over numbers in their own
units: `Distribution` is the class `CMA` of the package cmaes, drawn from without being changed, told by generations.

The package is Nomura and Shibata's (2024, "cmaes: a simple yet practical Python library"). To import all of it also
imports its other algorithms and with them scipy.stats, which takes a second or more, inside the loop, and tens of
megabytes; the module of this one class needs numpy alone.
"""

from __future__ import annotations

import copy
import sys
from dataclasses import dataclass, field
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from cmaes import CMA  # type: ignore[import-untyped]

Array: TypeAlias = npt.NDArray[np.float64]
WORST = 1e30  # the loss of a point without a score: it ranks last in its generation
LARGEST = 1e6  # times its scale: what a number may become
_NAME = "cmaes._cma"


@dataclass(slots=True)
class Distribution:
    """Numbers in units of `scale`, shape (numbers,), lower losses sought. `batch` is the generation that gathers, each
    of its points with the ticket that drew it."""

    scale: Array
    cma: CMA
    batch: list[tuple[int, Array, float]] = field(default_factory=list)
    fruitless: int = 0  # draws that came to nothing since the last generation: the numbers no longer change
    spent: bool = False  # converged, or fruitless for two generations' worth of draws

    @classmethod
    def around(cls, values: Array, scale: Array, spread: float, generation: int | None = None) -> Distribution:
        """A new one. `spread` is its standard deviation in units of the scale; `generation` how many points one has
        (None: 4 + 3 ln numbers, the tutorial's)."""
        mean = np.clip(values / scale, -LARGEST, LARGEST)
        return cls(scale, cma_class()(mean=mean, sigma=spread, seed=0, population_size=generation))

    @property
    def generation(self) -> int:
        """How many points it is told at once."""
        return int(self.cma.population_size)

    def drawn(self, rng: np.random.Generator) -> Array:
        """A point. It leaves the distribution as it is: a copy is seeded and asked."""
        twin = copy.copy(self.cma)  # its state is copied, its generator is another
        twin.reseed_rng(int(rng.integers(2**31)))
        return np.asarray(twin.ask()) * self.scale

    def learn(self, ticket: int, values: Array, fitness: float | None) -> None:
        """A point's fitness, higher is better, None where it has none. A generation that is whole is told in order of
        ticket, so that the order of arrival within it changes nothing."""
        loss = WORST if fitness is None else -fitness
        self.batch.append((ticket, np.clip(values / self.scale, -LARGEST, LARGEST), loss))
        if len(self.batch) < self.generation:
            return
        whole = sorted(self.batch, key=lambda each: each[0])[: self.generation]
        self.batch.clear()
        self.fruitless = 0
        self.cma.tell([(point, loss) for _, point, loss in whole])
        self.cma.ask()  # decomposes the covariance now, once, rather than in every draw
        self.spent = self.cma.should_stop()

    def refused(self) -> None:
        """A draw came to nothing: it was a duplicate, or could not be written."""
        self.fruitless += 1
        self.spent = self.fruitless > 2 * self.generation


def cma_class() -> Any:  # the package has no types
    """The class, from its module alone where that can be found. Raises ImportError without the package."""
    if _NAME not in sys.modules:
        package = find_spec("cmaes")
        if package is None:
            raise ImportError("cmaes is not installed")
        _load(Path((package.submodule_search_locations or [""])[0]) / "_cma.py")
    return sys.modules[_NAME].CMA


def _load(file: Path) -> None:
    spec = spec_from_file_location(_NAME, file) if file.is_file() else None
    if spec is None or spec.loader is None:
        import cmaes._cma  # type: ignore[import-untyped]  # noqa: F401  # of a zip file, say

        return
    sys.modules[_NAME] = module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[_NAME]
        raise
