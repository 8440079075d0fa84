"""What a candidate can see: asked of the rules, and of candidates themselves."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import speciate
from speciate.core.errors import ProblemError
from speciate.sandbox import CandidateFault, Layer, Sandbox
from speciate.sandbox.view import view

from .conftest import needs


@pytest.mark.parametrize(
    ("name", "what", "do"),
    [
        ("speciate", "packages names speciate, which a candidate may not see", 'remove "speciate"'),
        ("speciate.core", "which a candidate may not see", "remove"),
        ("sklearn_is_not_here", "package sklearn_is_not_here is not installed", "pip install sklearn_is_not_here"),
        ("../evil", "cannot be imported", "give the name"),
    ],
)
def test_packages_that_are_refused(name: str, what: str, do: str) -> None:
    with pytest.raises(ProblemError, match=what) as caught:
        view([name])
    assert do in caught.value.do


def test_a_module_of_no_distribution_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "evaluate_secret.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ProblemError, match="which is no installed distribution"):
        view(["evaluate_secret"])


def test_a_distribution_comes_with_what_it_requires() -> None:
    names = {os.path.basename(path) for path in view(["hypothesis"]).entries}
    assert {"hypothesis", "sortedcontainers"} <= names
    assert "numpy" not in names
    assert view(["math", "json"]).entries == ()


def test_no_rule_covers_what_is_hidden() -> None:
    found = view(["numpy"])
    granted = [os.path.realpath(path) for path in found.granted()]
    own = str(Path(speciate.__file__).parent)
    for path in (*found.hidden, own, str(Path.cwd())):
        assert not any(path == each or path.startswith(each + "/") for each in granted), path
    assert any(path.endswith("/numpy") for path in granted)


LOOK = """
import importlib, os
def imports(names):
    found = []
    for name in names:
        try:
            importlib.import_module(name)
            found.append(name)
        except ImportError:
            pass
    return found
def reads(paths):
    found = []
    for path in paths:
        try:
            os.listdir(path) if path.endswith("/") else open(path).read(1)
            found.append(path)
        except OSError:
            pass
    return found
"""


def test_only_named_packages_are_there(sandbox: Sandbox) -> None:
    needs(sandbox.layers, Layer.BUBBLEWRAP, Layer.LANDLOCK)
    stdlib = ["json", "xml.dom.minidom", "sqlite3", "decimal", "asyncio", "numpy.polynomial", "numpy.fft"]
    with sandbox.open({"seed.py": LOOK}) as program:
        others = ["speciate", "sandbox", "sandbox.wire", "pytest", "pydantic", "hypothesis", "cmaes", "pip"]
        assert program.call("imports", [*stdlib, *others]) == stdlib


def test_ours_the_problem_and_the_home_are_not_there(sandbox: Sandbox, tmp_path: Path) -> None:
    needs(sandbox.layers, Layer.BUBBLEWRAP, Layer.LANDLOCK)
    problem = tmp_path / "problem"
    problem.mkdir()
    (problem / "evaluate.py").write_text("")
    ours = Path(speciate.__file__).parent
    paths = [f"{ours}/", f"{ours}/core/loop.py", f"{problem}/", f"{problem}/evaluate.py"]
    paths += [f"{tmp_path}/", *(str(each) for place in (Path.home(), Path.cwd()) for each in place.iterdir())]
    with sandbox.open({"seed.py": LOOK}) as program:
        assert program.call("reads", [*paths, os.__file__]) == [os.__file__]


def test_a_package_of_another_name_than_its_distribution(sandbox: Sandbox) -> None:
    try:
        found = view(["attr"])  # of the distribution attrs
    except ProblemError:
        pytest.skip("attrs is not installed")
    assert any(path.endswith("/attr") for path in found.entries)
    with Sandbox(["attr"], sandbox.limits, sandbox.layers) as other:
        with other.open({"seed.py": "import attr\ndef f(): return attr.__name__"}) as program:
            assert program.call("f") == "attr"
        with other.open({"seed.py": "import numpy"}) as program, pytest.raises(CandidateFault) as caught:
            program.call("f")
    assert caught.value.reason == "ModuleNotFoundError: No module named 'numpy', seed.py line 1"
