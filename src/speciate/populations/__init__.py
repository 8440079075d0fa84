"""What is kept. Each population answers `admits`, `add` and `view` (`core.protocols.Population`).

    flat.py         the best `size`, or every valid candidate
    map_elites.py   the best of every cell of a grid over measures
    islands.py      populations side by side, with migration around a ring

All rank by `Evaluation.fitness`, the first objective's score, and keep no more of a candidate than `Member` has.
"""

from .flat import Flat
from .islands import Emigrants, Islands, Part
from .map_elites import MapElites
from .members import Member, Ties

__all__ = ["Emigrants", "Flat", "Islands", "MapElites", "Member", "Part", "Ties"]
