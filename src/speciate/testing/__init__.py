"""For the tests of one's own roles: fakes, a toy problem, a digest of state, and one conformance suite per Protocol.

    class TestNewest(PopulationSuite):
        def make(self):
            return Newest(size=50)

The suites are pytest classes; this package needs pytest, and nothing else of Speciate imports it.
"""

from . import _rewrite  # noqa: F401  # before the suites, so that a failed assertion shows its values
from .bandit import BanditSuite
from .digest import state_digest
from .evaluator import EvaluatorSuite
from .fakes import FixedContext, FixedProposer, FixedView, InProcess, ScriptedModel
from .memory import MemorySuite
from .memory_store import MemoryBlobs, MemoryStore
from .population import PopulationSuite
from .proposer import ProposerSuite
from .runner import RunnerSuite
from .selector import SelectorSuite
from .store import StoreSuite
from .toy import ToyProblem, numbers

__all__ = [
    "BanditSuite",
    "EvaluatorSuite",
    "FixedContext",
    "FixedProposer",
    "FixedView",
    "InProcess",
    "MemoryBlobs",
    "MemoryStore",
    "MemorySuite",
    "PopulationSuite",
    "ProposerSuite",
    "RunnerSuite",
    "ScriptedModel",
    "SelectorSuite",
    "StoreSuite",
    "ToyProblem",
    "numbers",
    "state_digest",
]
