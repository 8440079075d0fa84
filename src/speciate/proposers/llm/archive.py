"""What has been placed, as far as it takes to tell whether a new program is more than a variant of it: hashed n-grams
of its tokens, and the vector of an embedder where there is one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np
import numpy.typing as npt

from speciate.core.values import (
    EVERYWHERE,
    JSON,
    Closed,
    Digest,
    Failed,
    Id,
    Outcome,
    Placed,
    Started,
)
from speciate.genomes.languages import language_of
from speciate.genomes.text import editable

Vector = npt.NDArray[np.float32]
BINS = 512  # that n-grams are hashed into
QUOTES = "'" * 3
VECTOR = "vector"  # the key in a candidate's notes of its embedding, of length 1
WIDE = 1e15  # the square of numbers beyond it, or below its inverse, is none that a float of 32 bits holds


@dataclass(frozen=True, slots=True)
class Near:
    """The known candidate most like a program, and the cosine of the two."""

    id: Id
    cosine: float


class Archive:
    """The last candidates that were placed, by island of birth. Several proposers may share one.

    What a ticket compares with is what had been placed when it started, so that it is decided again as it was
    (unless more than `remember` are placed while it is open).

    Args:
        remember: how many candidates are compared with.

    Raises:
        ValueError: for a number below 1.
    """

    def __init__(self, remember: int = 500) -> None:
        if remember < 1:
            raise ValueError(f"remember = {remember}, and it must be 1 or more")
        self.remember = remember
        self._room = 2 * remember
        self._ids = np.full(self._room, -1, np.int64)
        self._islands = np.full(self._room, EVERYWHERE, np.int64)
        self._texts = np.zeros((0, BINS), np.float32)
        self._vectors = np.zeros((0, 0), np.float32)
        self._digests: dict[Digest, tuple[int, Id]] = {}  # of all that were placed: as which, and whose
        self._count = 0
        self._known: dict[int, int] = {}  # how many there were when a ticket started
        self._told: Outcome | None = None

    def observe(self, outcome: Outcome) -> None:
        """Each outcome counts once, however many proposers tell it."""
        if outcome is self._told:
            return
        self._told = outcome
        match outcome:
            case Started():
                self._known[outcome.ticket] = self._count
            case Failed() | Closed():
                self._known.pop(outcome.ticket, None)
            case Placed(candidate=candidate) if candidate.genome.files:
                if not (self._ids == candidate.id).any():  # else it is evaluated again
                    notes = candidate.notes
                    vector = notes.get(VECTOR) if isinstance(notes, dict) else None
                    self._digests.setdefault(candidate.digest, (self._count, candidate.id))
                    self._add(candidate.id, candidate.island, signature(candidate.genome.files), vector)
            case _:
                pass

    def same(self, ticket: int, digest: Digest) -> Id | None:
        """Who is this very program, of any island, among all that had been placed when the ticket started."""
        place, id = self._digests.get(digest, (self._count, 0))
        return id if place < self._known.get(ticket, self._count) else None

    def like_text(self, ticket: int, island: int, text: Vector) -> Near | None:
        """The most alike by text of those that a ticket compares with; None where there are none."""
        return self._nearest(ticket, island, self._texts, text)

    def like_vector(self, ticket: int, island: int, vector: Vector) -> Near | None:
        """The same by the embedder's vector."""
        if self._vectors.shape[1] != len(vector):
            return None
        return self._nearest(ticket, island, self._vectors, vector)

    def _nearest(self, ticket: int, island: int, rows: Vector, row: Vector) -> Near | None:
        known = self._known.get(ticket, self._count)
        first = max(known - self.remember, self._count - self._room, 0)
        found: Near | None = None
        for begin, end in self._pieces(first, known):
            islands = self._islands[begin:end]
            cosines = np.where((islands == island) | (islands == EVERYWHERE), rows[begin:end] @ row, -np.inf)
            best = int(np.argmax(cosines))
            if cosines[best] > (found.cosine if found is not None else -np.inf):
                found = Near(int(self._ids[begin + best]), float(cosines[best]))
        return found

    def _pieces(self, first: int, known: int) -> Sequence[tuple[int, int]]:
        """The places of those from `first` to `known`, in their order: one row of them, or two around the end."""
        begin, end = first % self._room, first % self._room + known - first
        pieces = (begin, min(end, self._room)), (0, end - self._room)
        return [each for each in pieces if each[0] < each[1]]

    def _add(self, id: Id, island: int, text: Vector, vector: JSON) -> None:
        if not len(self._texts):
            self._texts = np.zeros((self._room, BINS), np.float32)
        place = self._count % self._room
        self._ids[place], self._islands[place], self._texts[place] = id, island, text
        if vector and not len(self._vectors):
            self._vectors = np.zeros((self._room, len(vector)), np.float32)
        if len(self._vectors):
            fits = bool(vector) and len(vector) == self._vectors.shape[1]
            self._vectors[place] = vector if fits else 0.0
        self._count += 1


def signature(files: Mapping[str, str]) -> Vector:
    """Counts of the token trigrams of what may change, hashed into `BINS` and scaled to length 1, shape (BINS,).
    Comments, blanks and docstrings (all texts in three quotes) do not count."""
    return _signature(tuple(_blocks(files)))


@lru_cache(maxsize=256)  # a program's is asked for when it is proposed, and again when it is placed
def _signature(code_of: tuple[tuple[str, str], ...]) -> Vector:
    tokens = [token for name, code in code_of for token in _pattern(name).findall(code) if token]
    grams = zip(["", *tokens], tokens, [*tokens[1:], ""], strict=False)
    places = [crc32(f"{one} {two} {three}".encode("utf-8", "surrogatepass")) % BINS for one, two, three in grams]
    found = unit(np.bincount(np.asarray(places, np.int64), minlength=BINS))
    found.flags.writeable = False
    return found


def essence(files: Mapping[str, str]) -> str:
    """The code that may change."""
    return "\n".join(code for _, code in _blocks(files))


def _blocks(files: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(name, block.code) for name, found in editable(files).items() for block in found]


@lru_cache(maxsize=64)
def _pattern(name: str) -> re.Pattern[str]:
    """Finds the tokens of a file, and "" for what does not count. A tree would tell more, and take milliseconds."""
    comment = re.escape(language_of(name).opening)
    quoted = r'"(?:\\.|[^"\\\n])*"|' + r"'(?:\\.|[^'\\\n])*'"
    return re.compile(rf'"""[\s\S]*?"""|{QUOTES}[\s\S]*?{QUOTES}|{comment}[^\n]*|({quoted}|\w+|[^\w\s])')


def unit(vector: npt.ArrayLike) -> Vector:
    """Scaled to length 1, from whatever finite numbers."""
    whole = np.asarray(vector, np.float64)
    largest = float(np.abs(whole).max(initial=0.0))
    if largest and not 1 / WIDE < largest < WIDE:
        whole = whole / largest
    row = whole.astype(np.float32)
    length = float(np.linalg.norm(row))
    return row / np.float32(length) if length else row
