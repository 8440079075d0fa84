"""What a comparison leaves in its folder: report.json, the page report.html, and tables on demand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from speciate.store.documents import document

if TYPE_CHECKING:
    from speciate.compare.exported import Format
    from speciate.compare.report import Report

REPORT, PAGE = "report.json", "report.html"


def leave(report: Report, folder: Path, tables: Format | None) -> None:
    """Each file whole or not at all. Raises UsageError where tables need a package that is not there."""
    from speciate.compare.page import page_of

    _write(folder / REPORT, document("compare.report", report.as_json()) + "\n")
    _write(folder / PAGE, page_of(report))
    if tables is not None:
        from speciate.compare.exported import write

        write(report, folder, tables)


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
