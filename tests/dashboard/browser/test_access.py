"""For everybody: by keyboard alone, in both themes, and with no serious violation that axe-core finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from .looking import PAGES, Looking
from .serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

KEYS = {"o": "overview", "t": "tree", "g": "grid", "m": "moves", "p": "population", "f": "failures", "l": "log"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, server: Server, scheme: Literal["light", "dark"]) -> None:
    found = {}
    with Looking.at(browser, server, scheme) as look:
        paths = ["/", *(f"/r/story-1/{page}" if page != "overview" else "/r/story-1" for page in PAGES)]
        paths += [
            f"/r/story-1/c/best?tab={tab}" for tab in ("code", "diff", "feedback", "prompt", "log", "cases", "family")
        ]
        paths += ["/r/story-1/tree?view=table", "/r/two-1/grid?view=front", "/r/two-1/grid?view=axes"]
        for path in paths:
            look.go(path)
            assert look.page.evaluate("document.documentElement.dataset.theme") == scheme
            if violations := look.violations():
                found[path] = violations
    assert found == {}


def test_the_theme_is_chosen_and_kept(look: Looking) -> None:
    look.run("story-1")
    button = look.page.get_by_role("button", name="colours:")
    shades = []
    for _ in range(3):
        button.click()
        shades.append(look.page.evaluate("document.documentElement.dataset.theme"))
    assert set(shades) == {"light", "dark"}
    while look.page.evaluate("document.documentElement.dataset.theme") != "dark":
        button.click()
    look.page.reload()
    look.ready("overview")
    assert look.page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_pages_by_two_keys(look: Looking) -> None:
    look.run("story-1")
    for key, page in KEYS.items():
        look.page.keyboard.press("g")
        look.page.keyboard.press(key)
        look.ready(page)


def test_the_keys_are_listed(look: Looking) -> None:
    look.run("story-1")
    look.page.keyboard.press("?")
    dialog = look.page.get_by_role("dialog")
    dialog.wait_for()
    assert "play" in dialog.inner_text()
    look.page.keyboard.press("Escape")
    dialog.wait_for(state="detached")


def test_rows_by_keys(look: Looking) -> None:
    main = look.run("story-1", "population")
    for key in ("j", "j", "k"):
        look.page.keyboard.press(key)
    row = main.locator('tr[aria-selected="true"]')
    row.wait_for()
    id = row.get_attribute("data-key")
    look.page.keyboard.press("Enter")
    look.page.wait_for_url(f"**/c/{id}*")


def test_search_by_keys(look: Looking) -> None:
    look.run("story-1")
    look.page.keyboard.press("/")
    look.page.keyboard.type("best")
    look.page.keyboard.press("Enter")
    look.ready("candidate")


def test_everything_that_can_be_used_can_be_reached(look: Looking) -> None:
    """By the Tab key alone, one after another; what has the focus is seen to have it."""
    look.run("story-1")
    reached = set()
    for _ in range(120):
        look.page.keyboard.press("Tab")
        at = look.page.evaluate(
            """() => { const it = document.activeElement; const style = getComputedStyle(it)
            return [it.tagName + ' ' + (it.getAttribute('aria-label') ?? it.textContent.trim().slice(0, 40)),
            style.outlineStyle !== 'none' || style.boxShadow !== 'none' || it.tagName === 'BODY'] }"""
        )
        assert at[1], f"{at[0]} has the focus, and nothing shows it"
        reached.add(at[0])
    assert any("Hint…" in each for each in reached)
    assert any("moment of the run" in each for each in reached)
    assert any(each.endswith("Tree") for each in reached)


def test_every_chart_has_a_table(look: Looking) -> None:
    for page in ("overview", "islands", "moves", "grid"):
        main = look.run("story-1", page)
        charts = main.locator("section.chart")
        assert charts.count() > 0
        for chart in charts.all():
            chart.get_by_role("button", name="view as table").click()
            chart.locator("table[aria-rowcount]").wait_for()


def test_a_new_best_is_said(look: Looking) -> None:
    look.run("story-1")
    assert look.page.locator('[aria-live="polite"]').count() >= 1
