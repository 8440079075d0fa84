"""The page of a comparison: one file that needs no network, no script and no other file.

Its policy allows nothing but its own style (by its digest), so that a name or an error in which somebody wrote markup
could do nothing even if it were taken for markup. Figures are SVG; what they show is in tables too.
"""

from __future__ import annotations

import base64
import hashlib
import shlex
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from speciate.compare.curves import Axis
from speciate.compare.doubts import LEVEL
from speciate.compare.report import CellState, Report, Table
from speciate.compare.statistics import FEWEST
from speciate.core.values import JSON

from . import tables
from .curves import SHORT, Curves, best_so_far
from .frame import Look
from .markup import Markup, join, tag
from .strips import averages, finals, profiles

LIMITS = {
    "evals": "{:,} evaluations", "proposals": "{:,} proposals", "seconds": "{:,} s", "cpu": "{:,} CPU seconds",
    "tokens": "{:,} tokens", "cost": "${:,}",
}  # fmt: skip
STATES = {"failed": "failed", "unfinished": "not finished", "waiting": "not begun"}
MANY = 15  # pairs that are shown without being asked for


def page_of(report: Report) -> str:
    """The whole document, for any report: one of no finished cell too."""
    look = Look(tuple([str(each["name"]) for each in report.plan["entrants"]]))
    style = _style()
    policy = f"default-src 'none'; style-src '{_digest(style)}'; base-uri 'none'; form-action 'none'"
    problems = join(*(_problem(at, each, report, look) for at, each in enumerate(report.tables)))
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"{report.name}: {_recipes(report)} on {_counted(len(report.tables), 'problem')}"),
        tag("style", style),
    )
    body = tag("body", tag("main", *_top(report), *_over(report, look), problems, *_bottom(report)))
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


@lru_cache
def _style() -> Markup:
    return Markup(Path(__file__).with_name("page.css").read_text(encoding="utf-8"))


