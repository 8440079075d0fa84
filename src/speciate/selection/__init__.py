"""Who breeds, and by which arm. Selectors decide and change nothing; they learn by `observe`, bandits by `reward`.

parents.py    uniform, tournament, rank, power law, and always the seed
weighted.py   by score and number of children (ShinkaEvolve); explore or exploit (OpenEvolve)
beam.py       the best few in turn; the same one several times
boltzmann.py  the softmax of scores, over clusters where there are any (FunSearch)
inspired.py   what a model is shown besides the parent, added to a plan
learning.py   what selectors that learn from outcomes have in common
models.py     which model does the work, added to a plan
bandits.py    adaptive, fixed and uniform choice among arms, and Thompson's
costs.py      what arms were charged, in one unit
ucb.py        upper confidence bounds on large gains, weighed against cost (ShinkaEvolve)
"""

from .bandits import Adaptive, FixedWeights, Thompson, UniformBandit
from .beam import BeamSearch, BestOfN
from .boltzmann import Boltzmann
from .inspired import Inspired
from .learning import Learner
from .models import Models
from .parents import Always, Plans, PowerLaw, Rank, Tournament, Uniform
from .ucb import AsymmetricUCB
from .weighted import ExploreExploit, Weighted

__all__ = [
    "Adaptive",
    "Always",
    "AsymmetricUCB",
    "BeamSearch",
    "BestOfN",
    "Boltzmann",
    "ExploreExploit",
    "FixedWeights",
    "Inspired",
    "Learner",
    "Models",
    "Plans",
    "PowerLaw",
    "Rank",
    "Thompson",
    "Tournament",
    "Uniform",
    "UniformBandit",
    "Weighted",
]
