"""Programs and contexts that the tests of proposers share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from speciate.core.values import JSON, Candidate, Evaluation, Genome, Id, Note, Outcome, Plan, Proposal, Request
from speciate.genomes.text import python

CALLS = ("np.where", "np.abs", "np.minimum", "np.maximum", "np.exp", "np.sqrt", "np.clip", "math.sqrt", "math.exp")
HEAD = "import math\n\nimport numpy as np\n\nSCALE = 2.5\n\n# EVOLVE-BLOCK-START\n"
TAIL = "# EVOLVE-BLOCK-END\n\nLAST = 1\n"

SEEDS: Mapping[str, str] = {
    "arrays": '''def f(item: float, bins: np.ndarray) -> np.ndarray:
    """Keeps its words."""
    return item - bins
''',
    "steps": """def f(item: float, bins: np.ndarray) -> np.ndarray:
    slack = bins - item
    score = np.where(slack <= 2, 4.0, -slack)
    score = np.where((slack > 3) & (slack <= 9), 0.9 - 0.01 * slack, score)
    score = score + 0.5 * np.sqrt(np.abs(item - 0.5 * bins)) * (slack < 20)
    return score
""",
    "scalars": """def f(x: float, n: int, up: bool) -> float:
    total = 0.0
    for k in range(n):
        if up and x > k:
            total += x * k + SCALE
        else:
            total -= math.sqrt(abs(x)) / (k + 1)
    return total if total > -1.5 else -total
""",
    "words": """def f(words: list[str], sep: str = ", ") -> str:
    best = max(words, key=len)
    if len(best) > 3:
        best = best + sep
    return sep.join(words) + best
""",
    "constants": """LIMITS = [1, 2.5, -3]

def f(x):
    return [x * each + 0.5 for each in LIMITS]
""",
}


def program(name: str) -> Genome:
    return python(HEAD + SEEDS[name] + TAIL)


def candidate(genome: Genome, id: Id = 0) -> Candidate:
    return Candidate(id, genome.digest, genome)


@dataclass
class FakeContext:
    """What a proposer reads; its doors stay shut."""

    parents: tuple[Candidate, ...]
    rng: np.random.Generator
    plan: Plan = field(default_factory=Plan)
    ticket: int = 0
    inspirations: tuple[Candidate, ...] = ()
    evaluations: Mapping[Id, Evaluation] = field(default_factory=dict)

    async def call(self, model: str, prompt: JSON) -> JSON:
        raise NotImplementedError

    async def evaluate(self, genome: Genome, request: Request = Request()) -> Evaluation:
        raise NotImplementedError

    async def submit(self, proposal: Proposal) -> Outcome:
        raise NotImplementedError

    async def note(self, note: Note) -> None:
        raise NotImplementedError

    async def look(self, question: JSON) -> JSON:
        raise NotImplementedError

    def genome(self, id: Id) -> Genome:
        raise NotImplementedError
