"""With this model alone, programs become better: as a hill climber that asks it again and again shows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from speciate.core.errors import Invalid
from speciate.core.values import Request
from speciate.genomes.text import START
from speciate.llm.chat import Message, Speaker
from speciate.problems.folder import load
from speciate.proposers.llm import edits
from speciate.proposers.llm.applying import apply
from speciate.testing.model_server import Means
from speciate.testing.model_server.answering import Answerer
from speciate.testing.model_server.changing import Changer
from speciate.testing.model_server.faults import Draws
from tests.problems.local import of_text, opened


def climbed(seed: str, score: Callable[[str], float], steps: int, means: Means) -> float:
    """The score after so many steps, each an edit that is kept where the program is not worse."""
    answerer = Answerer(Changer(means), 0)
    best, found = score(seed), seed
    for step in range(steps):
        user = f"# Program to change\nFile seed.py:\n```python\n{found}```\n"
        asked = [Message(Speaker.SYSTEM, "Answer format: diff"), Message(Speaker.USER, user)]
        reply = answerer.answer(asked, Draws(4, "climb", step), None).text
        child = apply({"seed.py": found}, edits.read(str(reply), {"seed.py": found})).files["seed.py"]
        value = score(child)
        if value >= best:
            best, found = value, child
    return best


@pytest.mark.parametrize(("means", "least"), [(Means.SYNTAX, 0.5), (Means.NUMBER, 10.0)])
def test_bin_packing_improves(means: Means, least: float) -> None:
    problem = load("bin_packing")
    with opened(problem, "lists") as module:

        def score(text: str) -> float:
            try:
                with np.errstate(all="ignore"):
                    return -float(module.evaluate(of_text(text), Request())["excess"])
            except (Invalid, ArithmeticError, ValueError, TypeError, NameError):
                return -100.0

        seed = problem.seeds[0].text
        if means is Means.NUMBER:  # best fit has no number: a rule with some to tune
            seed = seed.replace("item - bins", "np.where(bins - item < 4, 1.0, (bins - item) / 100)")
        assert START in seed
        before, after = score(seed), climbed(seed, score, 100, means)
        assert before > -100.0
        assert after > before + least
