"""How a run is stopped by the process that runs it, and what that process notices for it; from other processes it is
steered through the store's inbox."""

from __future__ import annotations

from collections.abc import Callable

from .budget import Stop

GRACE = 10.0  # seconds that running evaluations get after the first ctrl-C


class Control:
    """How a person stops a run from outside: callable from any thread and from a signal handler."""

    def __init__(self, told: Callable[[str], None] = lambda what: None) -> None:
        self.asked: Stop | None = None
        self.hurry = False
        self.edited = ""  # what of the problem was, while the run went on
        self.edits: Callable[[], str] = lambda: ""  # asked ten times a second, says it once
        self._told = told

    def look(self) -> str:
        """What of the problem was edited since the last look, for the log; whoever wants to know is told."""
        found = self.edits()
        if found:
            self.edited = found
            self._told(found)
        return found

    def finish(self, reason: Stop = Stop.INTERRUPTED) -> None:
        """No new tickets; what is being evaluated may finish within `GRACE` seconds."""
        self.asked = self.asked or reason

    def now(self) -> None:
        """Stop at once. What is in flight runs again on resume."""
        self.asked = self.asked or Stop.INTERRUPTED
        self.hurry = True
