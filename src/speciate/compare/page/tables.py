"""The tables of a comparison's page: real ones, with headings for rows and columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from speciate.compare.report import Aggregate, CellResult, Estimate, Pair, Report, Row, Table
from speciate.compare.statistics import Interval
from speciate.store.views import Metric

from .frame import Look, shortened
from .markup import Markup, tag
from .scales import written

NONE = "–"
SHADES = 5  # of the matrix, to either side of even
Column: TypeAlias = tuple[str, Callable[[Row], str]]


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], caption: str, texts: int = 1) -> Markup:
    """The first cell of each row heads it; columns from `texts` on are numbers."""
    top = tag(
        "tr", *(tag("th", each, scope="col", class_="n" if at >= texts else None) for at, each in enumerate(heads))
    )
    body = [
        tag(
            "tr",
            *(
                each
                if each.startswith("<td") and isinstance(each, Markup)
                else tag("td" if at else "th", each, scope=None if at else "row", class_="n" if at >= texts else "name")
                for at, each in enumerate(row)
            ),
        )
        for row in rows
    ]
    inside = tag("table", tag("caption", tag("span", caption)), tag("thead", top), tag("tbody", *body))
    return tag("div", inside, class_="wide", tabindex="0", role="region", aria_label=caption)


def number(metric: Metric, value: float | None) -> str:
    return NONE if value is None else written(value, metric.digits)


def chance(p: float | None) -> str:
    return NONE if p is None else "< 0.001" if p < 0.001 else f"{p:.2g}"


def share(value: float | None) -> str:
    return NONE if value is None else f"{100 * value:.0f} %"


def entrant(name: str, look: Look) -> Markup:
    return tag("span", look.legend(name), name, class_="entrant")


def brief(before: str, name: str) -> Markup:
    """A name at the head of a column."""
    return tag("abbr", before, shortened(name), title=name)


def rows(of: Table, look: Look) -> Markup:
    """Every entrant, without the columns that none of them has anything in."""
    metric = of.metric

    def estimated(pick: Callable[[Row], Estimate | None], say: Callable[[float], str]) -> Callable[[Row], str]:
        return lambda row: NONE if (found := pick(row)) is None else say(found.median)

    def interval(row: Row) -> str:
        return NONE if row.best is None else _interval(row.best.interval, lambda value: number(metric, value))

    score: Callable[[float], str] = lambda value: number(metric, value)  # noqa: E731
    columns: list[Column] = [
        ("cells", lambda row: f"{row.finished}" if row.finished == row.planned else f"{row.finished} of {row.planned}"),
        ("median best", estimated(lambda row: row.best, score)),
        ("95 % interval", interval),
        ("held out", estimated(lambda row: row.held_out, score)),
        ("mean so far", estimated(lambda row: row.area, score)),
        ("normalised", estimated(lambda row: row.normalised, lambda value: written(value, 3))),
        (f"evaluations to {_short(of)}", _reach),
        ("evaluations", lambda row: f"{row.evals:,}"),
        ("failed", lambda row: share(row.failed)),
        ("duplicates", lambda row: f"{row.duplicates:,}"),
        ("tokens", lambda row: f"{row.tokens:,}" if row.tokens else NONE),
        ("US dollars", _dollars),
        ("CPU s a cell", lambda row: NONE if row.measured.cpu is None else written(row.measured.cpu, 1)),
    ]
    told = [(head, [say(row) for row in of.rows]) for head, say in columns]
    told = [(head, said) for head, said in told if head == "median best" or set(said) != {NONE}]
    body = [[entrant(row.recipe, look), *(said[at] for _, said in told)] for at, row in enumerate(of.rows)]
    return table(["recipe", *(head for head, _ in told)], body, f"Recipes on {of.problem}")


def _short(of: Table) -> str:
    return "" if of.target is None else f"{of.target:.7g}".replace("-", "−")


def _reach(row: Row) -> str:
    if row.reach is None:
        return NONE
    median = NONE if row.reach.median is None else f"{row.reach.median:,.0f}"
    return median if row.reach.reached == row.reach.of else f"{median} ({row.reach.reached} of {row.reach.of})"


def _dollars(row: Row) -> str:
    if not row.usd and not row.unpriced:
        return NONE
    return f"{row.usd:,.2f}" + (f" + {row.unpriced:,} calls" if row.unpriced else "")


def _interval(interval: Interval | None, say: Callable[[float], str]) -> str:
    return NONE if interval is None else f"{say(interval.low)} … {say(interval.high)}"


def pairs(of: Table) -> Markup:
    """Every pair: who leads by how much, on how many seeds, and how sure that is."""
    metric = of.metric
    heads = [
        "ours", "theirs", "seeds", "lead", "95 % interval", "won", "tied", "lost", "p", "p, Holm", "P(ours better)"
    ]  # fmt: skip
    body = [
        [
            each.ours,
            each.theirs,
            f"{each.of}",
            _signed(metric, each.lead),
            _interval(each.interval, lambda value: number(metric, value)),
            *(f"{count}" for count in (each.wins, each.ties, each.losses)),
            chance(each.p),
            chance(each.corrected),
            share(each.improvement),
        ]
        for each in of.pairs
    ]
    sense = "below 0 ours is better" if metric.direction.sign < 0 else "above 0 ours is better"
    caption = f"Pairs on {of.problem}. Lead: the median over seeds of ours minus theirs, {sense}"
    return table(heads, body, caption, 2)


def _signed(metric: Metric, lead: float | None) -> str:
    return NONE if lead is None else ("+" if lead > 0 else "") + number(metric, lead)


def told_apart(of: Table, level: float) -> str:
    """What the tests of a problem say, in a sentence."""
    tested = [each for each in of.pairs if each.corrected is not None]
    if not tested:
        return "No pair is tested." if of.pairs else ""
    found = [_won(of.metric, each) for each in tested if each.corrected is not None and each.corrected <= level]
    if not found:
        return f"No pair of {len(tested)} is told apart at {level:.0%}.".replace("%", " %")
    return f"Told apart at {level:.0%}: ".replace("%", " %") + "; ".join(found) + "."


def _won(metric: Metric, pair: Pair) -> str:
    ours = (pair.lead or 0.0) * metric.direction.sign > 0 or (not pair.lead and pair.wins > pair.losses)
    better, worse = (pair.ours, pair.theirs) if ours else (pair.theirs, pair.ours)
    return f"{better} is better than {worse} (p {chance(pair.corrected)})"


def overview(of: Report, look: Look) -> Markup:
    """The median best of every entrant on every problem, the best of each problem marked."""
    heads = ["problem", "metric", "seed program", "published", *(brief("", each) for each in look.names)]
    body = []
    for at, each in enumerate(of.tables):
        metric = each.metric
        medians = [row.best.median * metric.direction.sign for row in each.rows if row.best is not None]
        known = None if each.published is None else each.published.value
        cells = [
            NONE
            if row.best is None
            else tag("b", number(metric, row.best.median))
            if row.best.median * metric.direction.sign == max(medians)
            else number(metric, row.best.median)
            for row in each.rows
        ]
        sense = "↓" if metric.direction.sign < 0 else "↑"
        scale = number(metric, each.initial), number(metric, known)
        body.append([tag("a", each.problem, href=f"#p{at}"), f"{metric.name} {sense}", *scale, *cells])
    caption = "Median best score of each recipe, the best of each problem in bold (which is no test)"
    return table(heads, body, caption, 2)


def matrix(of: Aggregate, look: Look) -> Markup:
    """Every entrant's interquartile mean, and the chance that a cell of it beats one of the column's."""
    body = []
    for average in of.averages:
        one = average.recipe
        cells: list[str] = [written(average.mean, 3), _interval(average.interval, lambda value: written(value, 3))]
        for two in look.names:
            if one == two:
                cells.append(tag("td", "", class_="n self"))
                continue
            found = of.improvement(one, two)
            shade = round((found.chance - 0.5) * 2 * SHADES)
            kind = f"n {'above' if shade > 0 else 'below'}{abs(shade)}" if shade else "n"
            said = [share(found.chance)]
            if found.interval is not None:
                ends = f"{100 * found.interval.low:.0f} … {100 * found.interval.high:.0f}"
                said.append(tag("small", ends))
            cells.append(tag("td", *said, class_=kind))
        body.append([entrant(one, look), *cells])
    heads = ["recipe", "interquartile mean", "95 % interval", *(brief("beats ", each) for each in look.names)]
    caption = (
        "Beats: the chance that a cell of the row's recipe is better than one of the column's, on a problem drawn at "
    )
    caption += "random, ties half; below it its 95 % interval"
    return table(heads, body, caption)


def cells(of: Sequence[CellResult], metrics: dict[str, Metric]) -> Markup:
    heads = ["problem", "recipe", "state", "seed", "best", "candidate", "evaluations", "duplicates", "how it ended"]
    body = [
        [
            each.problem,
            each.recipe,
            each.state.value,
            f"{each.seed}",
            number(metrics[each.problem], each.best),
            NONE if each.best_id is None else f"{each.best_id}",
            f"{each.evals:,}",
            f"{each.duplicates:,}",
            tag("td", each.why, class_="why"),
        ]
        for each in of
    ]
    return table(heads, body, "Every cell", 3)
