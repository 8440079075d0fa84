"""The page of a comparison: that it needs nothing, that nothing in it is anybody's markup, and what it says."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

import pytest

from speciate.compare.cells import Cell
from speciate.compare.page import page_of
from speciate.compare.page.frame import Look, apart, between, shortened, steps
from speciate.compare.page.markup import tag, text
from speciate.compare.page.scales import Scale, spanning
from speciate.compare.plan import Plan
from speciate.compare.report import CellState
from speciate.compare.reporting import report_of

from .made import cell, cells, plan, subject

HOSTILE = '</title><script>alert(1)</script><img src="https://x.test/a.png" onerror=alert(1)>\x1b[2J\u202e"\'&'


@dataclass
class Read(HTMLParser):
    """What a browser would find: elements with their attributes, open ones closed in order."""

    found: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in {"meta", "input"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for each, attributes in self.found if each == name]


def read(page: str) -> Read:
    found = Read()
    found.feed(page)
    assert found.open == []
    return found


def page(of: Plan, failed: str | None = None) -> str:
    made = cells(of, lambda key: 1.0 + key.seed / 7 + (key.recipe == "ours") + len(key.problem) / 9)
    if failed is not None:
        made[0] = Cell(made[0].key, CellState.FAILED, failed)
    return page_of(report_of("made-1", of, made, 20))


SEVERAL = subject("hill"), subject("valley", down=True, published=-9.0), subject("unknown", published=None)


@pytest.fixture(scope="module")
def whole() -> str:
    return page(plan("ours", "other", "random", problems=SEVERAL), "the disk was full")


def addresses(found: Read) -> Iterator[str]:
    for _, attributes in found.found:
        for name in ("src", "href", "srcset", "data", "action", "xlink:href", "poster", "style"):
            if attributes.get(name):
                yield str(attributes[name])


def test_it_needs_no_network_no_script_and_no_other_file(whole: str) -> None:
    found = read(whole)
    assert all(each.startswith("#") for each in addresses(found))
    assert not re.search(r"https?:|//|@import", whole.replace("<!doctype html>", ""))
    assert re.findall(r"url\((?!#)", whole) == []
    assert not {"script", "img", "link", "iframe", "object", "embed", "base"}.intersection(
        name for name, _ in found.found
    )
    assert not [name for _, attributes in found.found for name in attributes if name.startswith("on")]


def test_its_policy_allows_its_own_style_alone(whole: str) -> None:
    (policy,) = [each for each in read(whole).all("meta") if each.get("http-equiv") == "Content-Security-Policy"]
    (style,) = re.findall(r"<style>(.*?)</style>", whole, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy["content"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert whole.index("Content-Security-Policy") < whole.index("<style>")


def test_whatever_names_and_errors_hold_is_text() -> None:
    of = plan(f"ours{HOSTILE}", "random", problems=(subject(f"hill{HOSTILE}"), subject("other")))
    of = replace(of, command=("speciate", HOSTILE), changes=(HOSTILE,))
    said = page(of, HOSTILE)
    found = read(said)
    assert not {"script", "img"}.intersection(name for name, _ in found.found)
    assert not [name for _, attributes in found.found for name in attributes if name.startswith("on")]
    assert "<script" not in said
    assert "&lt;script&gt;alert(1)" in said
    assert not {"\x1b", "\u202e"}.intersection(said)
    assert len(found.all("title")) > 1  # an SVG has titles too: none of them was closed by a name


def test_it_says_what_the_data_cannot_tell_before_it_shows_any(whole: str) -> None:
    assert whole.index("What the data cannot tell") < whole.index("<table")
    assert "1 of 54 cells failed (ours on hill, seed 0): the disk was full" in whole
    assert "unknown is in no aggregate: it has no published value to normalise by" in whole


def test_tables_have_headings_and_figures_a_name(whole: str) -> None:
    found = read(whole)
    assert len(found.all("table")) == len(found.all("caption")) == 2 + 2 * 3 + 2
    assert {each.get("scope") for each in found.all("th")} == {"col", "row"}
    figures = [each for each in found.all("svg") if each.get("role") == "img"]
    assert all(each["aria-label"] for each in figures)
    assert len(figures) == 2 + 3 * 3  # means, profiles; of each problem two axes and the ends
    ids = [str(each["id"]) for _, each in found.found if each.get("id")]
    assert len(ids) == len(set(ids))
    assert {each["for"] for each in found.all("label")} == {each["id"] for each in found.all("input")}
    assert sum("checked" in each for each in found.all("input")) == 3


def test_bands_stand_where_there_are_seeds_enough_and_it_says_so_where_not() -> None:
    enough, few = page(plan("ours", "random")), page(plan("ours", "random", seeds=3))
    assert 'class="band"' in enough
    assert 'class="band"' not in few
    assert "3 seeds: too few for a band. Thick: the median; thin: 3 seeds." in few
    assert few.count('class="run"') == 2 * 2  # two axes, two recipes
    assert "3 seeds are too few for an interval or a test: 6 at least" in few


def test_lower_is_better_and_negative_scores_are_told_in_the_users_numbers() -> None:
    said = page(plan("ours", "random", problems=(subject("valley", down=True, published=-9.0),)))
    assert "lower is better · seed program 0 · published −9 (paper, Author, year)" in said
    assert "Told apart at 5 %: ours is better than random (p 0.031)." in said


@pytest.mark.parametrize("seeds", [1, 6])
def test_nothing_finished_is_a_page_too(seeds: int) -> None:
    of = plan("ours", "random", seeds=seeds)
    said = page_of(report_of("made-1", of, cells(of, lambda key: None), 20))
    assert "No cell is finished." in said
    assert not [each for each in read(said).all("svg") if each.get("role") == "img"]


@pytest.mark.parametrize(("at", "told"), [(2, True), (10, False)])
def test_a_seed_program_far_off_leaves_room_for_the_rest(at: int, told: bool) -> None:
    of = plan("ours", problems=(subject("hill", published=None),))
    made = [cell(key, 1000.0 + key.seed / 7, at) for key in of.cells()]
    said = page_of(report_of("made-1", of, made, 20))
    assert ("Beyond the plot: the first 5 % of the axis, from 0." in said) is told
    assert said.count(">500<") == (1 if told else 2)  # over the logarithm the first steps have room


@pytest.mark.parametrize("values", [(1e307, -1e307), (5e-324, 0.0), (1e-310, 3e-310), (1e300, 1e300), (-1e-17, 1e-17)])
def test_scores_of_any_size_are_drawn(values: tuple[float, float]) -> None:
    of = plan("ours", "random", seeds=2, problems=(subject("hill", published=None),))
    score = dict(zip(("ours", "random"), values, strict=True))
    made = [cell(key, score[key.recipe], initial=min(values)) for key in of.cells()]
    said = page_of(report_of("made-1", of, made, 5))
    assert not re.search(r"\b(nan|inf)\b", said)


def test_scales() -> None:
    scale = spanning([2.0, 4.0], 100, 0)
    assert scale(3.0) == pytest.approx(50)
    assert [said for _, said in scale.ticks(4)] == ["2", "3", "4"]
    assert [said for _, said in scale.ticks(5)] == ["2.0", "2.5", "3.0", "3.5", "4.0"]
    assert [said for _, said in spanning([7.0, 7.0], 0, 1).ticks(2)] != []
    assert [said for _, said in Scale(-0.3, 0.3, 0, 1).ticks(3)] == ["−0.2", "0", "0.2"]
    log = Scale(1, 1000, 0, 300, log=True)
    assert (log(10), log(0), [said for _, said in log.ticks(3)]) == (
        100,
        0,
        ["1", "3", "10", "30", "100", "300", "1,000"],
    )
    near = spanning([2.635983084917, 2.635983084919], 0, 1)
    assert len({said for _, said in near.ticks(3)}) == len(near.ticks(3)) > 1


def test_lines() -> None:
    assert steps([(0, 1), (5, 2), (9, 2)]) == "M0 1H5V2H9"
    assert steps([(0, 1), (0.2, 2), (0.4, 3), (9, 4)]) == "M0 1H0.4V3H9V4"
    assert between([(0, 1), (9, 1)], [(0, 5), (4, 6), (9, 6)]) == "M0 1H9L9 6L4 6L4 5L0 5Z"
    assert apart([10, 11, 50], 0, 100) == [10, 24, 50]
    assert apart([98, 99], 0, 100) == [86, 100]
    assert apart([], 0, 100) == []
    assert shortened("x" * 30 + "y", 10) == "xxxxxx…xxy"
    assert Look(tuple("abcdefghi")).colour("i") == "c0"


def test_text() -> None:
    assert text("<&\"'\x00") == "&lt;&amp;&quot;&#x27;\N{REPLACEMENT CHARACTER}"
    assert tag("p", "<", tag("b", ">"), class_="a", open=True, hidden=False) == '<p class="a" open>&lt;<b>&gt;</b></p>'
