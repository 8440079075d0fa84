"""Figures of values in rows: every seed's final best with its median, and what is aggregated over problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from speciate.compare.report import Aggregate, CellResult, Table
from speciate.compare.statistics import Interval

from .frame import LETTER, Frame, Look, beside, shortened, steps
from .markup import Markup, join, tag
from .scales import Scale, spanning

WIDTH, NAMES, ROW = 420.0, 132.0, 24.0
TOP, BELOW = 26.0, 42.0
NEAR = 1.0  # times the width of what is shown: a value no farther out than that is shown too
PROFILE = 600.0, 300.0
SPREAD = 5  # rows of dots in a row of the figure


@dataclass(frozen=True, slots=True)
class Strip:
    """An entrant: `dots` single values, `middle` what stands for them, with its interval."""

    name: str
    middle: float
    interval: Interval | None
    dots: tuple[float, ...] = ()


def finals(table: Table, cells: Sequence[CellResult], look: Look) -> Markup:
    """The best of every finished cell."""
    by: dict[str, list[float]] = {row.recipe: [] for row in table.rows}
    for cell in cells:
        if cell.problem == table.problem and cell.best is not None and cell.state == "finished":
            by[cell.recipe].append(cell.best)
    rows = [
        Strip(row.recipe, row.best.median, row.best.interval, tuple(by[row.recipe])) for row in table.rows if row.best
    ]
    known = {"published" if table.published and table.published.value == table.target else "target": table.target}
    marks = {name: value for name, value in known.items() if value is not None}
    unit = f" ({table.metric.unit})" if table.metric.unit else ""
    return strips(rows, look, marks, (f"final best {table.metric.name}{unit}", f"Final scores on {table.problem}"))


def averages(of: Aggregate, look: Look) -> Markup:
    rows = [Strip(each.recipe, each.mean, each.interval) for each in of.averages]
    words = "interquartile mean of normalised scores", "Interquartile means over problems"
    return strips(rows, look, {"seed": 0.0, "published": 1.0}, words)


def strips(rows: Sequence[Strip], look: Look, marks: Mapping[str, float], words: tuple[str, str]) -> Markup:
    """A row for each; `marks` are lines down the figure. `words`: below the axis, and for who cannot see it."""
    if not rows:
        return Markup()
    shown = [value for row in rows for value in (*row.dots, row.middle, *_ends(row.interval))]
    room = max(shown) - min(shown) or abs(shown[0]) / 10
    near = {
        name: value for name, value in marks.items() if min(shown) - NEAR * room <= value <= max(shown) + NEAR * room
    }
    longest = max(len(shortened(row.name)) for row in rows)
    left = min(NAMES + 20, LETTER * longest + 34)
    height = TOP + ROW * len(rows) + BELOW
    x = spanning([*shown, *near.values()], left, WIDTH - 14)
    frame = Frame(x, None, WIDTH, height, TOP - 4)
    lines = [_mark(name, x(value), height, at) for at, (name, value) in enumerate(near.items())]
    bodies = [_row(row, x, TOP + ROW * (at + 0.5), look) for at, row in enumerate(rows)]
    return tag("div", frame.drawn(words[1], frame.axes(words[0]), *lines, *bodies), class_="plot")


def _ends(interval: Interval | None) -> tuple[float, ...]:
    return () if interval is None else (interval.low, interval.high)


def _mark(name: str, x: float, height: float, at: int) -> Markup:
    line = tag("path", class_="target", d=f"M{x:.1f} {TOP - 4}V{height - 40:.1f}")
    anchor = "end" if x > WIDTH - 60 else "start" if at == 0 and x < NAMES else "middle"
    return join(line, tag("text", name, class_="goal", x=x, y="14", text_anchor=anchor))


def _row(row: Strip, x: Scale, y: float, look: Look) -> Markup:
    dots = [
        tag("circle", class_="dot", cx=x(value), cy=y + (at % SPREAD - SPREAD // 2) * 3.0, r="2")
        for at, value in enumerate(row.dots)
    ]
    bar = ""
    if row.interval is not None:
        low, high = x(row.interval.low), x(row.interval.high)
        bar = f"M{low:.1f} {y - 4:.1f}v8M{low:.1f} {y:.1f}H{high:.1f}M{high:.1f} {y - 4:.1f}v8"
    return tag(
        "g",
        look.mark(row.name, 10, y),
        tag("text", tag("title", row.name), shortened(row.name), x="20", y=y + 4),
        *dots,
        tag("path", class_="bar", d=bar) if bar else Markup(),
        tag("path", class_="middle", d=f"M{x(row.middle):.1f} {y - 8:.1f}v16"),
        class_=look.colour(row.name),
    )


def profiles(of: Aggregate, look: Look) -> Markup:
    """The share of cells above each normalised score."""
    width, height = PROFILE
    levels = of.levels
    x = Scale(levels[0], levels[-1], 46, width - beside(look))
    y = Scale(0.0, 1.0, height - BELOW, 30)
    frame = Frame(x, y, width, height, 30)
    series = [
        tag(
            "g",
            tag("title", each.recipe),
            tag("path", class_="median", d=steps([(x(a), y(b)) for a, b in zip(levels, each.shares, strict=True)])),
            class_=f"series {look.colour(each.recipe)}",
        )
        for each in of.profiles
    ]
    ends = {each.recipe: y(each.shares[-1]) for each in of.profiles}
    return tag(
        "div",
        frame.drawn(
            "Performance profiles: the share of cells above each normalised score",
            frame.axes("normalised score: 0 the seed program, 1 the published value", "share of cells above it"),
            *series,
            frame.names(look, ends),
        ),
        class_="plot",
    )
