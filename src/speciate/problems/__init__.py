"""Problem folders: `load` one by path or by name, and the ones that come with Speciate."""

from __future__ import annotations

from .folder import load, names, shipped

__all__ = ["load", "names", "shipped"]
