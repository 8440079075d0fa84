"""Language models as proposers.

prompting, templates, parts, sizes     a ticket's prompt, from template files and typed parts of bounded length
asking                                 the conversation until an answer is a child
edits, matching, applying              SEARCH/REPLACE blocks and unified diffs, put where they belong
rewriting, completing, fences          programs written anew, functions continued
operators, novel                       the proposers
"""

from __future__ import annotations

from .asking import Asking
from .faults import EditFailed, Fault
from .operators import Complete, Crossover, Diff, Fix, Operator, Rewrite, Start
from .prompting import Answer, Prompter
from .sizes import Sizes
from .templates import Templates

__all__ = [
    "Answer",
    "Asking",
    "Complete",
    "Crossover",
    "Diff",
    "EditFailed",
    "Fault",
    "Fix",
    "Operator",
    "Prompter",
    "Rewrite",
    "Sizes",
    "Start",
    "Templates",
]
