"""The command line: one file per verb; `main` is the entry point."""

from __future__ import annotations

from .entry import main

__all__ = ["main"]
