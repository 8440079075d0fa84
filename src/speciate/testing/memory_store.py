"""A store in memory: the whole of `core.protocols.Store`, and the ways in which a real one can fail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from speciate.core.errors import StoreError
from speciate.core.events import Evaluated, Proposed, Turn
from speciate.core.values import SEALED, Candidate, Command, Digest, Evaluation, Id, digest_of


class MemoryBlobs:
    """Large bytes by their digest."""

    def __init__(self) -> None:
        self._data: dict[Digest, bytes] = {}

    def put(self, data: bytes) -> Digest:
        digest = digest_of(data)
        self._data[digest] = data
        return digest

    def get(self, digest: Digest) -> bytes:
        return self._data[digest]


class MemoryStore:
    """A run's log as a list of turns.

    Args:
        lazy: a turn becomes durable only at `commit`, so that `killed` loses what was appended after it; otherwise
            at once.
        fail_at: the sequence number of the event at which the disk is full: its turn, and all that come after, raise
            StoreError and are not kept.
    """

    def __init__(self, *, lazy: bool = False, fail_at: int | None = None) -> None:
        self.turns: list[Turn] = []  # the durable ones
        self._queue: list[Turn] = []
        self._lazy = lazy
        self._fail_at = fail_at
        self._last = 0  # sequence number of the last event appended
        self._known: dict[Id, tuple[Candidate, Evaluation | None]] = {}
        self._commands: list[Command] = []
        self._taken: list[Command] = []  # handed out, not done yet
        self._blobs = MemoryBlobs()

    def append(self, turn: Turn) -> None:
        """Raises StoreError for a turn that does not follow the last one, or that has no events."""
        if turn.first != self._last + 1 or not turn.events:
            raise StoreError(f"a turn of {len(turn.events)} events from {turn.first} cannot follow event {self._last}")
        if self._fail_at is not None and turn.last >= self._fail_at:
            self._fail_at = 0  # after a failure nothing is taken
            raise StoreError(f"the store failed at event {turn.last}", "it was told to: fail_at")
        self._last = turn.last
        self._queue.append(turn)
        if not self._lazy:
            self._settle()

    async def commit(self) -> None:
        if self._fail_at == 0:
            raise StoreError("the store has failed", "it was told to: fail_at")
        self._settle()

    def read(self, since: int = 0) -> Iterator[Turn]:
        """The durable turns that begin after event `since`."""
        return iter([turn for turn in self.turns if turn.first > since])

    def candidate(self, id: Id) -> tuple[Candidate, Evaluation | None]:
        return self._known[id]

    def inbox(self) -> Sequence[Command]:
        commands, self._commands = self._commands, []
        self._taken += commands
        return commands

    @property
    def blobs(self) -> MemoryBlobs:
        return self._blobs

    def send(self, command: Command) -> None:
        """What a person's command line would do: put a command into the inbox."""
        self._commands.append(command)

    def killed(self) -> MemoryStore:
        """What another process finds after `kill -9`: the durable turns, all commands that are not done, the blobs."""
        after = MemoryStore(lazy=self._lazy)
        for turn in self.turns:
            after.append(turn)
        after._settle()
        after._commands = self._taken + self._commands
        after._blobs = self._blobs
        return after

    def _settle(self) -> None:
        for turn in self._queue:
            self.turns.append(turn)
            self._index(turn)
        if self._queue:
            self._taken.clear()
        self._queue.clear()

    def _index(self, turn: Turn) -> None:
        for event in turn.events:
            if isinstance(event, Proposed) and event.new:
                self._known[event.candidate.id] = (event.candidate, None)
            elif isinstance(event, Evaluated) and event.request.stage != SEALED:
                self._known[event.candidate] = (self._known[event.candidate][0], event.evaluation)
