"""Tables as Parquet files, through pyarrow, where it is installed."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from speciate.core.errors import UsageError

if TYPE_CHECKING:
    from .exported import Flat


def refuse_missing() -> None:
    """Raises UsageError where there is no pyarrow: before anything is spent on what could not be written."""
    try:
        import_module("pyarrow.parquet")
    except ImportError as missing:
        what = f"Parquet needs a package that is not installed ({missing.name or 'pyarrow'})"
        raise UsageError(what, "pip install 'speciate[parquet]', or --tables csv") from missing


def write_parquet(table: Flat, path: Path) -> None:
    """Raises UsageError where there is no pyarrow."""
    refuse_missing()
    arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    kinds = {str: arrow.string(), int: arrow.int64(), float: arrow.float64()}
    schema = arrow.schema([(name, kinds[kind]) for name, kind in table.kinds.items()])
    columns = list(zip(*table.rows(), strict=True)) or [()] * len(table.kinds)
    parquet.write_table(arrow.table([list(each) for each in columns], schema=schema), str(path))
