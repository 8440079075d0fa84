"""Best so far over what was spent: a line for each cell, and for each entrant the median with its band."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from speciate.compare.curves import Axis
from speciate.compare.report import MEASURED_AXES, Band, CellResult, Line, Table
from speciate.compare.statistics import FEWEST

from .frame import LETTER, Frame, Look, beside, between, steps
from .markup import Markup, join, tag
from .scales import Scale, spanning, written

WIDTH, HEIGHT = 630.0, 330.0
TOP, BELOW = 30.0, 42.0
EARLY = 0.05  # of the axis: what came before may lie outside the plot
TALL = 4.0  # times the height of what came after, and it does
TITLES = {
    Axis.EVALS: "evaluations",
    Axis.CPU: "CPU seconds of evaluations",
    Axis.SECONDS: "seconds of the run",
    Axis.TOKENS: "tokens",
    Axis.USD: "US dollars",
}
SHORT = {**TITLES, Axis.CPU: "CPU seconds", Axis.SECONDS: "seconds"}  # where one is chosen


@dataclass(frozen=True, slots=True)
class Curves:
    """All that a figure shows: `lines` of each entrant, one a cell. `name` is unique in the page. `least` is where a
    logarithmic axis begins, None for one from 0."""

    name: str
    table: Table
    axis: Axis
    bands: tuple[Band, ...]
    lines: tuple[tuple[Line, ...], ...]
    least: float | None = None

    @staticmethod
    def of(name: str, table: Table, cells: Sequence[CellResult], axis: Axis) -> Curves | None:
        """None where nothing was spent on this axis."""
        measured = axis in MEASURED_AXES
        bands = (table.measured.bands if measured else table.bands).get(axis, ())
        there = [each for each in cells if each.problem == table.problem and each.best is not None]
        lines = {band.recipe: [] for band in bands}  # type: dict[str, list[Line]]
        for cell in there:
            line = (cell.measured.lines if measured else cell.lines).get(axis)
            if line is not None and line.spent and cell.recipe in lines:
                lines[cell.recipe].append(line)
        return Curves(name, table, axis, tuple(bands), tuple(map(tuple, lines.values()))) if bands else None

    @property
    def end(self) -> float:
        return max(band.points[-1] for band in self.bands)

    def logarithmic(self) -> Curves | None:
        """The same over the logarithm of what was spent, None where that shows no more."""
        first = min((x for of in self.lines for line in of for x in line.spent if x > 0), default=0.0)
        least = 1.0 if self.axis in (Axis.EVALS, Axis.TOKENS) else max(first, self.end / 1e4)
        return replace(self, name=f"{self.name}l", least=least) if 0 < 20 * least <= self.end else None

    def heights(self, since: float) -> Iterator[float]:
        """Every value that is shown from there on."""
        for band in self.bands:
            for of in (band.median, band.low, band.high):
                yield from (y for x, y in zip(band.points, of or (), strict=False) if x >= since)
        for line in (each for of in self.lines for each in of):
            yield from (y for x, y in zip(line.spent, line.best, strict=True) if x >= since)
            yield line.best[-1]


def best_so_far(of: Curves, look: Look) -> Markup:
    """The figure, and below it what it leaves out."""
    y, notes = _down(of)
    left = LETTER * max((len(said) for _, said in y.ticks(5)), default=4) + 14
    log = of.least is not None
    x = Scale(of.least or 0.0, of.end, left, WIDTH - beside(look), log)
    frame = Frame(x, y, WIDTH, HEIGHT, TOP)
    series = [_series(band, lines, frame, look) for band, lines in zip(of.bands, of.lines, strict=True)]
    ends = {band.recipe: y(band.median[-1]) for band in of.bands}
    metric = of.table.metric
    unit = f" ({metric.unit})" if metric.unit else ""
    sense = "lower is better" if metric.direction.sign < 0 else "higher is better"
    title = f"{TITLES[of.axis]}{', logarithmic' if log else ''}"
    drawn = frame.drawn(
        f"Best so far on {of.table.problem} over {title}; the tables have the numbers",
        frame.axes(title, f"best {metric.name}{unit}, {sense}"),
        frame.clipped(of.name, *series),
        _target(of, frame),
        frame.names(look, ends),
    )
    if any(band.whole < of.end * 0.999 for band in of.bands):
        notes.append("Dotted: some cells had ended by then, and count as they ended.")
    return join(tag("div", drawn, class_="plot"), *(tag("p", each, class_="note") for each in notes))


def _down(of: Curves) -> tuple[Scale, list[str]]:
    """The scale of the scores, and what it leaves out: a seed program far worse than all that follows would leave no
    room for the rest."""
    sign, target = of.table.metric.direction.sign, of.table.target
    early = of.least or of.end * EARLY
    whole, later = list(of.heights(-1.0)), list(of.heights(early))
    tall, high = max(whole) - min(whole), max(later) - min(later)
    cut = of.least is None and high > 0 and tall > TALL * high
    shown, notes = (later, [_cut(min(whole, key=lambda each: sign * each))]) if cut else (whole, [])
    if target is not None:
        room = max(shown) - min(shown)
        if min(shown) - room <= target <= max(shown) + room:
            shown.append(target)
        else:
            notes.append(f"{_named(of.table, target)} lies outside the plot.")
    return spanning(shown, HEIGHT - BELOW, TOP), notes


def _cut(worst: float) -> str:
    return f"Beyond the plot: the first {100 * EARLY:.0f} % of the axis, from {worst:.6g}."


def _named(table: Table, target: float) -> str:
    published = table.published
    known = published is not None and published.value == target
    name = f"Published ({published.name.replace('_', ' ')})" if published is not None and known else "Target"
    return f"{name}: {target:.10g}"


def _target(of: Curves, frame: Frame) -> Markup:
    """A line across, with its name above it."""
    target = of.table.target
    if target is None or frame.y is None or not frame.y.holds(target):
        return Markup()
    y = frame.y(target)
    digits = of.table.metric.digits
    kind = "published" if of.table.published is not None and of.table.published.value == target else "target"
    above = y - 5 if y - frame.top > 14 else y + 13
    said = tag("text", f"{kind} {written(target, digits)}", class_="goal", x=frame.x.start + 5, y=above)
    return join(tag("path", class_="target", d=f"M{frame.x.start} {y:.1f}H{frame.x.end}"), said)


def _series(band: Band, lines: Sequence[Line], frame: Frame, look: Look) -> Markup:
    drawn: list[Markup] = [tag("title", band.recipe)]
    if frame.y is None:
        return Markup()
    x, y = frame.x, frame.y
    if band.low is not None and band.high is not None:
        upper = [(x(at), y(high)) for at, high in zip(band.points, band.high, strict=True)]
        lower = [(x(at), y(low)) for at, low in zip(band.points, band.low, strict=True)]
        drawn.append(tag("path", class_="band", d=between(upper, lower)))
    runs = [
        [*((x(at), y(best)) for at, best in zip(line.spent, line.best, strict=True)), (x(line.end), y(line.best[-1]))]
        for line in lines
    ]
    if len(runs) > 1:
        kind = "run" if len(runs) < FEWEST else "run faint"
        drawn.append(tag("path", class_=kind, d="".join(map(steps, runs))))
    middle = [(x(at), y(best)) for at, best in zip(band.points, band.median, strict=True)]
    whole = x(band.whole)
    drawn.append(tag("path", class_="median", d=steps([each for each in middle if each[0] <= whole] or middle[:1])))
    after = [each for each in middle if each[0] >= whole]
    if len(after) > 1 and band.whole < band.points[-1] * 0.999:
        drawn.append(tag("path", class_="median after", d=steps(after)))
    return tag("g", *drawn, class_=f"series {look.colour(band.recipe)}")
