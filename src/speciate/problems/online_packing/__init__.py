"""Online bin packing, for the evaluators of the problems that are such: the rule's table, the simulation, the score.

A bin's score may depend on the item and on that bin's capacity alone. So a rule is asked once for its whole table
(`table`), and the packing is simulated on the trusted side, where the rule cannot reach (`packing`). A problem's folder
brings the lists; the problems' tests hold exact counts of bins, so that what is here cannot change unnoticed.
"""

from __future__ import annotations

from .instances import Instance, Lists, read
from .scoring import score

__all__ = ["Instance", "Lists", "read", "score"]