def _digest(style: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def _counted(many: int, noun: str) -> str:
    return f"{many:,} {noun}{'s' * (many != 1)}"


def _recipes(report: Report) -> str:
    return _counted(len(report.plan["entrants"]), "recipe")


def _budget(report: Report) -> str:
    budget: Mapping[str, JSON] = report.plan["budget"]
    return " or ".join(LIMITS.get(name, "{} " + name).format(value) for name, value in budget.items())


def _top(report: Report) -> Iterator[Markup]:
    """What it is, and what it cannot tell."""
    done, seeds = report.states[CellState.FINISHED.value], len(report.plan["seeds"])
    yield tag("h1", report.name)
    many = f"{_recipes(report)} on {_counted(len(report.tables), 'problem')}, {_counted(seeds, 'seed')} each"
    yield tag("p", f"{many}, at an equal budget of {_budget(report)} a cell.")
    rest = [f"{report.states[state]:,} {said}" for state, said in STATES.items() if report.states.get(state)]
    yield tag("p", ", ".join([f"{done:,} of {len(report.cells):,} cells are finished", *rest]) + ".", class_="soft")
    if len(report.tables) > 1:
        links = [tag("a", each.problem, href=f"#p{at}") for at, each in enumerate(report.tables)]
        yield tag("nav", *(join(each, " ") for each in links), aria_label="Problems")
    doubts = [*report.caveats, *report.measured.caveats]
    if doubts:
        listed = tag("ul", *(tag("li", each.says) for each in doubts))
        yield tag("aside", tag("h2", "What the data cannot tell", id="doubts"), listed, aria_labelledby="doubts")


def _over(report: Report, look: Look) -> Iterator[Markup]:
    """What is said of all problems together."""
    if len(report.tables) > 1:
        yield tag("h2", "All problems")
        yield tables.overview(report, look)
    of = report.aggregate
    if of is None or len(look.names) < 2:
        return
    if len(report.tables) == 1:
        return
    yield tag("h3", f"Normalised scores of {_counted(len(of.problems), 'problem')}, {_counted(len(of.seeds), 'seed')}")
    words = "0 is the score of the seed program, 1 the best published value, clipped at neither end. After Agarwal et "
    words += "al. 2021; intervals are stratified bootstraps."
    few = "" if len(of.seeds) >= FEWEST else f" {_counted(len(of.seeds), 'seed')}: too few for intervals."
    yield tag("p", words + few, class_="note")
    intervals = ", with their 95 % intervals" if len(of.seeds) >= FEWEST else ""
    means = _figure(averages(of, look), f"Interquartile means{intervals}.", "narrow")
    shares = _figure(
        profiles(of, look), "Performance profiles: how many cells of a recipe are how good, on any problem."
    )
    yield tag("div", means, shares, class_="figures")
    yield tables.matrix(of, look)
    if of.left_out:
        left = "; ".join(f"{name}: {why}" for name, why in of.left_out.items())
        yield tag("p", f"Left out: {left}.", class_="note")


def _figure(drawn: Markup, caption: str, kind: str | None = None) -> Markup:
    return tag("figure", drawn, tag("figcaption", caption), class_=kind) if drawn else Markup()


def _problem(at: int, of: Table, report: Report, look: Look) -> Markup:
    metric = of.metric
    unit = f" in {metric.unit}" if metric.unit else ""
    sense = "lower is better" if metric.direction.sign < 0 else "higher is better"
    scale = [f"seed program {tables.number(metric, of.initial)}"]
    if of.published is not None:
        source = f", {of.published.source}" if of.published.source else ""
        name = of.published.name.replace("_", " ")
        value = f"{of.published.value:.12g}".replace("-", "−")
        scale.append(f"published {value} ({name}{source})")
    there = any(row.finished for row in of.rows)
    return tag(
        "section",
        tag("h2", of.problem, id=f"p{at}"),
        tag("p", f"{metric.name}{unit}, {sense} · {' · '.join(scale)}", class_="soft"),
        tag("p", tables.told_apart(of, LEVEL)),
        _plots(at, of, report, look) if there else tag("p", "No cell is finished."),
        tables.rows(of, look),
        _pairs(of),
        aria_labelledby=f"p{at}",
    )


def _pairs(of: Table) -> Markup:
    if not of.pairs:
        return Markup()
    drawn = tables.pairs(of)
    return tag("details", tag("summary", f"Pairs ({len(of.pairs)})"), drawn, open=len(of.pairs) <= MANY)


def _plots(at: int, of: Table, report: Report, look: Look) -> Markup:
    """Best so far over each axis that something was spent on, one shown at a time; and where the cells ended."""
    panels: list[tuple[str, Markup]] = []
    for number, axis in enumerate(sorted(Axis, key=lambda each: each is not of.axis)):
        curves = Curves.of(f"a{at}x{number}", of, report.cells, axis)
        if curves is None:
            continue
        panels.append((SHORT[axis], best_so_far(curves, look)))
        if axis is of.axis and (wide := curves.logarithmic()) is not None:
            panels.append((f"{SHORT[axis]}, log", best_so_far(wide, look)))
    choice = [
        join(
            tag("input", type="radio", name=f"axis{at}", id=f"axis{at}-{number}", checked=number == 0),
            tag("label", title, for_=f"axis{at}-{number}"),
        )
        for number, (title, _) in enumerate(panels)
    ]
    shown = [tag("div", drawn, class_="panel") for _, drawn in panels]
    axes = tag("fieldset", tag("legend", f"Axis of {of.problem}"), *choice, *shown, class_="axes")
    most = max((row.finished for row in of.rows), default=0)
    ended = _figure(finals(of, report.cells, look), _ended(most), "narrow")
    return tag("div", tag("figure", axes, tag("figcaption", _lines(most))), ended, class_="figures")


def _lines(seeds: int) -> str:
    if seeds == 1:
        return "Best so far, of one seed."
    if seeds < FEWEST:
        few = f"{_counted(seeds, 'seed')}: too few for a band."
        return f"Best so far. {few} Thick: the median; thin: {_counted(seeds, 'seed')}."
    return "Best so far. Thick: the median over seeds, with its pointwise 95 % bootstrap band; thin: each seed."


def _ended(seeds: int) -> str:
    interval = ", and its 95 % interval" if seeds >= FEWEST else ""
    return f"Where the cells ended: a dot a seed, a line the median{interval}."


def _bottom(report: Report) -> Iterator[Markup]:
    """With what it was made, and how again."""
    plan, measured = report.plan, report.measured
    yield tag("h2", "How it was made")
    found: list[tuple[str, str]] = []
    command = measured.plan.get("command") or ()
    if command:
        found.append(("again", tag("code", shlex.join(map(str, command)))))
    found += [("machine", _machine(each)) for each in measured.machines]
    seeds = plan["seeds"]
    found += [
        ("budget", f"{_budget(report)} a cell, one evaluation at a time"),
        ("seeds", ", ".join(map(str, seeds))),
        ("order", "ordered: each cell can be made again" if plan["ordered"] else "in order of arrival"),
        ("spent", f"{measured.cpu:,.0f} CPU seconds of evaluations in {measured.seconds:,.0f} seconds of runs"),
        ("plan", tag("code", str(plan["digest"]))),
    ]
    models = (plan.get("asking") or {}).get("models") or ()
    if models:
        found.append(("models", ", ".join(map(str, models))))
    yield tag("dl", *(join(tag("dt", name), tag("dd", said)) for name, said in found))
    yield _entrants(report)
    metrics = {each.problem: each.metric for each in report.tables}
    every = tag("summary", f"Every cell ({len(report.cells):,})")
    yield tag("details", every, tables.cells(report.cells, metrics))
    beside = "report.json beside this page has every number and every curve; "
    yield tag("p", join(beside, tag("code", f"speciate compare --check {report.name}"), " verifies it."), class_="note")


def _machine(of: Mapping[str, JSON]) -> str:
    others = [f"{name} {value}" for name, value in of.items() if name not in ("system", "cores", "cells")]
    where = f"{of.get('system', 'unknown system')}, {of.get('cores', '?')} cores"
    return f"{', '.join(others)} · {where} · {_counted(int(of.get('cells') or 0), 'cell')}"


def _entrants(report: Report) -> Markup:
    body = [
        [
            str(each["name"]),
            str(each["recipe"]),
            tag(
                "td",
                ", ".join(f"{key} = {_said(value)}" for key, value in each["given"].items()) or "its defaults",
                class_="why",
            ),
        ]
        for each in report.plan["entrants"]
    ]
    return tables.table(["name", "recipe", "settings"], body, "Recipes as they were run", 3)


def _said(value: JSON) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
