"""How a run is stopped by the process that runs it; from other processes it is steered through the store's inbox."""

from __future__ import annotations

from .budget import Stop

GRACE = 10.0  # seconds that running evaluations get after the first ctrl-C


class Control:
    """How a person stops a run from outside: callable from any thread and from a signal handler."""

    def __init__(self) -> None:
        self.asked: Stop | None = None
        self.hurry = False

    def finish(self, reason: Stop = Stop.INTERRUPTED) -> None:
        """No new tickets; what is being evaluated may finish within `GRACE` seconds."""
        self.asked = self.asked or reason

    def now(self) -> None:
        """Stop at once. What is in flight runs again on resume."""
        self.asked = self.asked or Stop.INTERRUPTED
        self.hurry = True
