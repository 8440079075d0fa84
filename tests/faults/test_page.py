"""What docs/reliability.md says was tried is tried by a test of that name, and none of these files has one that it does
not name."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "reliability.md"
OURS = ("test_evaluator.py", "test_engine.py", "test_store_faults.py", "test_models_killed.py")


def names(*files: Path) -> set[str]:
    trees = [ast.parse(each.read_text(encoding="utf-8")) for each in files]
    return {node.name for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_test_that_is_named_exists_and_every_one_of_ours_is_named() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text(encoding="utf-8")))
    rooms = [file for room in ("faults", "promises", "store") for file in (TESTS / room).glob("test_*.py")]
    assert named - names(*rooms) == set()
    ours = {name for name in names(*(TESTS / "faults" / name for name in OURS)) if name.startswith("test_")}
    assert ours - named == set()
