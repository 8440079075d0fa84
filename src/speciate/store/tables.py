"""Flat tables for spreadsheets and data frames, written row by row: one may have more rows than memory has room for.

Numbers stand as they are, with all their digits; what is not known is empty. A spreadsheet takes a text that begins
with = + - @, a tab or a carriage return for a formula, and runs it; what a candidate, a model or an evaluator said can
begin so. In CSV such a text therefore gets an apostrophe before it, as OWASP advises, and nothing else is changed; in
Parquet, where no cell is a formula, every text stands as it is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias

Value: TypeAlias = str | int | float | None
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Flat:
    """A table of one kind of value a column. `kinds` by column, in their order; `rows` when they are asked for."""

    name: str
    kinds: Mapping[str, type]
    rows: Callable[[], Iterator[tuple[Value, ...]]]


def write_csv(table: Flat, file: BinaryIO) -> int:
    """UTF-8, a header, lines that end in CR LF as RFC 4180 has them. Returns the number of rows. Raises OSError."""
    text = io.TextIOWrapper(file, "utf-8", errors="backslashreplace", newline="", write_through=False)
    try:
        writer = csv.writer(text)
        writer.writerow(map(harmless, table.kinds))
        count = 0
        for row in table.rows():
            writer.writerow(map(harmless, row))
            count += 1
        text.flush()
    finally:
        _let_go(text)
    return count


def _let_go(text: io.TextIOWrapper) -> None:
    """Without closing the caller's file. What could not be written is given up with it: why was raised already."""
    try:
        text.detach()
    except OSError:
        return


def harmless(value: Value) -> Value:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
