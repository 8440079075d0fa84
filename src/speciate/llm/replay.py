"""A run again without its models: they answer from another run's log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from speciate.core.errors import UsageError
from speciate.core.events import Called, Granted, Turn
from speciate.core.values import JSON, Cost, Digest, canonical, digest_of


class Replay:
    """A Model that says what the models of a recorded run said.

    `turns` are the run's (`Store.read`). Requests that are alike are answered in the order in which the run made them,
    which is that of Granted; in ordered mode a run with the same seed and recipe so repeats event for event. Raises
    UsageError when asked what the run did not ask.
    """

    def __init__(self, turns: Iterable[Turn], name: str = "the recorded run") -> None:
        self._name = name
        self._asked: Counter[str] = Counter()
        self._most: dict[Digest, Cost] = {}
        order: dict[tuple[int, Digest, int], None] = {}  # what was granted, in order; probes among it are never called
        replies: dict[tuple[int, Digest, int], JSON] = {}
        for turn in turns:
            for event in turn.events:
                if isinstance(event, Granted):
                    self._most[event.request] = Cost(tokens=event.tokens, usd=event.usd)
                    if event.refused is None:
                        order.setdefault((event.ticket, event.request, event.n))
                elif isinstance(event, Called):
                    key = event.ticket, event.request, event.n
                    order.setdefault(key)
                    replies[key] = event.reply
        self._replies: dict[Digest, list[JSON]] = {}
        for key in order:
            if key in replies:  # a call that was cut off has a grant and no reply
                self._replies.setdefault(key[1], []).append(replies[key])

    def __len__(self) -> int:
        """How many replies there are."""
        return sum(map(len, self._replies.values()))

    async def complete(self, model: str, prompt: JSON) -> JSON:
        request = _request(model, prompt)
        n = self._asked[request]
        known = self._replies.get(request, [])
        if n >= len(known):
            said = f"asked {model} this {len(known)} times and no more" if known else f"never asked {model} this"
            raise UsageError(
                f"{self._name} {said}, so it cannot be replayed here",
                "give the same problem, recipe, settings, seed and --ordered as the run had, or a --model",
            )
        self._asked[request] += 1
        return known[n]

    def most(self, model: str, prompt: JSON) -> Cost:
        """What the run reserved for this, so that a limit stands in the way where it did."""
        return self._most.get(_request(model, prompt), Cost())


def _request(model: str, prompt: JSON) -> Digest:
    return digest_of("call", model, canonical(prompt))  # as the door of `core.context` has it
