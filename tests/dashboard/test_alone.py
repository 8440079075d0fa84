"""A run's page as one file: what it asks for is in it, and nothing that a run holds gets out of its element."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from speciate.cli import main
from speciate.core.errors import UsageError
from speciate.dashboard import alone
from speciate.dashboard.alone import Alone, answered, write_page
from speciate.dashboard.bundle import FOLDER
from speciate.dashboard.choosing import chosen
from speciate.store.queries import Run
from speciate.store.sqlite import SqliteStore
from speciate.testing import hostile
from speciate.testing.store import append_all
from speciate.testing.story import story
from speciate.testing.story_parts import Story

SCRIPT = "console.log('<\\/script>', \"<style>\");"
TEMPLATE = f"""<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <style>body {{ margin: 0 }}</style>
  </head>
  <body>
    <div id="page"></div>
    <script type="module">{SCRIPT}</script>
</body>
</html>
"""


class Elements(HTMLParser):
    """Every element, as a browser finds them: what is in a script or a style is text until its end."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.texts.append("")

    def handle_data(self, data: str) -> None:
        if self.texts:
            self.texts[-1] += data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("alone")
    for name, told in (("story-1", Story(60)), ("evil-1", Story(len(hostile.ALL) + 2, evil=True))):
        with SqliteStore.create(made / f"{name}.db") as store:
            append_all(store, story(told))
    (made / "page").mkdir()
    (made / "page/export.html").write_text(TEMPLATE)
    return made


@pytest.fixture
def written(folder: Path) -> Callable[[str], tuple[Alone, str]]:
    def write(name: str) -> tuple[Alone, str]:
        file = io.BytesIO()
        with Run(folder / f"{name}.db") as run:
            wrote = write_page(run, file, folder / "page")
        return wrote, file.getvalue().decode()

    return write


def elements_of(html: str) -> Elements:
    parser = Elements()
    parser.feed(html)
    parser.close()
    return parser


def data_of(html: str) -> dict[str, Any]:
    parser = elements_of(html)
    at = [attrs.get("id") for _, attrs in parser.found].index("speciate-data")
    found: dict[str, Any] = json.loads(parser.texts[at])
    return found


def test_it_has_what_the_page_asks_for(written: Callable[[str], tuple[Alone, str]], folder: Path) -> None:
    wrote, html = written("story-1")
    data = data_of(html)
    assert (wrote.candidates, len(wrote.left_out)) == (60, 1)
    with Run(folder / "story-1.db") as run:
        assert data["/api/runs/story-1/summary"]["best"]["id"] == run.resolve("best")
        for id in (0, 7, 59):
            assert data[f"/api/runs/story-1/candidates/{id}"]["files"] == dict(run.candidate(id).files)
        parent = run.candidate(59).row.parents[0]
        assert data[f"/api/runs/story-1/candidates/59/diff?to={parent}"]["from"]["id"] == parent
        assert data["/api/runs/story-1/candidates/59/diff?to=best"]["from"]["id"] == run.resolve("best")
        for path in ("nodes", "curve?x=seconds&points=2000", "log", "candidates/59/prompt"):
            assert data[f"/api/runs/story-1/{path}"] == json.loads(answered(run, path))
    assert data["/api/compare?runs=story-1&x=evals"]["kind"] == "compare"
    assert data["/api/runs"]["runs"][0]["run"] == "story-1"
    assert data["/api/runs"]["read_only"]
    about = data["/api/export"]
    assert (about["run"], about["left_out"]) == ("story-1", list(wrote.left_out))
    assert [path for path, answer in data.items() if answer["kind"] == "error"] == []


def test_nothing_gets_out_of_its_element(written: Callable[[str], tuple[Alone, str]], folder: Path) -> None:
    _, html = written("evil-1")
    parser = elements_of(html)
    assert [tag for tag, _ in parser.found] == [
        "html",
        "head",
        "meta",
        "meta",
        "style",
        "body",
        "div",
        "script",
        "script",
    ]
    data = data_of(html)
    with Run(folder / "evil-1.db") as run:
        for id in range(len(hostile.ALL) + 2):
            found = data[f"/api/runs/evil-1/candidates/{id}"]
            assert found["files"] == dict(run.candidate(id).files)
            assert found["feedback"] == run.candidate(id).feedback
    assert "\u2028" not in html
    assert "\x1b" not in html


def test_only_its_own_script_may_run(written: Callable[[str], tuple[Alone, str]]) -> None:
    parser = elements_of(written("story-1")[1])
    policy = next(attrs["content"] for tag, attrs in parser.found if "http-equiv" in attrs) or ""
    allowed = dict(part.split(" ", 1) for part in policy.split("; "))
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    assert allowed["script-src"] == f"'sha256-{digest}'"
    assert allowed["default-src"] == "'none'"
    assert re.fullmatch(r"'sha256-[\w+/]{43}='", allowed["style-src"])


def test_what_has_no_room_is_said(
    written: Callable[[str], tuple[Alone, str]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alone, "BUDGET", 100_000)
    wrote, html = written("story-1")
    assert 0 < wrote.candidates < 40
    assert wrote.left_out[0].startswith(f"the programs, prompts and logs of {60 - wrote.candidates} of 60 candidates")
    data = data_of(html)
    with Run(folder / "story-1.db") as run:
        path = [step.id for step in run.candidate(run.resolve("best")).path]
    assert all(f"/api/runs/story-1/candidates/{id}" in data for id in path)


def test_the_wanted_come_first_and_each_once(folder: Path) -> None:
    with Run(folder / "story-1.db") as run:
        order = list(chosen(run))
        best = run.candidate(run.resolve("best"))
    assert sorted(order) == [*range(60)]
    assert order[: len(best.path)] == [0, best.row.id, *(step.id for step in best.path[1:-1])]


def test_a_page_that_was_not_built(folder: Path, tmp_path: Path) -> None:
    with Run(folder / "story-1.db") as run, pytest.raises(UsageError, match="is not built") as caught:
        write_page(run, io.BytesIO(), tmp_path)
    assert caught.value.do == "cd web && npm ci && npm run build"
    (tmp_path / "export.html").write_text("<html>")
    with Run(folder / "story-1.db") as run, pytest.raises(UsageError, match="is not the page"):
        write_page(run, io.BytesIO(), tmp_path)


@pytest.mark.skipif(not (FOLDER / "export.html").is_file(), reason="the page is not built: see web/README.md")
def test_by_the_verb(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "page.html"
    assert main(["export", "story-1", "--runs", str(folder), "-o", str(out)]) == 0
    assert data_of(out.read_text())["/api/export"]["run"] == "story-1"
    said = capsys.readouterr().err.splitlines()
    assert said[0] == f"{out}   the dashboard with 60 candidates of story-1"
    assert said[1].startswith("left out ")
