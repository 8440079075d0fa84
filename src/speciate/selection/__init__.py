"""Who breeds, and by which arm. Selectors decide and change nothing; bandits learn by `reward`.

parents.py    uniform, tournament, rank, power law, and always the seed
bandits.py    adaptive and uniform choice among arms
"""

from .bandits import Adaptive, UniformBandit
from .parents import Always, PowerLaw, Rank, Tournament, Uniform

__all__ = ["Adaptive", "Always", "PowerLaw", "Rank", "Tournament", "Uniform", "UniformBandit"]
