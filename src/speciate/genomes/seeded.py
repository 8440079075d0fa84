"""Programs that take a seed: a line such as `SEED = 0`, whose number is another one for each start.

That is all that a problem's own solver has to agree on, in any language: `SEED = 0`, `SEED: int = 0`,
`const long SEED = 0;`.
"""

from __future__ import annotations

import re

LINE = re.compile(r"^([^\S\n]*(?:[^\s=#/*]+[^\S\n]+)*SEED\b[^=\n]*=[^\S\n]*)0(?![\w.])", re.MULTILINE)


def takes_seed(text: str) -> bool:
    """Whether there is such a line."""
    return LINE.search(text) is not None


def seeded(text: str, seed: int) -> str:
    """The text with this number in its first such line; unchanged where there is none."""
    return LINE.sub(lambda found: f"{found[1]}{seed}", text, count=1)
