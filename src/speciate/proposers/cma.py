"""The class `CMA` of the package cmaes (Nomura and Shibata 2024, "cmaes: a simple yet practical Python library").

Importing the package also imports its other algorithms and with them scipy.stats, which takes a second or more, inside
the loop, and tens of megabytes; the module of this one class needs numpy alone.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

_NAME = "cmaes._cma"


def cma_class() -> Any:  # the package has no types
    """The class, from its module alone where that can be found. Raises ImportError without the package."""
    if _NAME not in sys.modules:
        package = find_spec("cmaes")
        if package is None:
            raise ImportError("cmaes is not installed")
        _load(Path((package.submodule_search_locations or [""])[0]) / "_cma.py")
    return sys.modules[_NAME].CMA


def _load(file: Path) -> None:
    spec = spec_from_file_location(_NAME, file) if file.is_file() else None
    if spec is None or spec.loader is None:
        import cmaes._cma  # type: ignore[import-untyped]  # noqa: F401  # of a zip file, say

        return
    sys.modules[_NAME] = module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[_NAME]
        raise
